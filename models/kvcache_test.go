package models

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a context is estimated to take is what llama.cpp says that it took: with heads
// of any size, values as keys, shared keys, windows, states and indices, of every type.
func TestContextBytesAreWhatLlamaTakes(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(tiny(t, "llama")), "tiny-*.gguf"))
	require.NoError(t, err)
	require.Greater(t, len(paths), 80)
	quantised := 0
	for _, path := range paths {
		m, err := Load(t.Context(), path, LoadOptions{})
		require.NoError(t, err)
		for _, opt := range []ContextOptions{
			{Tokens: 4096, Sequences: 18, MicroBatch: 32, KVType: "f16"},
			{Tokens: 1024, Sequences: 18, MicroBatch: 512, KVType: "f16"},
			{Tokens: 4096, Sequences: 1, MicroBatch: 512, KVType: "f32"},
			{Tokens: 4096, Sequences: 1, MicroBatch: 64, KVType: "f16", Pattern: true},
			{Tokens: 4096, Sequences: 18, MicroBatch: 512, KVType: "bf16", WholeWindow: true},
			{Tokens: 4096, Sequences: 18, MicroBatch: 512, KVType: "q8_0", WholeWindow: true},
		} {
			about := fmt.Sprintf("%s: %+v", filepath.Base(path), opt)
			opt.Threads, opt.IgnoreMemory = 1, true
			c, err := m.NewContext(opt)
			if Quantised(opt.KVType) && err != nil {
				continue // heads that its blocks do not divide
			}
			require.NoError(t, err, about)
			if Quantised(opt.KVType) {
				quantised++
			}
			l, err := m.learn()
			require.NoError(t, err)
			// llama.cpp tells each buffer to a hundredth of a MiB.
			assert.InDelta(t, float64(c.made.cache), float64(l.cacheBytes(m, opt)), 3<<20/100, about)
			need, err := m.ContextBytes(opt)
			require.NoError(t, err)
			took := float64(c.made.cache + c.made.compute)
			assert.Greater(t, float64(need), 0.95*took-1<<17, about)
			assert.Less(t, float64(need), 2*took, about)
			c.Close()
		}
		m.Close()
	}
	assert.Positive(t, quantised)
}

// On devices a file's head is all that is known, which tells the same, or more where
// blocks with a window or without attention are other than the rest.
func TestNeedOfTheCacheIsNotLess(t *testing.T) {
	for _, arch := range []string{"llama", "qwen3", "gemma3", "gemma4", "deepseek2", "deci", "mimo2", "jamba", "gpt-oss"} {
		m := load(t, arch)
		need, err := NeedOf(tiny(t, arch), 4096, "f16")
		require.NoError(t, err)
		l, err := m.learn()
		require.NoError(t, err)
		var cells uint64
		for _, cell := range need.Cells {
			cells += cell * 4096
		}
		states := uint64(0)
		for _, part := range l.cache {
			if part.state {
				states += 4 * uint64(part.row)
			}
		}
		whole := l.cacheBytes(m, ContextOptions{Tokens: 4096, Sequences: 1, MicroBatch: 32, WholeWindow: true}) - states
		assert.GreaterOrEqual(t, cells, whole, arch)
		assert.LessOrEqual(t, cells, 2*whole, arch)
	}
}
