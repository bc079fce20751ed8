package capture

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
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

func validSpec() Spec {
	s := DefaultSpec()
	s.Model = "tiny"
	return s
}

// applySpec reads a spec file over a spec.
func applySpec(t testing.TB, s *Spec, text string) {
	t.Helper()
	layer, err := spec.ReadFile(write(t, "spec.yaml", text))
	require.NoError(t, err)
	s.Apply(layer)
}

// experiment reads a spec from YAML over the defaults, with a model.
func experiment(t testing.TB, text string) Spec {
	t.Helper()
	spec := validSpec()
	applySpec(t, &spec, text)
	require.NoError(t, spec.Validate())
	return spec
}

func mustJSON(t testing.TB, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
