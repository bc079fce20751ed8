// What is asked of the llama.cpp that was loaded, before anything else is: whether
// it is laid out as the headers say that this program was compiled with.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The versions that pkg-config told when this was compiled, empty where the build
// did not say (scripts/system.sh, scripts/engine.sh).
const char *cap_built_llama(void);
const char *cap_built_ggml(void);

// cap_library says in which file a function of llama.cpp lies, NULL where it is
// part of the program itself or nowhere.
const char *cap_library(const char *function);

// cap_compiled_for asks a function "ggml_cpu_has_..." of the CPU backend, which
// returns a constant; -1 where the backend has no such function, or is not loaded.
int cap_compiled_for(const char *function);

// A fact is one number of the library's, and the two that are right; mostly these
// are one.
typedef struct {
	const char *what;
	int64_t     got, want, or;
} cap_fact;

// cap_facts measures the structs that cross between this program and llama.cpp;
// cap_device_facts those of a device. They give the number of facts, at most max.
int cap_facts(cap_fact *facts, int max);
int cap_device_facts(cap_fact *facts, int max);

// cap_returned calls a function of llama.cpp that returns a struct, and gives the
// bytes it wrote: their number up to the last one, and the first CAP_ROOM of them.
enum { CAP_ROOM = 2048 };
enum cap_returning { CAP_MODEL_PARAMS, CAP_CONTEXT_PARAMS, CAP_QUANTIZE_PARAMS, CAP_CHAIN_PARAMS, CAP_THREADPOOL_PARAMS, CAP_BATCH };
size_t cap_returned(enum cap_returning which, void *bytes);
