package models

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

// stops are the nodes behind which a decode of these points may stop.
func stops(m *hooks.Map, p *hooks.Plan) map[string]int {
	return map[string]int{
		"behind the last write to the cache":   max(p.Last(), m.CacheDone),
		"behind what the last block leaves":    max(p.Last(), m.Points[len(m.Points)-3].Node),
		"behind the final norm":                max(p.Last(), m.Points[len(m.Points)-2].Node),
		"at the end, behind which there is no": len(m.Graph.Nodes) - 1,
	}
}

// A decode that stops early copies the same rows, and what goes on from its cache
// gives the same logits, to the bit.
func TestStopAndKeep(t *testing.T) {
	for _, arch := range append(architectures, "command-r", "gpt-oss", "deci") {
		c := newContext(t, load(t, arch))
		m := locate(t, c)
		p := choose(t, c, "resid_post:0,q:0")
		want := capture(t, c, batchOf(prompt, 0, 0))
		next := batchOf([]Token{11, 12}, 0, len(prompt))
		wantLogits := logits(t, c, next)
		for where, node := range stops(m, p) {
			for _, flags := range [][]bool{nil, make([]bool, len(prompt)), {false, false, false, false, false, true}} {
				what := fmt.Sprint(arch, ", ", where, ", ", flags)
				c.Clear()
				s := newSheet(t, p, len(prompt))
				extent := Extent{Stop: true, Node: node}
				require.NoError(t, c.Decode(context.Background(), batchOf(prompt, 0, 0, flags...), extent, s.targets(len(prompt))), what)
				assert.Equal(t, want.rows(0, len(prompt)), s.rows(0, len(prompt)), what)
				assert.Equal(t, want.rows(1, len(prompt)), s.rows(1, len(prompt)), what)
				assert.Equal(t, wantLogits, logits(t, c, next), what)

				c.Clear()
				require.NoError(t, c.Decode(context.Background(), batchOf(prompt, 0, 0, flags...), extent, nil), "%s, without copies", what)
				assert.Equal(t, wantLogits, logits(t, c, next), "%s, without copies", what)
			}
		}
	}
}

// A decode that forgets copies the same rows and leaves the cache as it was: other
// tokens go on at the same positions, and what was there before it still is. That
// holds behind every node, be it followed by one that is computed, a view, or none.
func TestStopAndForget(t *testing.T) {
	for _, arch := range append(architectures, "command-r", "gpt-oss", "deci") {
		c := newContext(t, load(t, arch))
		m := locate(t, c)
		p := choose(t, c, "resid_post:0")
		other := batchOf([]Token{11, 12}, 0, len(prompt))
		logits(t, c, batchOf(prompt, 0, 0))
		want := capture(t, c, other)
		wantLogits := lastLogits(t, c, other)

		c.Clear()
		logits(t, c, batchOf(prompt, 0, 0))
		for node := p.Last(); node < len(m.Graph.Nodes); node++ {
			extent := Extent{Stop: true, Node: node, Forget: true}
			require.NoError(t, c.Decode(context.Background(), batchOf([]Token{31, 32, 33}, 0, len(prompt)), extent, nil), "%s behind node %d", arch, node)
			s := newSheet(t, p, 2)
			require.NoError(t, c.Decode(context.Background(), other, extent, s.targets(2)), "%s behind node %d", arch, node)
			require.Equal(t, want.bytes, s.bytes, "%s behind node %d", arch, node)
		}
		assert.Equal(t, wantLogits, logits(t, c, other), arch)
	}
}

// Whatever is forgotten makes room.
func TestForgottenTokensFillNothing(t *testing.T) {
	c := newContext(t, load(t, "gemma3"))
	p := choose(t, c, "resid_post:1")
	for sequence := range 20 { // of 64 tokens each, in a cache of 256
		b := batchOf(make([]Token, 64), sequence%3, 0)
		require.NoError(t, c.Decode(context.Background(), b, Extent{Stop: true, Node: p.Last(), Forget: true}, newSheet(t, p, 64).targets(64)))
	}
}

// Several sequences in one forgotten decode, of which one goes on from what it
// shares with another.
func TestForgetSeveralSequences(t *testing.T) {
	c := newContext(t, load(t, "llama"))
	p := choose(t, c, "resid_post:1")
	next := batchOf([]Token{11, 12}, 0, len(prompt))
	logits(t, c, batchOf(prompt, 0, 0))
	want := logits(t, c, next)

	c.Clear()
	logits(t, c, batchOf(prompt, 0, 0))
	c.CopySequence(0, 1)
	var b Batch
	for i := range 3 {
		b.Add(Token(50+i), len(prompt)+i, 1, true)
		b.Add(Token(60+i), i, 2, true)
	}
	for range 2 {
		s := newSheet(t, p, b.Len())
		require.NoError(t, c.Decode(context.Background(), &b, Extent{Stop: true, Node: p.Last(), Forget: true}, s.targets(b.Len())))
	}
	assert.Equal(t, want, logits(t, c, next), "sequence 0 is whole")
	next = batchOf([]Token{11, 12}, 1, len(prompt))
	assert.InDeltaSlice(t, want, logits(t, c, next), 1e-4, "and so is what sequence 1 shares with it")
}
