// The whole of C between capture and llama.cpp: what cannot be said from Go by
// calling llama.h directly, because it needs a callback, a thread-local or a
// loop over every logit.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggml-backend.h"
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

// cap_init installs the log callback and starts the backends, those in libraries
// of their own from the folder, or from llama.cpp's own places where it is NULL.
// Call once.
void cap_init(const char *folder);

// A thread pool of the CPU backend, NULL where there is none.
struct ggml_threadpool *cap_threadpool_new(int n_threads);
void                    cap_threadpool_free(struct ggml_threadpool *pool);

// cap_cpu_library is the file that the CPU backend's code came from: the program
// itself where it is linked in, "" where there is none.
const char *cap_cpu_library(void);

// cap_log_reset empties this thread's record of what llama.cpp complained
// about; cap_log_text gives it: its error lines, or its warnings if there were
// no errors. The text lives until the next reset on the same thread.
void        cap_log_reset(void);
const char *cap_log_text(void);
const char *cap_log_warnings(void); // the warnings alone, whatever else there is

// cap_log_buffers is what llama.cpp said since then that its buffers take, in bytes: to
// a hundredth of a MiB each.
typedef struct {
	double cache, compute;
} cap_buffers;
cap_buffers cap_log_buffers(void);

// ---- backends and devices ----

// A device, as ggml tells of it. Texts live as long as the process.
typedef struct {
	const char *name, *description, *backend, *id; // id may be NULL
	int32_t     type;                              // enum ggml_backend_dev_type
	uint64_t    memory_free, memory_total;
} cap_device;

size_t cap_devices(void);
void   cap_device_get(size_t i, cap_device *d);

// cap_backend_name gives the name of the i-th backend that is built in or was
// loaded, NULL after the last; *devices is how many devices it found.
const char *cap_backend_name(size_t i, size_t *devices);

// cap_rpc_add connects to an RPC server and registers its devices; -1 where this
// engine has no RPC backend, else how many devices the server has. *link keeps the
// connection until it is freed.
int cap_rpc_add(const char *endpoint, ggml_backend_t *link);

// cap_rpc_serve serves devices to RPC clients, one after the other; cache NULL: no
// cache of weights. It returns, with -1, only where it cannot.
int cap_rpc_serve(const char *endpoint, const char *cache, int n_threads, const char **devices, int n);

// cap_catch_aborts lets what would end the process within ggml write its reason to
// a file descriptor instead; the thread then waits for ever.
void cap_catch_aborts(int fd);

// ---- models ----

typedef struct {
	int32_t      n_gpu_layers, split_mode, main_gpu;
	const char **devices;      // names; n_devices 0: the CPU alone
	int32_t      n_devices;
	const float *tensor_split; // [n_devices], or NULL
	bool         no_alloc;     // read no weights: to see whether llama.cpp takes the file
	const int32_t *stop;       // the load ends where this is no longer 0; it may change on another thread
} cap_load_params;

struct llama_model *cap_model_load(const char *path, const cap_load_params *params);
uint32_t cap_quantize(const char *in, const char *out, int ftype, int threads);

// ---- fetching from a device ----

// A cap_fetcher brings tensors from devices into host memory in the background and
// hands them on: data holds the bytes of t, valid during the call, which comes from
// the fetcher's thread.
typedef struct cap_fetcher cap_fetcher;
typedef void (*cap_fetched)(void *user, const struct ggml_tensor *t, const char *data, int first, int n);

// copy: on every device, also where its queue makes that needless. most: bytes of a
// tensor that there is room for.
cap_fetcher *cap_fetcher_new(cap_fetched done, void *user, bool copy, size_t most);
void         cap_fetcher_free(cap_fetcher *f);

// cap_fetch queues t, of which a later node may take the memory when it returns.
// False: there is no room for it, nothing was queued.
bool cap_fetch(cap_fetcher *f, struct ggml_tensor *t, int first, int n);
// cap_fetch_wait returns when all that was queued has been handed on.
void cap_fetch_wait(cap_fetcher *f);

// ---- contexts ----

// A context with its thread pool and the tensors it copies at each decode.
typedef struct cap_context cap_context;

typedef struct {
	uint32_t n_ctx, n_ubatch, n_seq_max;
	int32_t  n_threads;
	int32_t  kv_type;      // enum ggml_type of the KV cache
	int32_t  flash;        // enum llama_flash_attn_type; it rounds keys and values to float16, and has no pattern
	bool     whole_window; // a cell for every token in blocks with a window too
	bool     copy;         // as of cap_fetcher_new
	size_t   most;         // bytes of one copy of a tensor, or of the list of nodes; more counts as refused by the system
} cap_context_params;

cap_context *cap_context_new(struct llama_model *model, cap_context_params params);
void         cap_context_free(cap_context *c);
struct llama_context *cap_context_llama(cap_context *c);

// A tensor of the cache, as the graph of the last recorded decode uses it.
typedef struct {
	int32_t block, type; // of the model; enum ggml_type
	int64_t row, rows;   // elements of a row, one a cell or a sequence; so many there are
	bool    value;       // of attention
	bool    state;       // of a recurrent block: a row a sequence
	bool    window;      // its block attends to a window
} cap_cache_tensor;

// cap_cache fills in at most n tensors and gives how many there are; *attending is
// how many blocks attend to one.
int cap_cache(cap_context *c, cap_cache_tensor *out, int n, int *attending);

// How a node's floats belong to tokens.
enum {
	CAP_FLAT    = 0, // [d][tokens]: width floats, after the first skip
	CAP_HEADS   = 1, // [width/heads][heads][tokens]
	CAP_PATTERN = 2, // [keys][tokens][heads]; heads x width/heads are kept, keys not in the cache as 0
};

// A want is one column to copy: which node of the graph, counted in the order in
// which ggml computes them, and which of its floats belong to a token.
typedef struct {
	int32_t node;
	char    name[GGML_MAX_NAME]; // of the node, checked at each decode
	int32_t kind, skip, width, heads;
} cap_want;

// A place is where one token's row goes: column i at base + capacity*offset(i) +
// row*row_bytes(i), offset(i) being the sum of row_bytes before i. base NULL: the
// token's row is not wanted.
typedef struct {
	void   *base;
	int64_t capacity, row;
} cap_place;

// What an edit does with h, the floats of a row that it changes: hooks.EditOp says it.
enum {
	CAP_EDIT_ADD     = 0,
	CAP_EDIT_PROJECT = 1,
	CAP_EDIT_CLAMP   = 2,
	CAP_EDIT_REPLACE = 3,
	CAP_EDIT_SWAP    = 4,
	CAP_EDIT_AFFINE  = 5,
	CAP_EDIT_KEEP    = 6,
	CAP_EDIT_SCORE   = 7,
};

// An edit changes rows of one node, width of their floats after the first first.
typedef struct {
	cap_want     at;
	int32_t      op, first, width, rank;
	const float *vector, *bias; // as hooks.Edit has them
	float        factor, low, high;
	bool         relative;
} cap_edit;

// An application of an edit to a token's row.
typedef struct {
	int32_t      edit, token;
	const float *other; // [width], of CAP_EDIT_SWAP: the other row's floats
	float       *out;   // [width] of CAP_EDIT_KEEP, [1] of CAP_EDIT_SCORE
	const float *when;  // the edit is left out unless *when > above; NULL: it never is
	float        above;
} cap_apply;

// cap_context_plan says what to copy, wants in the order of the columns, and what may be
// edited. half rounds floats that are copied to float16 on the way. The edits' floats are
// copied. Returns 0, or -1 where memory runs out.
int cap_context_plan(cap_context *c, const cap_want *wants, int n, bool half, const cap_edit *edits, int n_edits);

// What cap_decode returns beside llama_decode's own codes (0 done, 1 no KV
// slot, 2 aborted, below 0 failed).
enum {
	CAP_MISSING = 1000, // a planned node was not in the graph under its number
	CAP_SHAPE   = 1001, // it was there, with another shape or type
	CAP_MEMORY  = 1002, // the system gave no memory for a copy of it, or for the list of nodes
};

// How far cap_decode runs.
enum {
	CAP_WHOLE  = 0, // to the logits
	CAP_KEEP   = 1, // to node stop; the KV cache keeps the tokens, the logits are not to be read
	CAP_FORGET = 2, // to node stop; the KV cache forgets the tokens
};

typedef struct {
	int32_t          n;                // tokens, at most n_ubatch
	const int32_t   *token, *pos, *seq;
	const int8_t    *output;           // whose logits, and rows after the last layer's selection, are computed
	const cap_place *places;           // of each token; NULL copies nothing
	int32_t          extent, stop;     // CAP_..., and the last node needed
	bool             record;           // note every node, for cap_node
	const cap_apply *edits;            // by their nodes, then by token, then by their points' skip; scores of a token and node first
	int32_t          n_edits;
	float           *norms;            // [n_edits][2]: of what it and those before it added to the row, and of the row before; -1 where it was left out. Not NULL
} cap_batch;

// cap_decode runs one micro-batch, edits rows and copies the planned columns to their
// places. With a code of CAP_..., *bad is the index of the want, -1 for none; that of an
// edit comes after the wants'.
int cap_decode(cap_context *c, const cap_batch *batch, int *bad);

// cap_refused is how many bytes the system did not give, with CAP_MEMORY.
size_t cap_refused(cap_context *c);

// cap_nodes and cap_node give the nodes of the last decode that recorded, in the
// order in which they were computed, until the next decode.
int                 cap_nodes(cap_context *c);
struct ggml_tensor *cap_node(cap_context *c, int i);

// cap_cancel makes a running decode stop at the next graph node; cap_uncancel
// undoes it. Both may be called from any thread.
void cap_cancel(cap_context *c);
void cap_uncancel(cap_context *c);

// cap_score reads the n logits x: *logprob = log softmax(x)[token], *entropy =
// -sum p log p, both in nats. token < 0 leaves *logprob alone.
void cap_score(const float *x, int n, int token, float *logprob, float *entropy);

// cap_divergence is the Kullback-Leibler divergence, in nats, of the distribution with the
// n logits y from the one with the logits x: sum p_x (log p_x - log p_y).
double cap_divergence(const float *x, const float *y, int n);
