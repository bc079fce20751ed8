package models

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheEngineFits(t *testing.T) {
	require.NoError(t, fits())
	require.NoError(t, start())
	assert.NoError(t, checkDevices())
	assert.Greater(t, len(layouts()), 80)
	assert.Greater(t, len(enumNames()), 25)
}

func TestEveryWrongFactIsNamed(t *testing.T) {
	for i, right := range layouts() {
		facts := layouts()
		facts[i].got += 3
		reasons := wrongFacts(facts)
		require.Len(t, reasons, 1, right.what)
		assert.Contains(t, reasons[0], right.what)
	}
	padded := []fact{{"bytes in a struct", 78, 78, 80}, {"bytes in a struct", 80, 78, 80}}
	assert.Empty(t, wrongFacts(padded))
	padded[0].got = 79 // a field of one byte where ours is filled up
	assert.Equal(t, []string{"bytes in a struct: 79, and 78 is needed"}, wrongFacts(padded))
}

func TestEveryWrongNameIsNamed(t *testing.T) {
	for i, right := range enumNames() {
		names := enumNames()
		names[i].got = names[(i+1)%len(names)].got // what a number taken out in between does
		reasons := wrongNames(names)
		require.Len(t, reasons, 1, right.want)
		assert.Contains(t, reasons[0], right.want)
	}
}

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		built, found string
		fits         bool
	}{
		{"0.5.0", "0.5.0", true},
		{"0.5.0", "0.5.1", true},
		{"0.5.0", "0.5.1-dev", true},
		{"", "0.7.1", true}, // not known: the layouts alone decide
		{"0.5.0", "0.6.0", false},
		{"0.5.0", "0.4.9", false},
		{"0.5.0", "0.50.0", false},
		{"0.5.0", "1.5.0", false},
		{"0.5.0", "b6123", false},
		{"0.5.0", "", false},
	} {
		reasons := wrongVersions([]library{{"ggml", c.built, c.found}})
		assert.Equal(t, c.fits, reasons == nil, "%s with %s: %v", c.built, c.found, reasons)
	}
}

func TestAMisfitIsToldShortly(t *testing.T) {
	err := &misfit{"0.5.0", "0.6.0", "/lib/libllama.so.0", []string{"one", "two", "three", "four", "five", "six"}}
	assert.Equal(t, "llama.cpp 0.6.0 (/lib/libllama.so.0) does not fit this program, which was built for llama.cpp 0.5.0: one; two; three; four; and 2 more", err.Error())
	assert.Contains(t, advice(err.advised()), "make build")
}

func TestACPUWithoutAFeature(t *testing.T) {
	require.NoError(t, checkCPU(compiledFor), "this test runs, so this CPU has what the engine was compiled for")
	var absent []string
	for _, f := range features() {
		if !f.here {
			absent = append(absent, f.name)
		}
	}
	require.NotEmpty(t, absent, "no CPU has the features of two architectures")
	err := checkCPU(func(string) bool { return true })
	assert.EqualError(t, err, "this CPU lacks "+strings.Join(absent, ", ")+", which this program's llama.cpp was compiled for")
	assert.Contains(t, advice(err), "make build")
}

// The CPU backend answers for each feature that its registry lists, so that the
// names asked for are llama.cpp's.
func TestFeaturesAreAskedByTheirNames(t *testing.T) {
	build, err := EngineBuild()
	require.NoError(t, err)
	var told []string
	for _, f := range features() {
		if compiledFor(f.function) {
			told = append(told, f.name)
		}
	}
	if told == nil {
		t.Skip("llama.cpp chose its code for this CPU when it started")
	}
	for _, name := range build.Features {
		if slices.ContainsFunc(features(), func(f feature) bool { return f.name == name }) {
			assert.Contains(t, told, name)
		}
	}
	for _, name := range told {
		assert.Contains(t, build.Features, name)
	}
}

// Every function of llama.cpp that the sources here call is one that the check asks
// for, where they come from libraries.
func TestImportsAreWhatTheSourcesCall(t *testing.T) {
	if len(imports()) == 0 {
		t.Skip("llama.cpp is part of this program: make test ENGINE=system runs this test")
	}
	called := map[string]bool{}
	call := regexp.MustCompile(`\b((?:llama|ggml)_[a-z0-9_]+) ?\(`)
	files, err := filepath.Glob("*.[cg]*")
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "cpu.go" {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, line := range strings.Split(string(text), "\n") {
			if line, _, _ = strings.Cut(line, "//"); strings.HasSuffix(file, ".go") && !strings.Contains(line, "C.") && !strings.Contains(line, "ggml_get_type_traits") {
				continue
			}
			for _, m := range call.FindAllStringSubmatch(line, -1) {
				if !strings.HasSuffix(m[1], "_t") { // a type
					called[m[1]] = true
				}
			}
		}
	}
	for _, notAFunction := range []string{"llama_token", "llama_pos", "llama_seq_id"} { // conversions of Go
		delete(called, notAFunction)
	}
	require.Greater(t, len(called), 60)
	for name := range called {
		assert.Contains(t, imports(), name)
	}
	for _, name := range imports() {
		assert.NotEmpty(t, libraryFile(name), name)
	}
}

func TestBackendFolders(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(root, "opt", "lib"), 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(root, "opt", "lib", "libggml.so.0"), nil, 0o666))
	link := filepath.Join(root, "libggml.so")
	require.NoError(t, os.Symlink(filepath.Join("opt", "lib", "libggml.so.0"), link))
	lib := filepath.Join(root, "opt", "lib")
	assert.Equal(t, []string{lib, filepath.Join(lib, "ggml"), filepath.Join(root, "opt", "bin")}, backendFolders(link))
	assert.Nil(t, backendFolders(""))
}
