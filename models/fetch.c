// Fetching tensors from a device whose memory is not the host's, while the device
// goes on computing. Later nodes may write over a tensor, so it is first copied on the
// device itself, and a thread brings the copy into pinned host memory and hands it on.
// A worker's device needs no copy: all that is asked of it goes through one queue, so
// that what is read now is read before anything later is computed. Two places for each
// device: one is filled while the other is emptied.
#include "shim.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2, LANES = 16, QUEUE = SLOTS * LANES };

typedef struct lane lane;

typedef struct {
	lane                 *of;
	struct ggml_tensor    copy; // as the tensor; in the slot's memory on the device, if it has any
	ggml_backend_buffer_t device, pinned;
	void                 *host; // in pinned, or from malloc
	size_t                size;
	int                   first, n;
	bool                  full;
} slot;

struct lane {
	ggml_backend_buffer_type_t type;
	ggml_backend_t             queue; // of a device that does what it is asked in order, else NULL
	slot                       slots[SLOTS];
	int                        next;
};

struct cap_fetcher {
	cap_fetched     done;
	void           *user;
	bool            copy; // on every device
	size_t          most; // bytes of a tensor
	pthread_t       thread;
	pthread_mutex_t mutex;
	pthread_cond_t  changed;
	lane            lanes[LANES];
	int             n_lanes;
	slot           *queue[QUEUE];
	int             head, waiting; // of the queue
	bool            busy, closing;
};

// The thread: one slot after the other, in the order in which they were filled.
static void *fetch(void *user) {
	cap_fetcher *f = user;
	pthread_mutex_lock(&f->mutex);
	for (;;) {
		while (f->waiting == 0 && !f->closing) pthread_cond_wait(&f->changed, &f->mutex);
		if (f->waiting == 0) break;
		slot *s = f->queue[f->head];
		f->head = (f->head + 1) % QUEUE;
		f->waiting--;
		f->busy = true;
		pthread_mutex_unlock(&f->mutex);
		if (s->of->queue)
			ggml_backend_synchronize(s->of->queue);
		else
			ggml_backend_tensor_get(&s->copy, s->host, 0, ggml_nbytes(&s->copy));
		f->done(f->user, &s->copy, s->host, s->first, s->n);
		pthread_mutex_lock(&f->mutex);
		s->full = f->busy = false;
		pthread_cond_broadcast(&f->changed);
	}
	pthread_mutex_unlock(&f->mutex);
	return NULL;
}

cap_fetcher *cap_fetcher_new(cap_fetched done, void *user, bool copy, size_t most) {
	cap_fetcher *f = calloc(1, sizeof *f);
	if (!f) return NULL;
	f->done = done;
	f->user = user;
	f->copy = copy;
	f->most = most;
	pthread_mutex_init(&f->mutex, NULL);
	pthread_cond_init(&f->changed, NULL);
	if (pthread_create(&f->thread, NULL, fetch, f) != 0) {
		free(f);
		return NULL;
	}
	return f;
}

static void empty(slot *s) {
	if (s->device) ggml_backend_buffer_free(s->device);
	if (s->pinned)
		ggml_backend_buffer_free(s->pinned);
	else
		free(s->host);
	memset(s, 0, sizeof *s);
}

// grow gives a slot room for so many bytes on both sides.
static bool grow(slot *s, const lane *l, size_t size) {
	if (size <= s->size) return true;
	empty(s);
	if (!l->queue) s->device = ggml_backend_buft_alloc_buffer(l->type, size);
	ggml_backend_dev_t device = ggml_backend_buft_get_device(l->type);
	ggml_backend_buffer_type_t pinned = device ? ggml_backend_dev_host_buffer_type(device) : NULL;
	if (pinned && ggml_backend_buft_is_host(pinned)) s->pinned = ggml_backend_buft_alloc_buffer(pinned, size);
	s->host = s->pinned ? ggml_backend_buffer_get_base(s->pinned) : malloc(size);
	if ((!s->device && !l->queue) || !s->host) {
		empty(s);
		return false;
	}
	s->size = size;
	return true;
}

static lane *lane_of(cap_fetcher *f, ggml_backend_buffer_type_t type) {
	for (int i = 0; i < f->n_lanes; i++) {
		if (f->lanes[i].type == type) return &f->lanes[i];
	}
	if (f->n_lanes == LANES) return NULL;
	lane *l = &f->lanes[f->n_lanes++];
	l->type = type;
	ggml_backend_dev_t device = ggml_backend_buft_get_device(type);
	if (!f->copy && device && strcmp(ggml_backend_reg_name(ggml_backend_dev_backend_reg(device)), "RPC") == 0) l->queue = ggml_backend_dev_init(device, NULL);
	return l;
}

bool cap_fetch(cap_fetcher *f, struct ggml_tensor *t, int first, int n) {
	ggml_backend_buffer_t buffer = t->view_src ? t->view_src->buffer : t->buffer;
	lane *l = lane_of(f, ggml_backend_buffer_get_type(buffer));
	if (!l) return false;
	slot *s = &l->slots[l->next];
	pthread_mutex_lock(&f->mutex);
	while (s->full) pthread_cond_wait(&f->changed, &f->mutex);
	pthread_mutex_unlock(&f->mutex);
	if (ggml_nbytes(t) > f->most || !grow(s, l, ggml_nbytes(t))) return false;
	l->next = (l->next + 1) % SLOTS;
	s->of   = l;
	s->copy = *t;
	if (l->queue) {
		ggml_backend_tensor_get_async(l->queue, t, s->host, 0, ggml_nbytes(t));
	} else {
		s->copy.op        = GGML_OP_NONE;
		s->copy.view_src  = NULL;
		s->copy.view_offs = 0;
		s->copy.buffer    = s->device;
		s->copy.data      = ggml_backend_buffer_get_base(s->device);
		memset(s->copy.src, 0, sizeof s->copy.src);
		ggml_backend_tensor_copy(t, &s->copy);
	}
	s->first = first;
	s->n     = n;
	pthread_mutex_lock(&f->mutex);
	s->full = true;
	f->queue[(f->head + f->waiting++) % QUEUE] = s;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->mutex);
	return true;
}

void cap_fetch_wait(cap_fetcher *f) {
	pthread_mutex_lock(&f->mutex);
	while (f->waiting > 0 || f->busy) pthread_cond_wait(&f->changed, &f->mutex);
	pthread_mutex_unlock(&f->mutex);
}

void cap_fetcher_free(cap_fetcher *f) {
	if (!f) return;
	pthread_mutex_lock(&f->mutex);
	f->closing = true;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->mutex);
	pthread_join(f->thread, NULL);
	for (int i = 0; i < f->n_lanes; i++) {
		for (int k = 0; k < SLOTS; k++) empty(&f->lanes[i].slots[k]);
		if (f->lanes[i].queue) ggml_backend_free(f->lanes[i].queue);
	}
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->mutex);
	free(f);
}
