// The whole of C between capture and llama.cpp: what cannot be said from Go by
// calling llama.h directly, because it needs a callback, a thread-local or a
// loop over every logit.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggml-cpu.h"
#include "gguf.h"
#include "llama.h"

#ifdef __has_include
#if __has_include("capture_engine.h")
#include "capture_engine.h"
#endif
#endif
#ifndef CAPTURE_ENGINE_OPTIONS
#define CAPTURE_ENGINE_OPTIONS "system"
#define CAPTURE_ENGINE_SOURCE "installed library"
#endif

// cap_init installs the log callback and starts the backends. Call once.
void cap_init(void);

// cap_log_reset empties this thread's record of what llama.cpp complained
// about; cap_log_text gives it: its error lines, or its warnings if there were
// no errors. The text lives until the next reset on the same thread.
void        cap_log_reset(void);
const char *cap_log_text(void);

struct llama_model *cap_model_load(const char *path, int gpu_layers);
uint32_t cap_quantize(const char *in, const char *out, int ftype, int threads);

// A context with its thread pool and the tensors it copies at each decode.
typedef struct cap_context cap_context;

typedef struct {
	uint32_t n_ctx, n_ubatch, n_seq_max;
	int32_t  n_threads;
	bool     float32; // KV cache and attention in float32, without flash attention
} cap_context_params;

cap_context *cap_context_new(struct llama_model *model, cap_context_params params);
void         cap_context_free(cap_context *c);
struct llama_context *cap_context_llama(cap_context *c);

// cap_context_plan says which graph tensors to copy, each a matrix of width
// floats for every token. Returns 0, or -1 where memory runs out.
int cap_context_plan(cap_context *c, const char **names, int n, int width);

// What cap_decode returns beside llama_decode's own codes (0 done, 1 no KV
// slot, 2 aborted, below 0 failed).
enum {
	CAP_MISSING = 1000, // a planned tensor was not in the graph
	CAP_SHAPE   = 1001, // it was there, with another shape or type
};

// cap_decode runs one micro-batch (n <= n_ubatch) and copies the planned
// tensors. With a code of CAP_..., *bad is the index of the tensor.
int cap_decode(cap_context *c, int32_t n, const int32_t *token, const int32_t *pos,
               const int32_t *seq, const int8_t *output, int *bad);

// cap_rows points to the copy of planned tensor i, [n][width] floats in the
// order of the tokens, until the next decode or plan.
const float *cap_rows(cap_context *c, int i);

// cap_cancel makes a running decode stop at the next graph node; cap_uncancel
// undoes it. Both may be called from any thread.
void cap_cancel(cap_context *c);
void cap_uncancel(cap_context *c);

// cap_score reads the n logits x: *logprob = log softmax(x)[token], *entropy =
// -sum p log p, both in nats. token < 0 leaves *logprob alone.
void cap_score(const float *x, int n, int token, float *logprob, float *entropy);
