package plan

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
)

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

func ptr(s string) *string { return &s }
