#include "shim.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- what llama.cpp says, kept for the error message ----

static _Thread_local char log_errors[2048], log_warnings[2048];
static _Thread_local enum ggml_log_level log_level;

static void keep(char *buf, size_t size, const char *text) {
	size_t used = strlen(buf);
	if (used + 1 < size) snprintf(buf + used, size - used, "%s", text);
}

static void on_log(enum ggml_log_level level, const char *text, void *user) {
	(void)user;
	if (level != GGML_LOG_LEVEL_CONT) log_level = level;
	if (log_level == GGML_LOG_LEVEL_ERROR) keep(log_errors, sizeof log_errors, text);
	if (log_level == GGML_LOG_LEVEL_WARN) keep(log_warnings, sizeof log_warnings, text);
}

void cap_log_reset(void) { log_errors[0] = log_warnings[0] = '\0'; }

const char *cap_log_text(void) { return log_errors[0] ? log_errors : log_warnings; }

void cap_init(void) {
	llama_log_set(on_log, NULL);
	llama_backend_init();
}

// ---- models ----

struct llama_model *cap_model_load(const char *path, int gpu_layers) {
	struct llama_model_params p = llama_model_default_params();
	p.n_gpu_layers = gpu_layers;
	cap_log_reset();
	return llama_model_load_from_file(path, p);
}

uint32_t cap_quantize(const char *in, const char *out, int ftype, int threads) {
	llama_model_quantize_params p = llama_model_quantize_default_params();
	p.ftype            = (enum llama_ftype)ftype;
	p.nthread          = threads;
	p.allow_requantize = true;
	cap_log_reset();
	return llama_model_quantize(in, out, &p);
}

// ---- contexts ----

typedef struct {
	char   name[GGML_MAX_NAME];
	float *rows; // [n_ubatch][width]
	bool   seen; // in the decode that runs
} wanted;

struct cap_context {
	struct llama_context   *llama;
	struct ggml_threadpool *pool;
	struct llama_batch      batch;
	uint32_t                n_ubatch;
	atomic_bool             cancelled;

	wanted *tensors;
	int     n_tensors, width;
	int    *table; // open addressing from name to index + 1; 0 is free
	size_t  table_mask;
	int     n_tokens; // of the decode that runs
	int     code, bad;
};

static size_t hash(const char *s) {
	size_t h = 14695981039346656037u; // FNV-1a
	for (; *s; s++) h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

static wanted *lookup(cap_context *c, const char *name) {
	for (size_t i = hash(name) & c->table_mask; c->table[i]; i = (i + 1) & c->table_mask) {
		wanted *w = &c->tensors[c->table[i] - 1];
		if (strcmp(w->name, name) == 0) return w;
	}
	return NULL;
}

// Called by ggml for each node of the graph: first with ask, to say whether it
// is wanted, then, for a wanted one, when its value has just been computed. It
// is copied right then: a later node may write over it.
static bool on_node(struct ggml_tensor *t, bool ask, void *user) {
	cap_context *c = user;
	wanted *w = c->n_tensors ? lookup(c, t->name) : NULL;
	if (ask) return w != NULL;
	if (!w) return true;
	if (t->type != GGML_TYPE_F32 || t->ne[0] != c->width || ggml_nrows(t) != c->n_tokens || !ggml_is_contiguous(t)) {
		c->code = CAP_SHAPE;
		c->bad  = (int)(w - c->tensors);
		return true;
	}
	ggml_backend_tensor_get(t, w->rows, 0, ggml_nbytes(t));
	w->seen = true;
	return true;
}

static bool on_abort(void *user) {
	cap_context *c = user;
	return atomic_load_explicit(&c->cancelled, memory_order_relaxed);
}

cap_context *cap_context_new(struct llama_model *model, cap_context_params params) {
	cap_log_reset();
	cap_context *c = calloc(1, sizeof *c);
	if (!c) return NULL;
	c->n_ubatch = params.n_ubatch;

	struct llama_context_params p = llama_context_default_params();
	p.n_ctx               = params.n_ctx;
	p.n_batch             = params.n_ubatch;
	p.n_ubatch            = params.n_ubatch;
	p.n_seq_max           = params.n_seq_max;
	p.n_threads           = params.n_threads;
	p.n_threads_batch     = params.n_threads;
	p.kv_unified          = true; // with n_tokens <= n_ubatch: rows stay in the order of the batch
	p.no_perf             = true;
	if (params.float32) { // flash attention would round keys and values to float16
		p.type_k = p.type_v = GGML_TYPE_F32;
		p.flash_attn_type   = LLAMA_FLASH_ATTN_TYPE_DISABLED;
	}
	p.cb_eval             = on_node;
	p.cb_eval_user_data   = c;
	p.abort_callback      = on_abort;
	p.abort_callback_data = c;
	c->llama = llama_init_from_model(model, p);
	if (!c->llama) {
		cap_context_free(c);
		return NULL;
	}
	// Without a pool of its own ggml starts new threads for every piece of the
	// graph, and each wanted node cuts the graph into one piece more.
	struct ggml_threadpool_params tp = ggml_threadpool_params_default(params.n_threads);
	c->pool  = ggml_threadpool_new(&tp);
	c->batch = llama_batch_init((int32_t)params.n_ubatch, 0, 1);
	if (!c->pool || !c->batch.token) {
		cap_context_free(c);
		return NULL;
	}
	llama_attach_threadpool(c->llama, c->pool, c->pool);
	return c;
}

static void free_plan(cap_context *c) {
	for (int i = 0; i < c->n_tensors; i++) free(c->tensors[i].rows);
	free(c->tensors);
	free(c->table);
	c->tensors   = NULL;
	c->table     = NULL;
	c->n_tensors = 0;
}

void cap_context_free(cap_context *c) {
	if (!c) return;
	if (c->llama) llama_free(c->llama);
	if (c->pool) ggml_threadpool_free(c->pool);
	if (c->batch.token) llama_batch_free(c->batch);
	free_plan(c);
	free(c);
}

struct llama_context *cap_context_llama(cap_context *c) { return c->llama; }

int cap_context_plan(cap_context *c, const char **names, int n, int width) {
	free_plan(c);
	if (n == 0) return 0;
	size_t slots = 4;
	while (slots < 4 * (size_t)n) slots *= 2;
	c->table_mask = slots - 1;
	c->width      = width;
	c->table      = calloc(slots, sizeof *c->table);
	c->tensors    = calloc((size_t)n, sizeof *c->tensors);
	if (!c->table || !c->tensors) {
		free_plan(c);
		return -1;
	}
	c->n_tensors = n;
	for (int i = 0; i < n; i++) {
		wanted *w = &c->tensors[i];
		snprintf(w->name, sizeof w->name, "%s", names[i]);
		w->rows = malloc((size_t)c->n_ubatch * (size_t)width * sizeof(float));
		if (!w->rows) {
			free_plan(c);
			return -1;
		}
		size_t slot = hash(w->name) & c->table_mask;
		while (c->table[slot]) slot = (slot + 1) & c->table_mask;
		c->table[slot] = i + 1;
	}
	return 0;
}

int cap_decode(cap_context *c, int32_t n, const int32_t *token, const int32_t *pos,
               const int32_t *seq, const int8_t *output, int *bad) {
	cap_log_reset();
	c->batch.n_tokens = n;
	for (int32_t i = 0; i < n; i++) {
		c->batch.token[i]     = token[i];
		c->batch.pos[i]       = pos[i];
		c->batch.n_seq_id[i]  = 1;
		c->batch.seq_id[i][0] = seq[i];
		c->batch.logits[i]    = output[i];
	}
	for (int i = 0; i < c->n_tensors; i++) c->tensors[i].seen = false;
	c->n_tokens = n;
	c->code     = 0;
	int rc = llama_decode(c->llama, c->batch);
	if (rc != 0) return rc;
	for (int i = 0; c->code == 0 && i < c->n_tensors; i++) {
		if (!c->tensors[i].seen) {
			c->code = CAP_MISSING;
			c->bad  = i;
		}
	}
	*bad = c->bad;
	return c->code;
}

const float *cap_rows(cap_context *c, int i) { return c->tensors[i].rows; }

void cap_cancel(cap_context *c) { atomic_store_explicit(&c->cancelled, true, memory_order_relaxed); }
void cap_uncancel(cap_context *c) { atomic_store_explicit(&c->cancelled, false, memory_order_relaxed); }

// ---- log-probability and entropy ----

// exp for x <= 0 as Cephes' expf does it: e^x = 2^k e^r with |r| <= ln(2)/2 and
// a polynomial of degree 5 for e^r; relative error below 2e-7. Written without
// branches so that the compiler turns the loop below into vector code.
static inline float exp_neg(float x) {
	x = x < -87.0f ? -87.0f : x;
	float shifted = x * 1.44269504f + 12582912.0f; // rounds to an integer in the low bits
	float k = shifted - 12582912.0f;
	float r = x - k * 0.693359375f + k * 2.12194440e-4f;
	float p = 1.9875691500e-4f;
	p = p * r + 1.3981999507e-3f;
	p = p * r + 8.3334519073e-3f;
	p = p * r + 4.1665795894e-2f;
	p = p * r + 1.6666665459e-1f;
	p = p * r + 5.0000001201e-1f;
	p = p * r * r + r + 1.0f;
	int32_t bits;
	memcpy(&bits, &p, sizeof bits);
	bits += (int32_t)k * (1 << 23);
	memcpy(&p, &bits, sizeof p);
	return p;
}

enum { LANES = 16, BLOCK = 64 * LANES };

// Compiled for several levels of x86-64, of which the loader takes the best that
// the CPU has: the rest of this file runs a few times a token, this a vocabulary
// of times.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
void cap_score(const float *x, int n, int token, float *logprob, float *entropy) {
	float max = x[0];
	for (int i = 1; i < n; i++) max = x[i] > max ? x[i] : max;
	double sum = 0, weighted = 0; // of e^d and of d e^d, where d = x - max
	for (int start = 0; start < n; start += BLOCK) {
		int end = start + BLOCK < n ? start + BLOCK : n;
		float s[LANES] = {0}, w[LANES] = {0};
		int i = start;
		for (; i + LANES <= end; i += LANES) {
			for (int j = 0; j < LANES; j++) {
				float d = x[i + j] - max, e = exp_neg(d);
				s[j] += e;
				w[j] += e * (d < -87.0f ? -87.0f : d);
			}
		}
		for (; i < end; i++) {
			float d = x[i] - max, e = exp_neg(d);
			s[0] += e;
			w[0] += e * (d < -87.0f ? -87.0f : d);
		}
		for (int j = 0; j < LANES; j++) {
			sum += s[j];
			weighted += w[j];
		}
	}
	double log_sum = log(sum);
	*entropy = (float)(log_sum - weighted / sum);
	if (token >= 0) *logprob = (float)(x[token] - max - log_sum);
}
