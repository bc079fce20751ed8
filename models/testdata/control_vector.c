// What llama.cpp makes of its own control vector, by nothing but llama.h:
//   control_vector MODEL LAYER VECTOR PROMPT TOKEN... >ROWS
// VECTOR holds the floats of direction.LAYER, none: without it. The first PROMPT tokens are
// one batch, each further one is a batch of its own. ROWS are float32: of each token
// l_out of every block, and then the logits.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggml-backend.h"
#include "llama.h"

static float *rows; // [tokens][layers][width]
static int    layers, width, first;

static bool keep(struct ggml_tensor *t, bool ask, void *user) {
	int layer;
	(void)user;
	if (sscanf(t->name, "l_out-%d", &layer) != 1) return !ask;
	for (int i = 0; !ask && i < t->ne[1]; i++) {
		ggml_backend_tensor_get(t, rows + ((size_t)(first + i) * layers + layer) * width, i * t->nb[1], width * sizeof(float));
	}
	return true;
}

static void quiet(enum ggml_log_level level, const char *text, void *user) {
	(void)user;
	if (level == GGML_LOG_LEVEL_ERROR) fputs(text, stderr);
}

static void must(bool ok, const char *what) {
	if (ok) return;
	fprintf(stderr, "%s failed\n", what);
	exit(1);
}

int main(int argc, char **argv) {
	must(argc > 5, "reading the arguments");
	const int layer = atoi(argv[2]), prompt = atoi(argv[4]), n = argc - 5;
	llama_log_set(quiet, NULL);
	llama_backend_init();
	struct llama_model_params mp = llama_model_default_params();
	mp.n_gpu_layers = 0;
	struct llama_model *model = llama_model_load_from_file(argv[1], mp);
	must(model, "loading the model");
	layers = llama_model_n_layer(model);
	width  = llama_model_n_embd(model);
	const int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));

	struct llama_context_params cp = llama_context_default_params();
	cp.n_ctx = 256;
	cp.n_batch = cp.n_ubatch = 64;
	cp.n_threads = cp.n_threads_batch = 1;
	cp.type_k = cp.type_v = GGML_TYPE_F32;
	cp.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
	cp.cb_eval = keep;
	rows = calloc((size_t)n * layers * width, sizeof *rows);
	must(rows, "making room");
	struct llama_context *ctx = llama_init_from_model(model, cp);
	must(ctx, "making the context");

	// Layer 0 has no place in the buffer.
	float *data = calloc((size_t)(layers - 1) * width, sizeof *data);
	FILE  *file = fopen(argv[3], "rb");
	must(data && file, "reading the vector");
	if (fread(data + (size_t)(layer - 1) * width, sizeof *data, width, file) == (size_t)width) {
		must(llama_set_adapter_cvec(ctx, data, (size_t)(layers - 1) * width, width, 1, layers - 1) == 0, "setting the vector");
	}
	fclose(file);

	float *logits = malloc((size_t)n * vocabulary * sizeof *logits);
	must(logits, "making room");
	for (int at = 0; at < n;) {
		const int size = at == 0 ? prompt : 1;
		struct llama_batch b = llama_batch_init(size, 0, 1);
		for (int i = 0; i < size; i++) {
			b.token[i] = atoi(argv[5 + at + i]);
			b.pos[i] = at + i;
			b.n_seq_id[i] = 1;
			b.seq_id[i][0] = 0;
			b.logits[i] = true;
		}
		b.n_tokens = size;
		first = at;
		must(llama_decode(ctx, b) == 0, "decoding");
		for (int i = 0; i < size; i++) memcpy(logits + (size_t)(at + i) * vocabulary, llama_get_logits_ith(ctx, i), vocabulary * sizeof *logits);
		llama_batch_free(b);
		at += size;
	}
	for (int i = 0; i < n; i++) {
		fwrite(rows + (size_t)i * layers * width, sizeof *rows, (size_t)layers * width, stdout);
		fwrite(logits + (size_t)i * vocabulary, sizeof *logits, vocabulary, stdout);
	}
	return fflush(stdout) != 0;
}
