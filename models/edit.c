// Edits of rows: at the cut after a node, before anything reads it.
#include "edit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cap_editor {
	cap_edit *edits;
	int       n;
	int      *by_node; // their indices in the order of their nodes
	float    *floats;  // of all of them
	double   *coords;  // room for the most coordinates
	double   *sum;     // room for the widest row
	float    *row;     // room for the widest row: the one that is edited, where held says which
	float    *before;  // likewise: as it was before the first edit of this decode
	float     norm;    // of before
	int64_t   held;    // token of that row, -1: none
	int32_t   skip;    // and where its point begins in the node
	int       next;    // of the batch's applications, in the decode that runs
};

// floats_of counts what an edit points to.
static size_t floats_of(const cap_edit *e, size_t *bias) {
	size_t width = (size_t)e->width, rows = 1;
	if (e->op == CAP_EDIT_PROJECT || (e->op == CAP_EDIT_SWAP && e->vector)) rows = (size_t)e->rank;
	if (e->op == CAP_EDIT_AFFINE) rows = width;
	*bias = !e->bias ? 0 : e->op == CAP_EDIT_AFFINE ? width : 1;
	return e->vector ? rows * width : 0;
}

cap_editor *cap_editor_new(const cap_edit *edits, int n) {
	cap_editor *e = calloc(1, sizeof *e);
	if (!e) return NULL;
	size_t total = 0, most = 1, widest = 1;
	for (int i = 0; i < n; i++) {
		size_t bias, rank = (size_t)edits[i].rank, row = (size_t)edits[i].at.width;
		total += floats_of(&edits[i], &bias);
		total += bias;
		if (row > widest) widest = row;
		if (rank > most) most = rank;
	}
	e->n       = n;
	e->edits   = malloc((size_t)n * sizeof *e->edits);
	e->by_node = malloc((size_t)n * sizeof *e->by_node);
	e->floats  = malloc((total ? total : 1) * sizeof *e->floats);
	e->coords  = malloc(most * sizeof *e->coords);
	e->sum     = malloc(widest * sizeof *e->sum);
	e->row     = malloc(widest * sizeof *e->row);
	e->before  = malloc(widest * sizeof *e->before);
	if (!e->edits || !e->by_node || !e->floats || !e->coords || !e->sum || !e->row || !e->before) {
		cap_editor_free(e);
		return NULL;
	}
	float *to = e->floats;
	for (int i = 0; i < n; i++) {
		cap_edit *x = &e->edits[i];
		*x = edits[i];
		size_t bias, rows = floats_of(x, &bias);
		if (rows) x->vector = memcpy(to, x->vector, rows * sizeof *to);
		to += rows;
		if (bias) x->bias = memcpy(to, x->bias, bias * sizeof *to);
		to += bias;
		int at = i; // insertion sort by node, which keeps the order within one
		for (; at > 0 && e->edits[e->by_node[at - 1]].at.node > x->at.node; at--) e->by_node[at] = e->by_node[at - 1];
		e->by_node[at] = i;
	}
	return e;
}

void cap_editor_free(cap_editor *e) {
	if (!e) return;
	free(e->edits);
	free(e->by_node);
	free(e->floats);
	free(e->coords);
	free(e->sum);
	free(e->row);
	free(e->before);
	free(e);
}

void cap_editor_start(cap_editor *e) {
	if (e) e->next = 0;
}

bool cap_edited_here(const cap_editor *e, int node) {
	int low = 0, high = e ? e->n : 0; // the first whose node is not before it
	while (low < high) {
		int mid = (low + high) / 2;
		if (e->edits[e->by_node[mid]].at.node < node)
			low = mid + 1;
		else
			high = mid;
	}
	return e && low < e->n && e->edits[e->by_node[low]].at.node == node;
}

int cap_editor_left(const cap_editor *e, const cap_batch *b) {
	return e && e->next < b->n_edits ? b->edits[e->next].edit : -1;
}

// ---- the operations, on the floats h of one row ----

// Sums have lanes, which the compiler turns into vector code: in the order that is written
// here, whatever the CPU.
enum { LANES = 16 };

// As in score.c: compiled for several levels of x86-64, of which the loader takes the best.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

CLONES static double dot(const float *x, const float *y, int n) {
	double lanes[LANES] = {0}, sum = 0;
	int i = 0;
	for (; i + LANES <= n; i += LANES) {
		for (int j = 0; j < LANES; j++) lanes[j] += (double)x[i + j] * y[i + j];
	}
	for (int j = 0; j < LANES; j++) sum += lanes[j];
	for (; i < n; i++) sum += (double)x[i] * y[i];
	return sum;
}

// distance gives the norm of x - y.
CLONES static double distance(const float *x, const float *y, int n) {
	double lanes[LANES] = {0}, sum = 0;
	int i = 0;
	for (; i + LANES <= n; i += LANES) {
		for (int j = 0; j < LANES; j++) {
			double d = (double)x[i + j] - y[i + j];
			lanes[j] += d * d;
		}
	}
	for (int j = 0; j < LANES; j++) sum += lanes[j];
	for (; i < n; i++) sum += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
	return sqrt(sum);
}

// move adds factor*v to h. What it adds nothing to keeps its bits, the sign of zero too.
CLONES static void move(float *restrict h, const float *restrict v, double factor, int n) {
	for (int i = 0; i < n; i++) {
		double d = factor * v[i];
		float to = (float)(h[i] + d);
		h[i] = d != 0 ? to : h[i];
	}
}

// gather adds factor*v to sum.
CLONES static void gather(double *restrict sum, const float *restrict v, double factor, int n) {
	for (int i = 0; i < n; i++) sum[i] += factor * v[i];
}

// within moves h by factor times its coordinates, or those of g - h, in the rows of Q.
static void within(cap_editor *e, const cap_edit *x, float *h, const float *g, double factor) {
	for (int k = 0; k < x->rank; k++) {
		const float *q = x->vector + (size_t)k * x->width;
		e->coords[k] = dot(q, h, x->width);
		if (g) e->coords[k] = dot(q, g, x->width) - e->coords[k];
	}
	memset(e->sum, 0, (size_t)x->width * sizeof *e->sum);
	for (int k = 0; k < x->rank; k++) gather(e->sum, x->vector + (size_t)k * x->width, e->coords[k], x->width);
	for (int i = 0; i < x->width; i++) {
		if (factor * e->sum[i] != 0) h[i] = (float)(h[i] + factor * e->sum[i]);
	}
}

static void apply(cap_editor *e, const cap_edit *x, const cap_apply *a, float *h) {
	size_t bytes = (size_t)x->width * sizeof *h;
	double unit  = x->relative ? sqrt(dot(h, h, x->width)) : 1;
	switch (x->op) {
	case CAP_EDIT_ADD:
		move(h, x->vector, unit * x->factor, x->width);
		break;
	case CAP_EDIT_PROJECT:
		within(e, x, h, NULL, (double)x->factor - 1);
		break;
	case CAP_EDIT_CLAMP: {
		double c = dot(x->vector, h, x->width), to = c;
		if (to < unit * x->low) to = unit * x->low;
		if (to > unit * x->high) to = unit * x->high;
		move(h, x->vector, to - c, x->width);
		break;
	}
	case CAP_EDIT_REPLACE:
		memcpy(h, x->vector, bytes);
		break;
	case CAP_EDIT_SWAP:
		if (x->vector)
			within(e, x, h, a->other, 1);
		else
			memcpy(h, a->other, bytes);
		break;
	case CAP_EDIT_AFFINE:
		for (int i = 0; i < x->width; i++) e->sum[i] = dot(x->vector + (size_t)i * x->width, h, x->width) + x->bias[i];
		for (int i = 0; i < x->width; i++) h[i] = (float)e->sum[i];
		break;
	case CAP_EDIT_KEEP:
		memcpy(a->out, h, bytes);
		break;
	case CAP_EDIT_SCORE:
		*a->out = (float)(dot(x->vector, h, x->width) + x->bias[0]);
		break;
	}
}

// ---- rows of a tensor ----

// A run is floats of a row that lie side by side in the tensor: n of them, the first of
// which is number at of the row, at byte offset of the tensor.
typedef struct {
	int64_t at, n;
	size_t  offset;
} run;

// run_of gives the run of a token's row that begins with its float at, up to float end.
static run run_of(const struct ggml_tensor *t, const cap_want *w, int64_t token, int64_t at, int64_t end) {
	if (w->kind == CAP_FLAT) return (run){at, end - at, (size_t)token * t->nb[1] + (size_t)(w->skip + at) * sizeof(float)};
	const int64_t per_head = w->width / w->heads, head = at / per_head, in = at % per_head;
	int64_t n = t->nb[1] == (size_t)per_head * sizeof(float) ? end - at : per_head - in; // heads may lie side by side
	if (n > end - at) n = end - at;
	return (run){at, n, (size_t)token * t->nb[2] + (size_t)head * t->nb[1] + (size_t)in * sizeof(float)};
}

// get and set copy the floats from..end of a token's row out of the tensor and into it.
static void get(const struct ggml_tensor *t, const cap_want *w, int64_t token, bool host, float *to, int64_t from, int64_t end) {
	for (run r; from < end; from += r.n, to += r.n) {
		r = run_of(t, w, token, from, end);
		if (host)
			memcpy(to, (char *)t->data + r.offset, (size_t)r.n * sizeof *to);
		else
			ggml_backend_tensor_get(t, to, r.offset, (size_t)r.n * sizeof *to);
	}
}

static void set(struct ggml_tensor *t, const cap_want *w, int64_t token, bool host, const float *h, int64_t from, int64_t end) {
	for (run r; from < end; from += r.n, h += r.n) {
		r = run_of(t, w, token, from, end);
		if (host)
			memcpy((char *)t->data + r.offset, h, (size_t)r.n * sizeof *h);
		else
			ggml_backend_tensor_set(t, h, r.offset, (size_t)r.n * sizeof *h);
	}
}

// hold keeps a token's row as it is before its first edit.
static void hold(cap_editor *e, const struct ggml_tensor *t, const cap_want *w, int64_t token, bool host) {
	if (e->held == token && e->skip == w->skip) return;
	get(t, w, token, host, e->row, 0, w->width);
	memcpy(e->before, e->row, (size_t)w->width * sizeof *e->row);
	e->norm = (float)sqrt(dot(e->row, e->row, w->width));
	e->held = token;
	e->skip = w->skip;
}

// change applies an edit to a row of the tensor. norms get the norm of what this edit and
// those of the row before it added to the row, all of its floats, and the norm that the row
// had before them.
static void change(cap_editor *e, const cap_apply *a, struct ggml_tensor *t, int64_t token, bool host, float *norms) {
	const cap_edit *x = &e->edits[a->edit];
	const cap_want *w = &x->at;
	const int64_t from = x->first, end = x->first + x->width;
	const bool changes = x->op != CAP_EDIT_KEEP && x->op != CAP_EDIT_SCORE;
	if (changes)
		hold(e, t, w, token, host);
	else if (e->held != token || e->skip != w->skip) {
		get(t, w, token, host, e->row, from, end);
		e->held = -1;
		apply(e, x, a, e->row);
		return;
	}
	apply(e, x, a, e->row + from);
	if (!changes) return;
	norms[0] = (float)distance(e->row, e->before, w->width);
	norms[1] = e->norm;
	set(t, w, token, host, e->row + from, from, end);
}

int cap_edit_node(cap_editor *e, struct ggml_tensor *t, int node, const cap_batch *b, const int32_t *rank, int n_outputs, int *edit) {
	bool host = ggml_backend_buffer_is_host(t->view_src ? t->view_src->buffer : t->buffer);
	e->held = -1;
	for (; e->next < b->n_edits && e->edits[b->edits[e->next].edit].at.node == node; e->next++) {
		const cap_apply *a = &b->edits[e->next];
		const cap_want  *w = &e->edits[a->edit].at;
		float *norms = b->norms + 2 * (size_t)e->next;
		*edit = a->edit;
		if (strcmp(t->name, w->name) != 0) return CAP_MISSING;
		int64_t rows = cap_tokens_of(t, w), row = rows == b->n ? a->token : rank[a->token];
		if ((rows != b->n && rows != n_outputs) || row < 0) return CAP_SHAPE;
		norms[0] = norms[1] = -1;
		if (a->when && !(*a->when > a->above)) continue;
		change(e, a, t, row, host, norms);
	}
	return 0;
}
