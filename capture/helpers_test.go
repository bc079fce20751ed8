package capture

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
)

func validSpec() Spec {
	s := DefaultSpec()
	s.Model = "tiny"
	return s
}

// applySpec reads a spec file over a spec.
func applySpec(t testing.TB, s *Spec, text string) {
	t.Helper()
	layer, err := spec.ReadFile(expect.File(t, "spec.yaml", text))
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
