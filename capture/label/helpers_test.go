package label

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

func ptr(s string) *string { return &s }
