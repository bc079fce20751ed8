package models

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a context says of itself is what llama.cpp made of what was asked for.
func TestContextsSayWhatTheyHave(t *testing.T) {
	m := load(t, "llama")
	for _, c := range []struct{ asked, has ContextOptions }{
		{ContextOptions{Tokens: 512, Sequences: 3, MicroBatch: 64, Threads: 2}, ContextOptions{Tokens: 512, Sequences: 3, MicroBatch: 64, Threads: 2}},
		{ContextOptions{Tokens: 300, Sequences: 1, MicroBatch: 32, Threads: 1}, ContextOptions{Tokens: 512, Sequences: 1, MicroBatch: 32, Threads: 1}},
		{ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 512, Threads: 1}, ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 256, Threads: 1}},
	} {
		e, err := m.NewContext(c.asked)
		require.NoError(t, err)
		assert.Equal(t, c.has, e.Options())
		e.Close()
	}
}

// The graph shows whether attention was computed with flash attention, whatever was
// asked for.
func TestFlashAttentionIsSeenInTheGraph(t *testing.T) {
	for arch, auto := range map[string]bool{"llama": true, "gemma2": true, "mamba": false} {
		m := load(t, arch)
		for name, c := range map[string]struct {
			change func(*ContextOptions)
			want   bool
		}{
			"auto":    {func(*ContextOptions) {}, auto},
			"on":      {func(o *ContextOptions) { o.Flash = true }, auto},
			"off":     {func(o *ContextOptions) { o.NoFlash = true }, false},
			"f32":     {func(o *ContextOptions) { o.KVType = "f32" }, false},
			"pattern": {func(o *ContextOptions) { o.Pattern = true }, false},
		} {
			e := newContext(t, m, c.change)
			g, err := e.Graph(context.Background(), batchOf([]Token{1, 2}, 0, 0))
			require.NoError(t, err)
			assert.Equal(t, c.want, g.FlashAttention(), "%s %s", arch, name)
		}
	}
}

func TestACacheTypeThatDoesNotFitIsWhatTheHintIsAbout(t *testing.T) {
	_, err := load(t, "llama").NewContext(ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 32, Threads: 1, KVType: "q8_0"})
	var load *LoadError
	require.ErrorAs(t, err, &load)
	assert.Contains(t, err.Error(), "q8_0")
	assert.Contains(t, advice(err), "engine.kv_type")
	assert.NotContains(t, advice(err), "engine.batch")
}
