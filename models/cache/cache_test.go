package cache

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
)

func TestAFolderIsNamedOrIsTheUsers(t *testing.T) {
	t.Setenv("CAPTURE_CACHE", "/own")
	dir, err := Dir()
	require.NoError(t, err)
	assert.Equal(t, "/own", dir)
	var given string
	require.NoError(t, In("sub", func(dir string) error { given = dir; return nil }))
	assert.Equal(t, filepath.Join("/own", "sub"), given)

	full := errors.New("full")
	err = In("sub", func(string) error { return full })
	require.ErrorIs(t, err, full)
	require.ErrorContains(t, err, "the cache folder /own cannot be written")

	for _, name := range []string{"CAPTURE_CACHE", "HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, "")
	}
	_, err = Dir()
	require.ErrorContains(t, err, "there is no cache folder")
	assert.Contains(t, hint.Of(err, func(any) string { return "" }), "CAPTURE_CACHE")
}
