package prompt

import (
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/dataset"
	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
)

// rows reads a dataset from a file of this name and text.
func rows(t testing.TB, name, text string) []dataset.Row {
	t.Helper()
	d, err := dataset.Read(spec.Prompts{File: expect.File(t, name, text)})
	require.NoError(t, err)
	return d.Rows
}
