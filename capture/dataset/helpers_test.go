package dataset

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
)

// rows reads a dataset from a file of this name and text.
func rows(t testing.TB, name, text string) []Row {
	t.Helper()
	d, err := Read(spec.Prompts{File: expect.File(t, name, text)})
	require.NoError(t, err)
	return d.Rows
}

// badRows wants a dataset to be refused with all the parts in the message.
func badRows(t testing.TB, name, text string, parts ...string) string {
	t.Helper()
	_, err := Read(spec.Prompts{File: expect.File(t, name, text)})
	return expect.Refused(t, err, parts...)
}

func ptr(s string) *string { return &s }

// readBytes reads a dataset from a file that holds these bytes.
func readBytes(path string, text []byte) ([]Row, error) {
	if err := os.WriteFile(path, text, 0o600); err != nil {
		panic(err)
	}
	d, err := Read(spec.Prompts{File: path})
	if err != nil {
		return nil, err
	}
	return d.Rows, nil
}

// rowsOf writes objects as the rows of a spec.
func rowsOf(t testing.TB, objects ...map[string]any) (out spec.Rows) {
	t.Helper()
	for _, object := range objects {
		text, err := json.Marshal(object)
		require.NoError(t, err)
		out = append(out, text)
	}
	return out
}

func validSpec() spec.Spec {
	s := spec.Default()
	s.Model = "tiny"
	return s
}

// readSpec reads a spec file over an empty spec.
func readSpec(t testing.TB, text string) (s spec.Spec) {
	t.Helper()
	applySpec(t, &s, text)
	return s
}

// applySpec reads a spec file over a spec.
func applySpec(t testing.TB, s *spec.Spec, text string) {
	t.Helper()
	layer, err := spec.ReadFile(expect.File(t, "spec.yaml", text))
	require.NoError(t, err)
	s.Apply(layer)
}

func badSpec(t *testing.T, text string, parts ...string) string {
	t.Helper()
	_, err := spec.ReadFile(expect.File(t, "bad.yaml", text))
	return expect.Refused(t, err, parts...)
}

// experiment reads a spec from YAML over the defaults, with a model.
func experiment(t testing.TB, text string) spec.Spec {
	t.Helper()
	s := validSpec()
	applySpec(t, &s, text)
	require.NoError(t, s.Validate())
	return s
}

// expanded gives the rows of a run.
func expanded(t testing.TB, text string) []Row {
	t.Helper()
	s := experiment(t, text)
	d, err := FromSpec(&s)
	require.NoError(t, err)
	return d.Rows
}

// badExperiment wants the rows of a spec refused with all the parts in the message.
func badExperiment(t *testing.T, text string, parts ...string) string {
	t.Helper()
	s := experiment(t, text)
	_, err := FromSpec(&s)
	return expect.Refused(t, err, parts...)
}
