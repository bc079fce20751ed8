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

// rows reads a dataset from a file of this name and text.
func rows(t testing.TB, name, text string) []Row {
	t.Helper()
	d, err := ReadDataset(Prompts{File: write(t, name, text)})
	require.NoError(t, err)
	return d.Rows
}

// badRows wants a dataset to be refused with all the parts in the message.
func badRows(t testing.TB, name, text string, parts ...string) string {
	t.Helper()
	_, err := ReadDataset(Prompts{File: write(t, name, text)})
	return refused(t, err, parts...)
}

func ptr(s string) *string { return &s }

// readBytes reads a dataset from a file that holds these bytes.
func readBytes(path string, text []byte) ([]Row, error) {
	if err := os.WriteFile(path, text, 0o600); err != nil {
		panic(err)
	}
	d, err := ReadDataset(Prompts{File: path})
	if err != nil {
		return nil, err
	}
	return d.Rows, nil
}

// readSpecBytes reads a spec from a file that holds these bytes.
func readSpecBytes(path string, text []byte) (Layer, error) {
	if err := os.WriteFile(path, text, 0o600); err != nil {
		panic(err)
	}
	return ReadSpecFile(path)
}

// rowsOf writes objects as the rows of a spec.
func rowsOf(t testing.TB, objects ...map[string]any) (out Rows) {
	t.Helper()
	for _, object := range objects {
		text, err := json.Marshal(object)
		require.NoError(t, err)
		out = append(out, text)
	}
	return out
}
