package capture

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models"
	"intentprobe/models/phantom"
)

// A model is tried once for each content and engine; what failed is tried again,
// and a mark that was damaged counts for nothing.
func TestAModelIsTriedOnce(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("CAPTURE_CACHE", cache)
	path := "../models/phantom/phantom-no-intent.gguf"
	sum, err := models.FileSHA256(t.Context(), path)
	require.NoError(t, err)
	tries, result := 0, errors.New("planted")
	around := Options{Trial: func(_ context.Context, files, _ []string) error {
		assert.Equal(t, []string{path}, files)
		tries++
		return result
	}}
	tryOnce := func(files []string, sum string) error {
		return around.tryOnce(t.Context(), trial{files: files, model: sum})
	}

	require.ErrorIs(t, tryOnce([]string{path}, sum), result)
	result = nil
	for range 3 {
		require.NoError(t, tryOnce([]string{path}, sum))
	}
	assert.Equal(t, 2, tries)

	marks, err := filepath.Glob(filepath.Join(cache, "trusted", "*"))
	require.NoError(t, err)
	require.Len(t, marks, 1)
	require.NoError(t, os.WriteFile(marks[0], []byte("model "), 0o666))
	require.NoError(t, tryOnce([]string{path}, sum))
	assert.Equal(t, 3, tries)
	require.NoError(t, tryOnce([]string{path}, sum))
	assert.Equal(t, 3, tries, "the mark was written again")
	require.NoError(t, tryOnce([]string{path}, "other content"))
	assert.Equal(t, 4, tries)

	t.Setenv("CAPTURE_CACHE", filepath.Join(path, "no folder"))
	require.NoError(t, tryOnce([]string{path}, sum), "a trial that cannot be remembered")
	assert.Equal(t, 5, tries)
}

func TestNothingIsTriedThatNeedsNoTrial(t *testing.T) {
	around := Options{Trial: func(context.Context, []string, []string) error { return errors.New("planted") }}
	require.NoError(t, around.tryOnce(t.Context(), trial{files: []string{"../models/phantom/phantom.gguf"}, model: phantom.Checksum()}))
	text := filepath.Join(t.TempDir(), "text.gguf")
	require.NoError(t, os.WriteFile(text, []byte("Once upon a time"), 0o666))
	_, err := LoadModel(t.Context(), text, models.LoadOptions{}, around)
	require.ErrorContains(t, err, "is not a GGUF file", "the check comes first")
	_, err = LoadModel(t.Context(), filepath.Join(t.TempDir(), "none.gguf"), models.LoadOptions{}, around)
	require.ErrorContains(t, err, "no such file")
}

// A model that passed alone is tried again with an adapter, and again with another one;
// the embedded model's needs a trial too.
func TestAnAdapterIsTriedWithItsModel(t *testing.T) {
	t.Setenv("CAPTURE_CACHE", t.TempDir())
	var seen []string
	around := Options{Trial: func(_ context.Context, _, adapters []string) error {
		seen = append(seen, strings.Join(adapters, "+"))
		return nil
	}}
	for range 2 {
		for _, tried := range []trial{
			{files: []string{"m"}, model: "1"},
			{files: []string{"m"}, model: "1", adapters: []string{"a"}, sums: []string{"2"}},
			{files: []string{"m"}, model: "1", adapters: []string{"a"}, sums: []string{"3"}},
			{files: []string{"p"}, model: phantom.Checksum(), adapters: []string{"b"}, sums: []string{"2"}},
		} {
			require.NoError(t, around.tryOnce(t.Context(), tried))
		}
	}
	assert.Equal(t, []string{"", "a", "a", "b"}, seen)
}
