// llama.cpp's backends and their devices. What lives in a backend's own library is
// asked for by name: an installed llama.cpp, and a build with a library for each
// kind of CPU, load their backends when the program starts.
#define _GNU_SOURCE // dladdr
#include <dlfcn.h>
#include "shim.h"

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
