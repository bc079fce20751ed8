package models

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// underMisfit is set in the child that a test of misfits starts.
const underMisfit = "CAPTURE_TEST_MISFIT"

// fakes are libraries loaded before llama.cpp, each with one function of its that
// another version might have, and what must be said of it.
var fakes = []struct{ name, code, want string }{
	{"newer", `const char *llama_version(void) { return "0.6.0"; }`, "llama.cpp is 0.6.0, and 0.5.x is needed"},
	{"older", `const char *llama_version(void) { return "0.4.7"; }`, "llama.cpp is 0.4.7, and 0.5.x is needed"},
	{"patch", `const char *llama_version(void) { return "0.5.9"; }`, ""},
	{"larger model params", `struct p { struct llama_model_params p; void *more; };
		struct p llama_model_default_params(void) { struct p p = {{0}}; p.p.n_gpu_layers = -1; return p; }`,
		"bytes in model_params: 88, and 78 is needed"},
	{"one more bool", `struct llama_model_params llama_model_default_params(void) {
			struct llama_model_params p;
			p.devices = 0; p.tensor_buft_overrides = 0; p.n_gpu_layers = -1; p.split_mode = LLAMA_SPLIT_MODE_LAYER; p.load_mode = LLAMA_LOAD_MODE_AUTO;
			p.lazy_mode = LLAMA_LAZY_MODE_AUTO; p.main_gpu = 0; p.tensor_split = 0; p.progress_callback = 0; p.progress_callback_user_data = 0;
			p.kv_overrides = 0; p.vocab_only = p.check_tensors = p.no_host = p.no_alloc = p.load_mtp = 0; p.use_extra_bufts = 1;
			(&p.load_mtp)[1] = 1; return p; }`, "bytes in model_params: 79, and 78 is needed"},
	{"smaller context params", `struct p { char bytes[sizeof(struct llama_context_params) - 8]; };
		struct p llama_context_default_params(void) { struct p p = {{0}}; return p; }`, "bytes in context_params: 152, and 160 is needed"},
	{"no params to speak of", `struct p { long a, b; };
		struct p llama_context_default_params(void) { struct p p = {0}; return p; }`, "bytes in context_params: 0, and 160 is needed"},
	{"fields in another order", `struct llama_context_params llama_context_default_params(void) {
			struct llama_context_params p = {0}; p.n_batch = 512; p.n_ctx = 2048; return p; }`, "n_ctx in context_params: 2048, and 512 is needed"},
	{"larger chain params", `struct p { char bytes[24]; };
		struct p llama_sampler_chain_default_params(void) { struct p p = {{0}}; return p; }`, "bytes behind the first 16 in chain_params: 24, and 0 is needed"},
	{"larger batch", `struct p { struct llama_batch b; void *more; };
		struct p llama_batch_init(int n, int e, int s) { struct p p = {{0}}; return p; }`, "bytes in batch: 64, and 56 is needed"},
	{"larger quantize params", `struct p { struct llama_model_quantize_params p; void *more; };
		struct p llama_model_quantize_default_params(void) { struct p p = {{0}}; return p; }`, "bytes in quantize_params: 72, and 64 is needed"},
	{"more threads", `struct p { char bytes[1024 + 16]; };
		struct p ggml_threadpool_params_default(int n) { struct p p = {{0}}; return p; }`, "bytes in threadpool_params: 1040, and 526 is needed"},
	{"larger tensors", `size_t ggml_tensor_overhead(void) { return 32 + sizeof(struct ggml_tensor) + 16; }`, "bytes in ggml_tensor: 352, and 336 is needed"},
	{"other tensor types", `const char *ggml_type_name(enum ggml_type t) { return t == GGML_TYPE_F32 ? "f32" : "q9_9"; }`, `tensor type 1 is "q9_9", and "f16" is needed`},
	{"other file types", `const char *llama_ftype_name(enum llama_ftype t) { return "F16"; }`, `file type 0 is "F16", and "all F32" is needed`},
	{"other operations", `const char *ggml_op_name(enum ggml_op op) { return "ADD"; }`, "op in ggml_tensor: 0, and 1 is needed"},
	{"a larger device", `void ggml_backend_dev_get_props(ggml_backend_dev_t d, struct ggml_backend_dev_props *p) { __builtin_memset(p, 0, sizeof *p + 8); }`,
		"bytes in dev_props: 64, and 56 is needed"},
	{"another device", `int ggml_backend_dev_type(void *d) { return 7; }`, "type of the CPU: 7, and 0 is needed"},
	{"no device", `ggml_backend_dev_t ggml_backend_dev_by_name(const char *name) { return 0; }`, "llama.cpp has no backend for this CPU: none in its own places, nor in "},
	{"another CPU", `int ggml_cpu_has_sve(void) { return 1; } int ggml_cpu_has_amx_int8(void) { return 1; }`, "this CPU lacks "},
}

// A library that does not fit is refused by every call into this package, and
// nothing crashes.
func TestMisfits(t *testing.T) {
	needLibraries(t)
	for _, f := range fakes {
		t.Run(f.name, func(t *testing.T) {
			said := runUnder(t, compileFake(t, f.code))
			if f.want == "" {
				assert.Equal(t, "EngineBuild: <nil>\n", said)
				return
			}
			lines := strings.Split(strings.TrimSpace(said), "\n")
			require.Len(t, lines, 11, said)
			for _, line := range lines {
				call, _, _ := strings.Cut(line, ":")
				if strings.HasSuffix(f.name, "device") && slices.Contains([]string{"ReadHeader", "OpenTensor", "CatchAborts"}, call) {
					continue // these need none
				}
				assert.Contains(t, line, f.want)
			}
		})
	}
}

// What a library lacks is told before it is called.
func TestAMissingFunction(t *testing.T) {
	needLibraries(t)
	real, err := filepath.EvalSymlinks(libraryFile("llama_decode"))
	require.NoError(t, err)
	content, err := os.ReadFile(real)
	require.NoError(t, err)
	for _, name := range []string{"llama_ftype_name", "llama_version", "llama_memory_seq_cp"} {
		t.Run(name, func(t *testing.T) {
			before := []byte("\x00" + name + "\x00")
			require.NotZero(t, bytes.Count(content, before), "in the table of names")
			after := bytes.Clone(before)
			after[len(after)-2]++
			older := filepath.Join(t.TempDir(), filepath.Base(libraryFile("llama_decode")))
			require.NoError(t, os.WriteFile(older, bytes.ReplaceAll(content, before, after), 0o777))
			said := runUnder(t, older)
			assert.Contains(t, said, "it has no function "+name)
			assert.Contains(t, said, older, "its file is named")
			assert.Contains(t, said, "built for llama.cpp 0.")
		})
	}
}

func needLibraries(t *testing.T) {
	t.Helper()
	if len(imports()) == 0 {
		t.Skip("llama.cpp is part of this program and cannot be another: make test ENGINE=system runs this test")
	}
	if runtime.GOOS != "linux" {
		t.Skip("libraries are put before others with LD_PRELOAD, on Linux")
	}
}

// compileFake compiles C against the headers of the engine.
func compileFake(t *testing.T, code string) string {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "fake.c")
	flags, err := exec.Command("pkg-config", "--cflags", "llama").Output()
	require.NoError(t, err)
	// The function under another name: the headers declare it as it should be.
	name := fakedFunction(code)
	text := fmt.Sprintf("#include <stddef.h>\n#define %[1]s headers_%[1]s\n#include \"llama.h\"\n#undef %[1]s\n%[2]s\n", name, code)
	require.NoError(t, os.WriteFile(source, []byte(text), 0o666))
	lib := filepath.Join(dir, "fake.so")
	args := append(strings.Fields(string(flags)), "-O2", "-w", "-shared", "-fPIC", "-o", lib, source)
	out, err := exec.Command("cc", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return lib
}

// fakedFunction gives the first function that the code defines.
func fakedFunction(code string) string {
	head := code[:strings.Index(code, "(")]
	for i := strings.Index(code, "("); i >= 0; {
		fields := strings.FieldsFunc(head, func(r rune) bool { return strings.ContainsRune(" *\n\t};{", r) })
		if name := fields[len(fields)-1]; strings.HasPrefix(name, "llama_") || strings.HasPrefix(name, "ggml_") {
			return name
		}
		next := strings.Index(code[i+1:], "(")
		if next < 0 {
			break
		}
		i += 1 + next
		head = code[:i]
	}
	return head
}

// runUnder starts this test binary with a library before the others, and gives what
// TestUnderMisfit says there.
func runUnder(t *testing.T, lib string) string {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "said")
	cmd := exec.Command(exe, "-test.run=^TestUnderMisfit$")
	cmd.Env = append(os.Environ(), "LD_PRELOAD="+lib, underMisfit+"="+out)
	printed, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", printed)
	said, err := os.ReadFile(out)
	require.NoError(t, err)
	return string(said)
}

// The child's side: every way into this package, and its error on a line.
func TestUnderMisfit(t *testing.T) {
	out := os.Getenv(underMisfit)
	if out == "" {
		t.Skip("TestMisfits starts it")
	}
	model := tiny(t, "llama")
	var said strings.Builder
	say := func(call string, err error) { fmt.Fprintf(&said, "%s: %v\n", call, err) }
	_, err := EngineBuild()
	say("EngineBuild", err)
	if err == nil { // it fits after all: not to be used under a test
		require.NoError(t, os.WriteFile(out, []byte(said.String()), 0o666))
		return
	}
	_, err = ReadHeader(model)
	say("ReadHeader", err)
	_, err = OpenTensor(model, "output_norm.weight")
	say("OpenTensor", err)
	_, err = Check(model, LoadOptions{})
	say("Check", err)
	_, err = Load(t.Context(), model, LoadOptions{})
	say("Load", err)
	_, _, err = Convert(t.Context(), model, strings.Repeat("0", 64), "f32", t.TempDir(), 1)
	say("Convert", err)
	say("Try", Try(t.Context(), model, nil, 1))
	_, err = Devices()
	say("Devices", err)
	_, err = AddWorker("127.0.0.1:1")
	say("AddWorker", err)
	say("ServeRPC", ServeRPC("127.0.0.1:1", nil, 1, ""))
	_, err = CatchAborts()
	say("CatchAborts", err)
	require.Empty(t, Backends())
	NewSampler(SamplerOptions{Temperature: 1}).Close()
	require.NoError(t, os.WriteFile(out, []byte(said.String()), 0o666))
}
