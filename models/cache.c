// What the cache of a context consists of, read from the graph that uses it.
#include "shim.h"

#include <stdlib.h>
#include <string.h>

// base follows a view to the tensor whose memory it shows.
static const struct ggml_tensor *base(const struct ggml_tensor *t) {
	while (t->view_src) t = t->view_src;
	return t;
}

// of_cache says whether a tensor without a view lies in the cache: not computed, and
// neither in a buffer of weights nor in one to compute in. Graphs give some new names.
static bool of_cache(const struct ggml_tensor *t) {
	return t->op == GGML_OP_NONE && t->buffer && ggml_backend_buffer_get_usage(t->buffer) == GGML_BACKEND_BUFFER_USAGE_ANY;
}

// first follows first inputs down to a tensor of the cache; NULL where there is none.
static const struct ggml_tensor *first(const struct ggml_tensor *t) {
	for (int depth = 0; t && depth < 16; depth++) {
		if (of_cache(base(t))) return base(t);
		t = t->src[0];
	}
	return NULL;
}

// leaf follows first inputs to their end.
static const struct ggml_tensor *leaf(const struct ggml_tensor *t) {
	while (t->view_src || t->src[0]) t = t->view_src ? t->view_src : t->src[0];
	return t;
}

static int block_of(const struct ggml_tensor *t) {
	const char *end = t->name + strlen(t->name), *number = end;
	while (number > t->name && number[-1] >= '0' && number[-1] <= '9') number--;
	return number < end ? atoi(number) : -1;
}

// Attention with a window has a mask of its own, which llama.cpp makes right after
// that without: of two masks it is the one that lies further up in memory.
typedef struct {
	const struct ggml_tensor *low, *high;
} masks;

static void see(masks *m, const struct ggml_tensor *t) {
	if (!m->low || t < m->low) m->low = t;
	if (!m->high || t > m->high) m->high = t;
}

// attends gives the mask of a node that attends to the cache, and the keys.
static const struct ggml_tensor *attends(const struct ggml_tensor *t, const struct ggml_tensor **keys) {
	const struct ggml_tensor *mask = NULL;
	if (t->op == GGML_OP_FLASH_ATTN_EXT) {
		*keys = first(t->src[1]);
		mask  = t->src[3];
	} else if (t->op == GGML_OP_SOFT_MAX) {
		*keys = first(t->src[0]);
		mask  = t->src[1];
	} else {
		return NULL;
	}
	return mask && *keys ? leaf(mask) : NULL;
}

static int add(const struct ggml_tensor *t, cap_cache_tensor *out, int n, int count) {
	cap_cache_tensor c = {.block = block_of(t), .type = t->type, .row = t->ne[0], .rows = t->ne[1]};
	c.value = strstr(t->name, "v_l") != NULL;
	c.state = t->type == GGML_TYPE_F32; // keys and values are not in this context
	if (count < n) out[count] = c;
	return count + 1;
}

int cap_cache(cap_context *c, cap_cache_tensor *out, int n, int *attending) {
	int count = *attending = 0;
	const struct ggml_tensor *seen[1024];
	masks m = {NULL, NULL};
	for (int i = 0; i < cap_nodes(c); i++) {
		const struct ggml_tensor *t = cap_node(c, i), *keys, *mask = attends(t, &keys);
		if (mask) {
			see(&m, mask);
			++*attending;
		}
		for (int k = -1; k < GGML_MAX_SRC; k++) {
			const struct ggml_tensor *of = k < 0 ? t : t->src[k];
			if (!of || !of_cache(of = base(of))) continue;
			bool known = false;
			for (int j = 0; j < count && !known; j++) known = seen[j] == of;
			if (known || count == 1024) continue;
			seen[count] = of;
			count = add(of, out, n, count);
		}
	}
	for (int i = 0; i < cap_nodes(c) && m.low != m.high; i++) {
		const struct ggml_tensor *keys, *mask = attends(cap_node(c, i), &keys);
		if (mask != m.high) continue;
		for (int j = 0; j < count && j < n; j++) out[j].window |= out[j].block == block_of(keys) && !out[j].state;
	}
	return count;
}
