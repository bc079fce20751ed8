// Facts of the llama.cpp that was loaded, each beside what the headers say of it.
#define _GNU_SOURCE // RTLD_NEXT, dladdr
#include "abi.h"
#include "shim.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "ggml-cpu.h"

// ---- versions and functions ----

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *cap_built_llama(void) {
#if defined(CAPTURE_ENGINE_VERSION)
	return CAPTURE_ENGINE_VERSION;
#elif defined(CAPTURE_PC_LLAMA)
	return TEXT(CAPTURE_PC_LLAMA);
#else
	return "";
#endif
}

const char *cap_built_ggml(void) {
#if defined(CAPTURE_PC_GGML)
	return TEXT(CAPTURE_PC_GGML);
#else
	return "";
#endif
}

// In the libraries alone: the program has an address for each function that it
// calls, whether a library has the function or not.
static void *in_library(const char *function) { return dlsym(RTLD_NEXT, function); }

const char *cap_library(const char *function) {
	Dl_info info;
	void *at = in_library(function);
	return at && dladdr(at, &info) ? info.dli_fname : NULL;
}

// Where llama.cpp is part of the program these are its functions. Where it is not,
// they may be NULL, and the libraries are asked by name.
#define CPU_FEATURES(X) \
	X(sse3) X(ssse3) X(avx) X(avx_vnni) X(avx2) X(bmi2) X(f16c) X(fma) X(avx512) X(avx512_vbmi) X(avx512_vnni) X(avx512_bf16) X(amx_int8) \
	X(neon) X(fp16_va) X(dotprod) X(matmul_int8) X(sve)
#define WEAK(name) extern __typeof__(ggml_cpu_has_##name) ggml_cpu_has_##name __attribute__((weak));
CPU_FEATURES(WEAK)

int cap_compiled_for(const char *function) {
	int (*has)(void) = (int (*)(void))in_library(function);
#define PICK(name) \
	if (!has && strcmp(function, "ggml_cpu_has_" #name) == 0) has = ggml_cpu_has_##name;
	CPU_FEATURES(PICK)
	return has ? has() : -1;
}

// ---- layouts ----

typedef struct {
	cap_fact *facts;
	int       n, max;
	bool      sized; // the struct at hand has its size, so that its fields can be looked at
} list;

static void either(list *l, const char *what, int64_t got, int64_t want, int64_t or) {
	if (l->n < l->max) l->facts[l->n++] = (cap_fact){what, got, want, or};
}

static void same(list *l, const char *what, int64_t got, int64_t want) { either(l, what, got, want, want); }

// Reads a field of a struct's bytes, whatever they are.
#define READ(bytes, type, field) read_int((const char *)(bytes) + offsetof(type, field), sizeof(((type *)0)->field))
static int64_t read_int(const void *at, size_t size) {
	int64_t value = 0;
	if (size == 1) return *(const int8_t *)at;
	if (size == 4) {
		int32_t v;
		memcpy(&v, at, sizeof v);
		return v;
	}
	memcpy(&value, at, sizeof value);
	return value;
}

// A function writes a struct to the end of its last field, or with what fills it up
// after that.
#define SIZE(l, bytes_written, type, last) \
	sized(l, "bytes in " #type, (int64_t)(bytes_written), offsetof(type, last) + sizeof(((type *)0)->last), sizeof(type))
#define FIELD(l, bytes, type, field, want) \
	if (l->sized) same(l, #field " in " #type, READ(bytes, type, field), want)

static void sized(list *l, const char *what, int64_t got, int64_t fields, int64_t padded) {
	either(l, what, got, fields, padded);
	l->sized = got == fields || got == padded;
}

typedef struct llama_model_params           model_params;
typedef struct llama_context_params         context_params;
typedef struct llama_model_quantize_params  quantize_params;
typedef struct llama_sampler_chain_params   chain_params;
typedef struct ggml_threadpool_params       threadpool_params;
typedef struct ggml_backend_dev_props       dev_props;
typedef struct llama_batch                  batch;

static void model_facts(list *l) {
	char b[CAP_ROOM];
	SIZE(l, cap_returned(CAP_MODEL_PARAMS, b), model_params, load_mtp);
	FIELD(l, b, model_params, devices, 0);
	FIELD(l, b, model_params, tensor_buft_overrides, 0);
	FIELD(l, b, model_params, n_gpu_layers, -1);
	FIELD(l, b, model_params, split_mode, LLAMA_SPLIT_MODE_LAYER);
	FIELD(l, b, model_params, load_mode, LLAMA_LOAD_MODE_AUTO);
	FIELD(l, b, model_params, main_gpu, 0);
	FIELD(l, b, model_params, tensor_split, 0);
	FIELD(l, b, model_params, progress_callback, 0);
	FIELD(l, b, model_params, kv_overrides, 0);
	FIELD(l, b, model_params, vocab_only, false);
	FIELD(l, b, model_params, check_tensors, false);
	FIELD(l, b, model_params, use_extra_bufts, true);
	FIELD(l, b, model_params, no_host, false);
	FIELD(l, b, model_params, no_alloc, false);
	FIELD(l, b, model_params, load_mtp, false);
}

static void context_facts(list *l) {
	char b[CAP_ROOM];
	SIZE(l, cap_returned(CAP_CONTEXT_PARAMS, b), context_params, ctx_other);
	FIELD(l, b, context_params, n_ctx, 512);
	FIELD(l, b, context_params, n_batch, 2048);
	FIELD(l, b, context_params, n_ubatch, 512);
	FIELD(l, b, context_params, n_seq_max, 1);
	FIELD(l, b, context_params, n_rs_seq, 0);
	FIELD(l, b, context_params, n_threads, GGML_DEFAULT_N_THREADS);
	FIELD(l, b, context_params, n_threads_batch, GGML_DEFAULT_N_THREADS);
	FIELD(l, b, context_params, ctx_type, LLAMA_CONTEXT_TYPE_DEFAULT);
	FIELD(l, b, context_params, rope_scaling_type, LLAMA_ROPE_SCALING_TYPE_UNSPECIFIED);
	FIELD(l, b, context_params, pooling_type, LLAMA_POOLING_TYPE_UNSPECIFIED);
	FIELD(l, b, context_params, attention_type, LLAMA_ATTENTION_TYPE_UNSPECIFIED);
	FIELD(l, b, context_params, flash_attn_type, LLAMA_FLASH_ATTN_TYPE_AUTO);
	FIELD(l, b, context_params, rope_freq_base, 0);
	FIELD(l, b, context_params, yarn_orig_ctx, 0);
	FIELD(l, b, context_params, cb_eval, 0);
	FIELD(l, b, context_params, cb_eval_user_data, 0);
	FIELD(l, b, context_params, type_k, GGML_TYPE_F16);
	FIELD(l, b, context_params, type_v, GGML_TYPE_F16);
	FIELD(l, b, context_params, abort_callback, 0);
	FIELD(l, b, context_params, abort_callback_data, 0);
	FIELD(l, b, context_params, embeddings, false);
	FIELD(l, b, context_params, offload_kqv, true);
	FIELD(l, b, context_params, no_perf, true);
	FIELD(l, b, context_params, op_offload, true);
	FIELD(l, b, context_params, swa_full, true);
	FIELD(l, b, context_params, kv_unified, false);
	FIELD(l, b, context_params, samplers, 0);
	FIELD(l, b, context_params, n_samplers, 0);
	FIELD(l, b, context_params, ctx_other, 0);
}

static void other_facts(list *l) {
	char b[CAP_ROOM];
	SIZE(l, cap_returned(CAP_QUANTIZE_PARAMS, b), quantize_params, max_buf_size);
	FIELD(l, b, quantize_params, nthread, 0);
	FIELD(l, b, quantize_params, ftype, LLAMA_FTYPE_MOSTLY_Q8_0);
	FIELD(l, b, quantize_params, allow_requantize, false);
	FIELD(l, b, quantize_params, quantize_output_tensor, true);
	FIELD(l, b, quantize_params, only_copy, false);
	FIELD(l, b, quantize_params, imatrix, 0);
	FIELD(l, b, quantize_params, prune_layers, 0);

	// Up to 16 bytes come back in registers: nothing is written.
	same(l, "bytes behind the first 16 in chain_params", (int64_t)cap_returned(CAP_CHAIN_PARAMS, b), sizeof(chain_params) > 16 ? sizeof(chain_params) : 0);

	SIZE(l, cap_returned(CAP_THREADPOOL_PARAMS, b), threadpool_params, paused);
	FIELD(l, b, threadpool_params, n_threads, 3);
	FIELD(l, b, threadpool_params, prio, GGML_SCHED_PRIO_NORMAL);
	FIELD(l, b, threadpool_params, strict_cpu, false);
	FIELD(l, b, threadpool_params, paused, false);

	SIZE(l, cap_returned(CAP_BATCH, b), batch, logits);
	FIELD(l, b, batch, n_tokens, 0);
	FIELD(l, b, batch, embd, 0);
	if (!l->sized) return;
	batch made;
	memcpy(&made, b, sizeof made);
	same(l, "arrays in batch", made.token && made.pos && made.n_seq_id && made.seq_id && made.logits, true);
}

static void trait_facts(list *l) {
	const struct ggml_type_traits *t = ggml_get_type_traits(GGML_TYPE_F16);
	same(l, "blck_size in ggml_type_traits", t->blck_size, 1);
	same(l, "type_size in ggml_type_traits", (int64_t)t->type_size, 2);
	same(l, "is_quantized in ggml_type_traits", t->is_quantized, false);
	same(l, "name in ggml_type_traits", t->type_name && strcmp(t->type_name, "f16") == 0, true);
	same(l, "to_float in ggml_type_traits", t->to_float != NULL, true);
}

// A tensor and a view on it, made by the library and read by our headers.
static void tensor_facts(list *l) {
	static _Alignas(64) char memory[1 << 14];
	struct ggml_init_params p = {.mem_size = sizeof memory, .mem_buffer = memory, .no_alloc = true};
	struct ggml_context *ctx = ggml_init(p);
	same(l, "a context of ggml", ctx != NULL, true);
	if (!ctx) return;
	struct ggml_tensor *t = ggml_new_tensor_4d(ctx, GGML_TYPE_F16, 8, 3, 5, 7);
	size_t head = (size_t)((char *)t - memory); // ggml's own record of the object
	same(l, "bytes in ggml_tensor", (int64_t)(ggml_tensor_overhead() - head), sizeof *t);
	if (ggml_tensor_overhead() - head == sizeof *t) { // else the rest would be read beyond
		struct ggml_tensor *v = ggml_view_2d(ctx, t, 4, 2, 16, 32);
		ggml_set_name(v, "capture");
		ggml_set_input(t);
		same(l, "type in ggml_tensor", t->type, GGML_TYPE_F16);
		same(l, "ne[0] in ggml_tensor", t->ne[0], 8);
		same(l, "ne[3] in ggml_tensor", t->ne[3], 7);
		same(l, "nb[0] in ggml_tensor", (int64_t)t->nb[0], 2);
		same(l, "nb[3] in ggml_tensor", (int64_t)t->nb[3], 2 * 8 * 3 * 5);
		same(l, "op in ggml_tensor", strcmp(ggml_op_name(v->op), "VIEW") == 0 && strcmp(ggml_op_name(t->op), "NONE") == 0, true);
		same(l, "op_params in ggml_tensor", v->op_params[0], 32);
		same(l, "flags in ggml_tensor", t->flags & GGML_TENSOR_FLAG_INPUT, GGML_TENSOR_FLAG_INPUT);
		same(l, "src[0] in ggml_tensor", v->src[0] == t && t->src[0] == NULL, true);
		same(l, "view_src in ggml_tensor", v->view_src == t && t->view_src == NULL, true);
		same(l, "view_offs in ggml_tensor", (int64_t)v->view_offs, 32);
		same(l, "name in ggml_tensor", strcmp(v->name, "capture") == 0, true);
		same(l, "bytes of a tensor", (int64_t)ggml_nbytes(t), 2 * 8 * 3 * 5 * 7);
		static _Alignas(64) char floats[4096];
		ggml_backend_buffer_t buffer = ggml_backend_cpu_buffer_from_ptr(floats, sizeof floats);
		ggml_backend_tensor_alloc(buffer, t, floats + 64);
		same(l, "buffer in ggml_tensor", t->buffer == buffer, true);
		same(l, "data in ggml_tensor", t->data == floats + 64, true);
		ggml_backend_buffer_free(buffer);
	}
	ggml_free(ctx);
}

int cap_facts(cap_fact *facts, int max) {
	list l = {facts, 0, max, false};
	model_facts(&l);
	context_facts(&l);
	other_facts(&l);
	trait_facts(&l);
	tensor_facts(&l);
	return l.n;
}

int cap_device_facts(cap_fact *facts, int max) {
	list l = {facts, 0, max, false};
	ggml_backend_dev_t cpu = ggml_backend_dev_by_name("CPU");
	same(&l, "a device CPU", cpu != NULL, true);
	if (!cpu) return l.n;
	same(&l, "type of the CPU", ggml_backend_dev_type(cpu), GGML_BACKEND_DEVICE_TYPE_CPU);
	union { dev_props props; unsigned char bytes[CAP_ROOM]; } room[2];
	memset(room[0].bytes, 0xa5, CAP_ROOM);
	memset(room[1].bytes, 0x5a, CAP_ROOM);
	for (int i = 0; i < 2; i++) ggml_backend_dev_get_props(cpu, &room[i].props);
	size_t n = CAP_ROOM;
	while (n > 0 && room[0].bytes[n - 1] == 0xa5 && room[1].bytes[n - 1] == 0x5a) n--;
	same(&l, "bytes in dev_props", (int64_t)n, sizeof(dev_props));
	if (n != sizeof(dev_props)) return l.n;
	const dev_props *p = &room[0].props;
	same(&l, "name in dev_props", p->name && strcmp(p->name, ggml_backend_dev_name(cpu)) == 0, true);
	same(&l, "type in dev_props", p->type, GGML_BACKEND_DEVICE_TYPE_CPU);
	same(&l, "memory_total in dev_props", p->memory_total >= p->memory_free, true);
	same(&l, "host pointers in dev_props", p->caps.buffer_from_host_ptr, true);
	return l.n;
}
