package models

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a sequence says next after a prompt, decoded by itself.
func alone(t *testing.T, m *Model, tokens ...Token) []float32 {
	t.Helper()
	return logits(t, newContext(t, m), batchOf(tokens, 0, 0))
}

// lookedUp is how far logits may lie apart that come from other micro-batches: ggml looks
// GELU up in a table of 65,536 values, and a last bit may choose the next one.
const lookedUp = 1e-2

// A sequence that begins with a copy goes on as if it had been decoded itself, and
// so does the one that it is a copy of.
func TestCopySequence(t *testing.T) {
	for _, arch := range append(architectures, "gpt-oss") {
		m := load(t, arch)
		c := newContext(t, m)
		for _, shared := range []int{1, 4, len(prompt)} {
			c.Clear()
			logits(t, c, batchOf(prompt[:shared], 0, 0))
			c.CopySequence(0, 1)
			if shared < len(prompt) {
				logits(t, c, batchOf(prompt[shared:], 0, shared))
			}
			tail := []Token{21, 22}
			want := alone(t, m, append(append([]Token{}, prompt[:shared]...), tail...)...)
			assert.InDeltaSlice(t, want, logits(t, c, batchOf(tail, 1, shared)), lookedUp, "%s, %d tokens shared", arch, shared)
			want = alone(t, m, append(append([]Token{}, prompt...), tail...)...)
			assert.InDeltaSlice(t, want, logits(t, c, batchOf(tail, 0, len(prompt))), lookedUp, "%s: the original", arch)
		}
	}
}

// Shared tokens take their cells once, and stay while one sequence has them.
func TestRemoveSequence(t *testing.T) {
	m := load(t, "llama")
	tail := []Token{21, 22}
	want := alone(t, m, append(append([]Token{}, prompt...), tail...)...)
	for removed := range 2 {
		c := newContext(t, m)
		logits(t, c, batchOf(prompt, 0, 0))
		c.CopySequence(0, 1)
		c.RemoveSequence(removed)
		assert.InDeltaSlice(t, want, logits(t, c, batchOf(tail, 1-removed, len(prompt))), 1e-4, "%d removed", removed)
		assert.InDeltaSlice(t, want, logits(t, c, batchOf(append(append([]Token{}, prompt...), tail...), removed, 0)), 1e-4, "and used again")
	}

	c := newContext(t, m) // 256 cells
	logits(t, c, batchOf(make([]Token, 60), 0, 0))
	for range 20 { // 60 shared, 150 of its own
		c.CopySequence(0, 1)
		for i := range 3 {
			logits(t, c, batchOf(make([]Token, 50), 1, 60+50*i))
		}
		c.RemoveSequence(1)
	}
	logits(t, c, batchOf(tail, 0, 60))
}

func TestClear(t *testing.T) {
	m := load(t, "gemma2")
	c := newContext(t, m)
	want := logits(t, c, batchOf(prompt, 0, 0))
	logits(t, c, batchOf(make([]Token, 50), 1, 0))
	c.Clear()
	assert.Equal(t, want, logits(t, c, batchOf(prompt, 0, 0)))
}

// A batch is emptied and filled again.
func TestBatch(t *testing.T) {
	b := batchOf(prompt, 1, 3, true, false, true, false, true, false)
	assert.Equal(t, 6, b.Len())
	assert.Equal(t, []int32{3, 4, 5, 6, 7, 8}, b.Positions)
	assert.Equal(t, []int32{1, 1, 1, 1, 1, 1}, b.Sequences)
	assert.Equal(t, []int8{1, 0, 1, 0, 1, 0}, b.Output)
	b.Reset()
	assert.Zero(t, b.Len())
	b.Add(7, 0, 0, true)
	require.NoError(t, newContext(t, load(t, "llama")).Decode(context.Background(), b, Extent{}, nil))
}
