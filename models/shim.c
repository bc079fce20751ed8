#include "shim.h"

enum { CAP_MAX_DEVICES = 128 }; // llama_max_devices() at most

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- what llama.cpp says, kept for the error message ----

static _Thread_local char log_errors[2048], log_warnings[1 << 14];
static _Thread_local enum ggml_log_level log_level;
static _Thread_local cap_buffers log_buffers;

static void keep(char *buf, size_t size, const char *text) {
	size_t used = strlen(buf);
	if (used + 1 < size) snprintf(buf + used, size - used, "%s", text);
}

static void on_log(enum ggml_log_level level, const char *text, void *user) {
	(void)user;
	if (level != GGML_LOG_LEVEL_CONT) log_level = level;
	if (log_level == GGML_LOG_LEVEL_ERROR) keep(log_errors, sizeof log_errors, text);
	if (log_level == GGML_LOG_LEVEL_WARN) keep(log_warnings, sizeof log_warnings, text);
	static const char made[] = "buffer size = ";
	const char *size = strstr(text, made);
	if (!size) return;
	double *which = strstr(text, " KV ") || strstr(text, " RS ") ? &log_buffers.cache : &log_buffers.compute;
	*which += strtod(size + sizeof made - 1, NULL) * (1 << 20);
}

void cap_log_reset(void) {
	log_errors[0] = log_warnings[0] = '\0';
	log_buffers = (cap_buffers){0};
}

const char *cap_log_text(void) { return log_errors[0] ? log_errors : log_warnings; }

const char *cap_log_warnings(void) { return log_warnings; }

cap_buffers cap_log_buffers(void) { return log_buffers; }

void cap_init(const char *folder) {
	llama_log_set(on_log, NULL);
	if (folder)
		ggml_backend_load_all_from_path(folder);
	else
		ggml_backend_load_all();
	llama_backend_init();
}

// ---- models ----

static bool on_progress(float done, void *stop) {
	(void)done;
	return __atomic_load_n((const int32_t *)stop, __ATOMIC_RELAXED) == 0;
}

struct llama_model *cap_model_load(const char *path, const cap_load_params *params) {
	struct llama_model_params p = llama_model_default_params();
	ggml_backend_dev_t devices[CAP_MAX_DEVICES + 1] = {NULL};
	for (int i = 0; i < params->n_devices && i < CAP_MAX_DEVICES; i++) devices[i] = ggml_backend_dev_by_name(params->devices[i]);
	float shares[CAP_MAX_DEVICES] = {0};
	for (int i = 0; params->tensor_split && i < params->n_devices && i < CAP_MAX_DEVICES; i++) shares[i] = params->tensor_split[i];
	p.devices      = devices;
	p.n_gpu_layers = params->n_devices ? params->n_gpu_layers : 0;
	p.split_mode   = (enum llama_split_mode)params->split_mode;
	p.main_gpu     = params->main_gpu;
	if (params->tensor_split) p.tensor_split = shares;
	p.no_alloc = params->no_alloc;
	if (params->no_alloc) p.load_mode = LLAMA_LOAD_MODE_NONE; // mapped tensors have memory
	p.progress_callback           = on_progress;
	p.progress_callback_user_data = (void *)params->stop;
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
