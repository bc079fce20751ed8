package plan

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/spec"
)

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
