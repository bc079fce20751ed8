// How large llama.cpp's structs are, seen from outside: its functions that return
// one are declared here with one far larger. A caller gives room for a struct of
// more than 16 bytes and the function fills it, on x86-64 and AArch64 alike, so
// that what changed of the room is the library's struct. llama.h must not be
// included here.
#include "abi.h"

#include <string.h>

typedef struct { unsigned char bytes[CAP_ROOM]; } room;

enum { GAP = 512 }; // more than any struct of theirs leaves unwritten between two fields

room llama_model_default_params(void);
room llama_context_default_params(void);
room llama_model_quantize_default_params(void);
room llama_sampler_chain_default_params(void);
room llama_batch_init(int32_t n_tokens, int32_t embd, int32_t n_seq_max);
room ggml_threadpool_params_default(int n_threads);

// paint leaves a pattern on the stack, on which the room of the next call lies.
__attribute__((noinline)) static void paint(int pattern) {
	volatile unsigned char stack[16 * CAP_ROOM];
	for (size_t i = 0; i < sizeof stack; i++) stack[i] = (unsigned char)pattern;
}

// Each has the one room: whether the compiler passes on or copies it, it was painted.
#define RETURN(name, call) \
	__attribute__((noinline)) static void name(room *out) { room r = call; memcpy(out, &r, sizeof r); }
RETURN(model_params, llama_model_default_params())
RETURN(context_params, llama_context_default_params())
RETURN(quantize_params, llama_model_quantize_default_params())
RETURN(chain_params, llama_sampler_chain_default_params())
RETURN(threadpool_params, ggml_threadpool_params_default(3))
RETURN(batch, llama_batch_init(2, 0, 1))

static void (*const calls[])(room *) = {
	[CAP_MODEL_PARAMS] = model_params, [CAP_CONTEXT_PARAMS] = context_params, [CAP_QUANTIZE_PARAMS] = quantize_params,
	[CAP_CHAIN_PARAMS] = chain_params, [CAP_THREADPOOL_PARAMS] = threadpool_params, [CAP_BATCH] = batch,
};

size_t cap_returned(enum cap_returning which, void *bytes) {
	static room seen[2]; // a byte may be the pattern by chance, but not both patterns
	static const unsigned char pattern[2] = {0xa5, 0x5a};
	for (int i = 0; i < 2; i++) {
		memset(&seen[i], pattern[i], sizeof seen[i]);
		paint(pattern[i]);
		calls[which](&seen[i]);
	}
	size_t n = 0; // the end of what was written: far behind it the stack may have been used otherwise
	for (size_t i = 0; i < CAP_ROOM && i < n + GAP; i++) {
		if (seen[0].bytes[i] != pattern[0] || seen[1].bytes[i] != pattern[1]) n = i + 1;
	}
	memcpy(bytes, &seen[0], CAP_ROOM);
	return n;
}
