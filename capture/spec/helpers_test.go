package spec

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
)

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
	layer, err := ReadFile(expect.File(t, "spec.yaml", text))
	require.NoError(t, err)
	spec.Apply(layer)
}

func badSpec(t *testing.T, text string, parts ...string) string {
	t.Helper()
	_, err := ReadFile(expect.File(t, "bad.yaml", text))
	return expect.Refused(t, err, parts...)
}
