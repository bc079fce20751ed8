// A llama.cpp context that copies nodes of the graph while it is computed.
#include "edit.h"
#include "shim.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// A column is what is copied of a node, or scored.
typedef struct {
	cap_want want;
	bool     copied; // in the decode that runs
	size_t   row_bytes, offset;

	int    score;  // number of the probe, -1 where rows are copied
	float *vector; // of a probe: [want.width]
	float *row;    // likewise: room for a row whose floats do not lie side by side
	float  bias;
} column;

struct cap_context {
	struct llama_context   *llama;
	struct ggml_threadpool *pool;
	struct llama_batch      batch;
	uint32_t                n_ubatch;
	atomic_bool             cancelled;

	column  *columns; // in the order of the files, then those of probes
	int     *by_node; // their indices in the order of their nodes
	int      n_columns, n_probes;
	bool     half;
	cap_editor *editor; // of rows, NULL without edits
	int32_t *rank; // [n_ubatch] of each token among those with the output flag, -1 without

	cap_fetcher *fetcher; // of tensors that do not lie in host memory, once there was one
	bool         copy;    // as of cap_fetcher_new
	size_t       most;    // as of cap_context_params
	void        *staging; // of such a tensor, where the fetcher has no room for it
	size_t       staging_bytes;

	// The decode that runs.
	const cap_batch *now;
	int              n_outputs, node, next; // node asked for; next of by_node
	bool             stopped, cut; // after the last node needed; by a cancel
	int              code, bad;
	size_t           refused; // bytes

	struct ggml_tensor **nodes; // recorded
	int                  n_nodes, nodes_cap;
};

// ---- copying ----

static void fail(cap_context *c, int code, int column) {
	if (c->code != 0) return;
	c->code = code;
	c->bad  = column;
}

// copy_run copies n floats, rounding them if the files hold float16.
static void copy_run(cap_context *c, char *row, int64_t at, const char *from, int64_t n) {
	if (c->half) {
		ggml_fp32_to_fp16_row((const float *)from, (ggml_fp16_t *)row + at, n);
	} else {
		memcpy((float *)row + at, from, (size_t)n * sizeof(float));
	}
}

// copy_row copies what the tensor, whose bytes begin at data, has of one token.
static void copy_row(cap_context *c, const column *col, const struct ggml_tensor *t, const char *data, int64_t token, char *row) {
	const cap_want *w = &col->want;
	const int64_t per_head = w->width / w->heads;
	switch (w->kind) {
	case CAP_FLAT:
		copy_run(c, row, 0, data + (size_t)token * t->nb[1] + (size_t)w->skip * sizeof(float), w->width);
		break;
	case CAP_HEADS:
		for (int64_t h = 0; h < w->heads; h++)
			copy_run(c, row, h * per_head, data + (size_t)token * t->nb[2] + (size_t)h * t->nb[1], per_head);
		break;
	case CAP_PATTERN:
		memset(row, 0, col->row_bytes);
		for (int64_t h = 0; h < w->heads; h++)
			copy_run(c, row, h * per_head, data + (size_t)token * t->nb[1] + (size_t)h * t->nb[2], t->ne[0] < per_head ? t->ne[0] : per_head);
		break;
	}
}

// score_row scores what the tensor, whose bytes begin at data, has of one token.
static float score_row(const column *col, const struct ggml_tensor *t, const char *data, int64_t token) {
	const cap_want *w = &col->want;
	const float *row = (const float *)(data + (size_t)token * t->nb[1] + (size_t)w->skip * sizeof(float));
	if (w->kind != CAP_FLAT) { // by head
		const int64_t per_head = w->width / w->heads;
		row = col->row;
		for (int64_t h = 0; h < w->heads; h++)
			memcpy(col->row + h * per_head, data + (size_t)token * t->nb[2] + (size_t)h * t->nb[1], (size_t)per_head * sizeof *row);
	}
	return (float)(cap_dot(col->vector, row, w->width) + col->bias);
}

int64_t cap_tokens_of(const struct ggml_tensor *t, const cap_want *w) {
	if (t->type != GGML_TYPE_F32 || t->nb[0] != sizeof(float) || t->ne[3] != 1) return -1;
	switch (w->kind) {
	case CAP_FLAT:    return t->ne[2] == 1 && t->ne[0] >= w->skip + w->width ? t->ne[1] : -1;
	case CAP_HEADS:   return t->ne[0] * w->heads == w->width && t->ne[1] == w->heads ? t->ne[2] : -1;
	case CAP_PATTERN: return t->ne[2] == w->heads ? t->ne[1] : -1;
	}
	return -1;
}

// fits says whether the tensor has a row for each token that is wanted.
static bool fits(const cap_context *c, const struct ggml_tensor *t, const cap_want *w) {
	int64_t rows = cap_tokens_of(t, w);
	if (rows == c->now->n) return true;
	if (rows != c->n_outputs) return false;
	for (int32_t k = 0; k < c->now->n; k++) {
		if (c->now->places[k].base && c->rank[k] < 0) return false;
	}
	return true;
}

// copy_rows copies or scores the rows of columns first to first+n of by_node, which are of
// this tensor, whose bytes begin at data. On the fetcher's thread or the caller's.
static void copy_rows(void *user, const struct ggml_tensor *t, const char *data, int first, int n) {
	cap_context *c = user;
	for (int i = first; i < first + n; i++) {
		const column *col = &c->columns[c->by_node[i]];
		bool all = cap_tokens_of(t, &col->want) == c->now->n;
		for (int32_t k = 0; k < c->now->n; k++) {
			const cap_place *p = &c->now->places[k];
			if (!p->base) continue;
			if (col->score >= 0) {
				c->now->scores[(size_t)k * c->n_probes + col->score] = score_row(col, t, data, all ? k : c->rank[k]);
				continue;
			}
			char *row = (char *)p->base + (size_t)p->capacity * col->offset + (size_t)p->row * col->row_bytes;
			copy_row(c, col, t, data, all ? k : c->rank[k], row);
		}
	}
}

// grown is realloc, and notes what the system does not give.
static void *grown(cap_context *c, void *old, size_t n) {
	void *more = n > c->most ? NULL : realloc(old, n);
	if (!more) c->refused = n;
	return more;
}

// stage gives a copy of the tensor's bytes, after waiting for it; NULL where memory
// runs out.
static const char *stage(cap_context *c, const struct ggml_tensor *t) {
	size_t n = ggml_nbytes(t);
	if (n > c->staging_bytes) {
		free(c->staging);
		c->staging       = grown(c, NULL, n);
		c->staging_bytes = c->staging ? n : 0;
	}
	if (c->staging) ggml_backend_tensor_get(t, c->staging, 0, n);
	return c->staging;
}

// copy_node copies a tensor that was just computed into columns first to first+n of
// by_node, or has it fetched: its rows are complete when cap_decode returns.
static void copy_node(cap_context *c, struct ggml_tensor *t, int first, int n) {
	for (int i = first; i < first + n; i++) {
		column *col = &c->columns[c->by_node[i]];
		col->copied = true;
		if (strcmp(t->name, col->want.name) != 0) {
			fail(c, CAP_MISSING, c->by_node[i]);
			return;
		}
		if (!fits(c, t, &col->want)) {
			fail(c, CAP_SHAPE, c->by_node[i]);
			return;
		}
	}
	if (ggml_backend_buffer_is_host(t->view_src ? t->view_src->buffer : t->buffer)) {
		copy_rows(c, t, t->data, first, n);
		return;
	}
	if (!c->fetcher) c->fetcher = cap_fetcher_new(copy_rows, c, c->copy, c->most);
	if (c->fetcher && cap_fetch(c->fetcher, t, first, n)) return;
	const char *data = stage(c, t);
	if (data)
		copy_rows(c, t, data, first, n);
	else
		fail(c, CAP_MEMORY, c->by_node[first]);
}

// edit_node changes the rows of a tensor that was just computed.
static void edit_node(cap_context *c, struct ggml_tensor *t) {
	int edit, code = cap_edit_node(c->editor, t, c->node, c->now, c->rank, c->n_outputs, &edit);
	if (code != 0) fail(c, code, c->n_columns + edit);
}

// ---- the callbacks ----

static void record(cap_context *c, struct ggml_tensor *t) {
	if (c->n_nodes == c->nodes_cap) {
		int cap = c->nodes_cap ? 2 * c->nodes_cap : 4096;
		void *more = grown(c, c->nodes, (size_t)cap * sizeof *c->nodes);
		if (!more) {
			fail(c, CAP_MEMORY, -1);
			return;
		}
		c->nodes     = more;
		c->nodes_cap = cap;
	}
	c->nodes[c->n_nodes++] = t;
}

// wanted_here says how many columns, from next of by_node on, are of the node that
// is asked for or was just computed.
static int wanted_here(const cap_context *c) {
	int n = 0;
	while (c->now->places && c->next + n < c->n_columns && c->columns[c->by_node[c->next + n]].want.node == c->node) n++;
	return n;
}

static bool cancelled(cap_context *c) { return atomic_load_explicit(&c->cancelled, memory_order_relaxed); }

// Called by ggml for each node of the graph in its order: first with ask, to say
// whether the graph is to be cut after it, then, for such a node, when its value
// has just been computed. It is copied right then: a later node may write over it.
static bool on_node(struct ggml_tensor *t, bool ask, void *user) {
	cap_context *c = user;
	if (ask) {
		if (c->stopped || c->cut) return true; // a further piece of the graph, on another device
		c->node++;
		if (c->now->record) record(c, t);
		return wanted_here(c) > 0 || cap_edited_here(c->editor, c->node) || (c->now->extent != CAP_WHOLE && c->node == c->now->stop) || cancelled(c);
	}
	if (c->stopped || c->cut) return false;
	if (cancelled(c)) { // where no abort callback is asked: on devices other than the CPU
		c->cut = true;
		return false;
	}
	if (cap_edited_here(c->editor, c->node)) edit_node(c, t);
	int n = wanted_here(c);
	if (n > 0) copy_node(c, t, c->next, n);
	c->next += n;
	if (c->now->extent == CAP_WHOLE || c->node < c->now->stop) return true;
	c->stopped = true;
	return c->now->extent == CAP_FORGET; // go on into the abort, which frees the cache
}

static bool on_abort(void *user) {
	cap_context *c = user;
	return (c->stopped && c->now->extent == CAP_FORGET) || cancelled(c);
}

// ---- contexts ----

cap_context *cap_context_new(struct llama_model *model, cap_context_params params) {
	cap_log_reset();
	cap_context *c = calloc(1, sizeof *c);
	if (!c) return NULL;
	c->n_ubatch = params.n_ubatch;
	c->copy     = params.copy;
	c->most     = params.most;

	struct llama_context_params p = llama_context_default_params();
	p.n_ctx               = params.n_ctx;
	p.n_batch             = params.n_ubatch;
	p.n_ubatch            = params.n_ubatch;
	p.n_seq_max           = params.n_seq_max;
	p.n_threads           = params.n_threads;
	p.n_threads_batch     = params.n_threads;
	p.kv_unified          = true; // with n_tokens <= n_ubatch: rows stay in the order of the batch
	p.no_perf             = true;
	p.type_k = p.type_v = (enum ggml_type)params.kv_type;
	p.flash_attn_type = (enum llama_flash_attn_type)params.flash;
	p.swa_full = params.whole_window;
	// A layer is computed where its weights are, however many tokens there are. Else a
	// layer of the CPU moves to a device for 32 tokens or more: its rows come out
	// otherwise, and where a device sorts its nodes (Vulkan, Metal) they are not those
	// that were counted in the graph of a few tokens.
	p.op_offload          = false;
	p.cb_eval             = on_node;
	p.cb_eval_user_data   = c;
	p.abort_callback      = on_abort;
	p.abort_callback_data = c;
	static const cap_batch idle = {0}; // what making the context computes is of no interest
	c->now   = &idle;
	c->llama = llama_init_from_model(model, p);
	if (!c->llama) {
		cap_context_free(c);
		return NULL;
	}
	// Without a pool of its own ggml starts new threads for every piece of the
	// graph, and each wanted node cuts the graph into one piece more.
	c->pool  = cap_threadpool_new(params.n_threads);
	c->batch = llama_batch_init((int32_t)params.n_ubatch, 0, 1);
	c->rank  = malloc(params.n_ubatch * sizeof *c->rank);
	if (!c->pool || !c->batch.token || !c->rank) {
		cap_context_free(c);
		return NULL;
	}
	llama_attach_threadpool(c->llama, c->pool, c->pool);
	return c;
}

static void free_plan(cap_context *c) {
	for (int i = 0; c->columns && i < c->n_columns; i++) {
		free(c->columns[i].vector);
		free(c->columns[i].row);
	}
	free(c->columns);
	free(c->by_node);
	cap_editor_free(c->editor);
	c->editor    = NULL;
	c->columns   = NULL;
	c->by_node   = NULL;
	c->n_columns = c->n_probes = 0;
}

void cap_context_free(cap_context *c) {
	if (!c) return;
	cap_fetcher_free(c->fetcher);
	if (c->llama) llama_free(c->llama);
	if (c->pool) cap_threadpool_free(c->pool);
	if (c->batch.token) llama_batch_free(c->batch);
	free_plan(c);
	free(c->rank);
	free(c->staging);
	free(c->nodes);
	free(c);
}

struct llama_context *cap_context_llama(cap_context *c) { return c->llama; }

int cap_context_plan(cap_context *c, const cap_plan *plan) {
	free_plan(c);
	if (plan->n_edits > 0 && !(c->editor = cap_editor_new(plan->edits, plan->n_edits))) return -1;
	const int n = plan->n_wants + plan->n_probes;
	if (n == 0) return 0;
	c->columns = calloc((size_t)n, sizeof *c->columns);
	c->by_node = malloc((size_t)n * sizeof *c->by_node);
	if (!c->columns || !c->by_node) {
		free_plan(c);
		return -1;
	}
	c->n_columns = n;
	c->n_probes  = plan->n_probes;
	c->half      = plan->half;
	size_t offset = 0;
	for (int i = 0; i < n; i++) {
		column *col = &c->columns[i];
		col->score  = i - plan->n_wants;
		if (col->score < 0) {
			col->score     = -1;
			col->want      = plan->wants[i];
			col->offset    = offset;
			col->row_bytes = (size_t)col->want.width * (c->half ? sizeof(ggml_fp16_t) : sizeof(float));
			offset += col->row_bytes;
		} else {
			const cap_probe *p = &plan->probes[col->score];
			size_t bytes = (size_t)p->at.width * sizeof(float);
			col->want   = p->at;
			col->bias   = p->bias;
			col->vector = malloc(bytes);
			col->row    = malloc(bytes);
			if (!col->vector || !col->row) {
				free_plan(c);
				return -1;
			}
			memcpy(col->vector, p->vector, bytes);
		}
		int at = i; // insertion sort by node
		for (; at > 0 && c->columns[c->by_node[at - 1]].want.node > col->want.node; at--) c->by_node[at] = c->by_node[at - 1];
		c->by_node[at] = i;
	}
	return 0;
}

int cap_decode(cap_context *c, const cap_batch *b, int *bad) {
	cap_log_reset();
	c->now       = b;
	c->n_outputs = 0;
	c->node      = -1;
	c->next      = 0;
	c->stopped   = false;
	c->cut       = false;
	c->code      = 0;
	c->n_nodes   = 0;
	c->batch.n_tokens = b->n;
	for (int32_t i = 0; i < b->n; i++) {
		c->batch.token[i]     = b->token[i];
		c->batch.pos[i]       = b->pos[i];
		c->batch.n_seq_id[i]  = 1;
		c->batch.seq_id[i][0] = b->seq[i];
		c->batch.logits[i]    = b->output[i];
		c->rank[i] = b->output[i] ? c->n_outputs++ : -1;
	}
	for (int i = 0; i < c->n_columns; i++) c->columns[i].copied = false;
	cap_editor_start(c->editor);
	int rc = llama_decode(c->llama, c->batch);
	if (c->fetcher) cap_fetch_wait(c->fetcher);
	if (rc == 0 && c->cut) rc = 2;
	if (rc != 0 && !(rc == 2 && c->stopped)) return rc;
	if (rc == 0 && b->extent == CAP_FORGET) {
		// Nothing after the stop was computed that could be aborted: a view, another
		// device, or the end of the graph.
		for (int32_t i = 0; i < b->n; i++) llama_memory_seq_rm(llama_get_memory(c->llama), b->seq[i], b->pos[i], -1);
	}
	for (int i = 0; b->places && i < c->n_columns; i++) {
		if (!c->columns[i].copied) fail(c, CAP_MISSING, i);
	}
	int left = cap_editor_left(c->editor, b);
	if (left >= 0) fail(c, CAP_MISSING, c->n_columns + left);
	*bad = c->bad;
	return c->code;
}

size_t cap_refused(cap_context *c) { return c->refused; }

int cap_nodes(cap_context *c) { return c->n_nodes; }

struct ggml_tensor *cap_node(cap_context *c, int i) { return c->nodes[i]; }

void cap_cancel(cap_context *c) { atomic_store_explicit(&c->cancelled, true, memory_order_relaxed); }
void cap_uncancel(cap_context *c) { atomic_store_explicit(&c->cancelled, false, memory_order_relaxed); }
