package spec

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
)

// write puts text into a file of a fresh folder and gives its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// refused wants a *hint.UsageError that holds every one of the parts and tells what
// to do next; it gives the hint.
func refused(t testing.TB, err error, parts ...string) string {
	t.Helper()
	var usage *hint.UsageError
	require.True(t, errors.As(err, &usage), "%T: %v", err, err)
	for _, part := range parts {
		assert.ErrorContains(t, err, part)
	}
	assert.NotEmpty(t, usage.Hint(), "no hint with %v", err)
	return usage.Hint()
}

// readSpecBytes reads a spec from a file that holds these bytes.
func readSpecBytes(path string, text []byte) (Layer, error) {
	if err := os.WriteFile(path, text, 0o600); err != nil {
		panic(err)
	}
	return ReadFile(path)
}

func ptr(s string) *string { return &s }

func validSpec() Spec {
	s := Default()
	s.Model = "tiny"
	return s
}

// readSpec reads a spec file over an empty spec.
func readSpec(t testing.TB, text string) (spec Spec) {
	t.Helper()
	applySpec(t, &spec, text)
	return spec
}

// applySpec reads a spec file over a spec.
func applySpec(t testing.TB, spec *Spec, text string) {
	t.Helper()
	layer, err := ReadFile(write(t, "spec.yaml", text))
	require.NoError(t, err)
	spec.Apply(layer)
}

func badSpec(t *testing.T, text string, parts ...string) string {
	t.Helper()
	_, err := ReadFile(write(t, "bad.yaml", text))
	return refused(t, err, parts...)
}
