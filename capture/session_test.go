package capture

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a program gives to Open is what its session uses, and no other; the end of the
// context ends the loading.
func TestOpenTakesOptionsAndAContext(t *testing.T) {
	t.Setenv("CAPTURE_CACHE", t.TempDir())
	spec := DefaultSpec()
	spec.Model, spec.Prompts.Text, spec.Chat.Template = "../models/phantom/phantom-no-intent.gguf", []string{"the box holds silk ."}, "none"
	planted, tries := errors.New("planted"), 0
	_, err := Open(t.Context(), spec, Options{Trial: func(context.Context, []string, []string) error { tries++; return planted }})
	require.ErrorIs(t, err, planted)
	s, err := Open(t.Context(), spec, Options{})
	require.NoError(t, err, "another session has no trial")
	s.Close()
	assert.Equal(t, 1, tries)

	ctx, cancel := context.WithCancel(t.Context())
	_, err = Open(ctx, spec, Options{Trial: func(ctx context.Context, _, _ []string) error {
		cancel()
		return ctx.Err()
	}})
	require.ErrorIs(t, err, context.Canceled)
	_, err = Open(ctx, spec, Options{})
	require.ErrorIs(t, err, context.Canceled, "without a trial too")
	_, err = LoadModel(ctx, spec.Model, s.opt, Options{})
	require.ErrorIs(t, err, context.Canceled)
}
