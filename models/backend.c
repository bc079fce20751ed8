// llama.cpp's backends and their devices. What lives in a backend's own library is
// asked for by name: an installed llama.cpp, and a build with a library for each
// kind of CPU, load their backends when the program starts.
#define _GNU_SOURCE // dladdr
#include "shim.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

static void *cpu_function(const char *name) {
	ggml_backend_reg_t cpu = ggml_backend_reg_by_name("CPU");
	return cpu ? ggml_backend_reg_get_proc_address(cpu, name) : NULL;
}

struct ggml_threadpool *cap_threadpool_new(int n_threads) {
	struct ggml_threadpool *(*create)(struct ggml_threadpool_params *) =
		(struct ggml_threadpool *(*)(struct ggml_threadpool_params *))cpu_function("ggml_threadpool_new");
	struct ggml_threadpool_params p = ggml_threadpool_params_default(n_threads);
	return create ? create(&p) : NULL;
}

void cap_threadpool_free(struct ggml_threadpool *pool) {
	void (*destroy)(struct ggml_threadpool *) = (void (*)(struct ggml_threadpool *))cpu_function("ggml_threadpool_free");
	if (destroy) destroy(pool);
}

const char *cap_cpu_library(void) {
	Dl_info info;
	void   *f = cpu_function("ggml_threadpool_new");
	return f && dladdr(f, &info) && info.dli_fname ? info.dli_fname : "";
}

// ---- devices ----

size_t cap_devices(void) { return ggml_backend_dev_count(); }

void cap_device_get(size_t i, cap_device *d) {
	ggml_backend_dev_t device = ggml_backend_dev_get(i);
	struct ggml_backend_dev_props p = {0};
	ggml_backend_dev_get_props(device, &p);
	d->name         = p.name;
	d->description  = p.description;
	d->backend      = ggml_backend_reg_name(ggml_backend_dev_backend_reg(device));
	d->id           = p.device_id;
	d->type         = (int32_t)p.type;
	d->memory_free  = p.memory_free;
	d->memory_total = p.memory_total;
}

const char *cap_backend_name(size_t i, size_t *devices) {
	if (i >= ggml_backend_reg_count()) return NULL;
	ggml_backend_reg_t reg = ggml_backend_reg_get(i);
	*devices = ggml_backend_reg_dev_count(reg);
	return ggml_backend_reg_name(reg);
}

// ---- RPC ----

static void *rpc_function(const char *name) {
	ggml_backend_reg_t rpc = ggml_backend_reg_by_name("RPC");
	return rpc ? ggml_backend_reg_get_proc_address(rpc, name) : NULL;
}

int cap_rpc_add(const char *endpoint, ggml_backend_t *link) {
	ggml_backend_reg_t (*add)(const char *) = (ggml_backend_reg_t (*)(const char *))rpc_function("ggml_backend_rpc_add_server");
	if (!add) return -1;
	ggml_backend_reg_t reg = add(endpoint);
	if (!reg) return 0;
	size_t n = ggml_backend_reg_dev_count(reg);
	for (size_t i = 0; i < n; i++) { // once only: the registry does not look for doubles
		ggml_backend_dev_t device = ggml_backend_reg_dev_get(reg, i);
		if (!ggml_backend_dev_by_name(ggml_backend_dev_name(device))) ggml_backend_device_register(device);
	}
	if (n > 0) *link = ggml_backend_dev_init(ggml_backend_reg_dev_get(reg, 0), NULL);
	return (int)n;
}

int cap_rpc_serve(const char *endpoint, const char *cache, int n_threads, const char **devices, int n) {
	void (*serve)(const char *, const char *, size_t, size_t, ggml_backend_dev_t *) =
		(void (*)(const char *, const char *, size_t, size_t, ggml_backend_dev_t *))rpc_function("ggml_backend_rpc_start_server");
	ggml_backend_dev_t list[16];
	if (!serve || n > 16) return -1;
	for (int i = 0; i < n; i++) list[i] = ggml_backend_dev_by_name(devices[i]);
	serve(endpoint, cache, (size_t)n_threads, (size_t)n, list);
	return -1;
}

// ---- aborts ----

static int abort_fd = -1;

static void on_ggml_abort(const char *message) {
	ssize_t ignored = write(abort_fd, message, strlen(message));
	(void)ignored;
	for (;;) pause();
}

void cap_catch_aborts(int fd) {
	abort_fd = fd;
	ggml_set_abort_callback(on_ggml_abort);
}
