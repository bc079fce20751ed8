package models

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

// Copying every point does not change what is computed.
func TestPlanCopiesWithoutChangingLogits(t *testing.T) {
	for _, arch := range append(architectures, "qwen2moe", "gpt-oss", "command-r", "deci") {
		m := load(t, arch)
		c := newContext(t, m)
		tokens, err := m.Tokenize("the quick brown fox", true)
		require.NoError(t, err)
		b := batchOf(tokens, 0, 0)
		plain := logits(t, c, b)

		p := choose(t, c, "*")
		s := capture(t, c, b)
		assert.Equal(t, plain, lastLogits(t, c, b), arch)
		for i, point := range p.Reads {
			norm := 0.0
			for _, x := range s.floats(i, b.Len()-1) {
				norm += float64(x) * float64(x)
			}
			assert.Greater(t, norm, 0.0, "%s %s", arch, point)
		}
		assert.Equal(t, plain, s.floats(s.find(t, "unembed.hook_out"), b.Len()-1), "the logits are a point like any other")
	}
}

// Two sequences in one batch do not see each other.
func TestSequencesAreApart(t *testing.T) {
	m := load(t, "llama")
	alone := func(tokens []Token) *sheet {
		c := newContext(t, m)
		choose(t, c, "resid_post:-1")
		return capture(t, c, batchOf(tokens, 0, 0))
	}
	first, second := []Token{5, 9, 12, 40}, []Token{7, 7, 3}
	c := newContext(t, m)
	choose(t, c, "resid_post:-1")
	var both Batch
	for i := range first {
		both.Add(first[i], i, 0, true)
		if i < len(second) {
			both.Add(second[i], i, 1, true)
		}
	}
	s := capture(t, c, &both)
	want := []*sheet{alone(first), alone(second)}
	for row := range both.Tokens {
		assert.InDeltaSlice(t, want[both.Sequences[row]].floats(0, int(both.Positions[row])), s.floats(0, row), 1e-4)
	}
}

func TestModelsAndContextsAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for _, arch := range []string{"llama", "gpt2", "gemma2", "llama"} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			m, err := Load(t.Context(), tiny(t, arch), LoadOptions{})
			if !assert.NoError(t, err) {
				return
			}
			defer m.Close()
			c, err := m.NewContext(ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 32, Threads: 1})
			if !assert.NoError(t, err) {
				return
			}
			defer c.Close()
			for range 20 {
				c.Clear()
				assert.NoError(t, c.Decode(context.Background(), batchOf([]Token{1, 2, 3}, 0, 0), Extent{}, nil))
			}
		}()
	}
	wg.Wait()
}

func TestDecodeRefuses(t *testing.T) {
	m := load(t, "llama")
	c := newContext(t, m)
	for _, bad := range []struct {
		batch   *Batch
		targets int
		want    string
	}{
		{&Batch{}, 0, "0 tokens"},
		{batchOf(make([]Token, 65), 0, 0), 0, "65 tokens"},
		{batchOf([]Token{1, 2, 3}, 0, 0), 2, "3 tokens with 2 targets"},
		{batchOf([]Token{Token(m.Facts().Vocabulary)}, 0, 0), 0, "invalid token"},
		{batchOf([]Token{5, -1}, 0, 0), 0, "batch"}, // -1 is llama.cpp's "no token"
		{batchOf([]Token{1}, 3, 0), 0, "invalid seq_id"},
		{batchOf([]Token{1}, 0, -3), 0, "pos"},
	} {
		var targets []Target
		if bad.targets > 0 {
			targets = make([]Target, bad.targets)
		}
		assert.ErrorContains(t, c.Decode(context.Background(), bad.batch, Extent{}, targets), bad.want)
	}

	var full Batch
	var err error
	for at := 0; err == nil && at < 1000; at++ {
		full.Reset()
		full.Add(5, at, 0, true)
		err = c.Decode(context.Background(), &full, Extent{}, nil)
	}
	assert.ErrorContains(t, err, "no room in the KV cache")
}

// A plan that does not fit the graph is an error that names the point, never a
// wrong row.
func TestPlansThatDoNotFit(t *testing.T) {
	m := load(t, "llama")
	c := newContext(t, m, exact)
	located := locate(t, c)
	for _, bad := range []struct {
		point string
		plant func(*hooks.Located)
		shape bool
	}{
		{"blocks.1.hook_resid_post", func(l *hooks.Located) { l.Tensor = "l_out-77" }, false},
		{"blocks.1.hook_resid_post", func(l *hooks.Located) { l.Tensor = "" }, false},
		{"blocks.1.hook_resid_post", func(l *hooks.Located) { l.Tensor = strings.Repeat("l_out-1", 20) }, false},
		{"blocks.1.hook_resid_post", func(l *hooks.Located) { l.Node++ }, false},
		{"blocks.1.hook_resid_post", func(l *hooks.Located) { l.Node = 1 << 20 }, false},
		{"blocks.1.hook_resid_post", func(l *hooks.Located) { l.Node = -1 }, false},
		{"blocks.1.hook_resid_post", func(l *hooks.Located) { l.Shape = []int{65} }, true},
		{"blocks.1.hook_resid_post", func(l *hooks.Located) { l.Skip = 1 }, true},
		{"blocks.1.hook_resid_post", func(l *hooks.Located) { l.Layout, l.Shape = hooks.ByHead, []int{4, 16} }, true},
		{"blocks.1.hook_resid_post", func(l *hooks.Located) { l.Layout, l.Shape = hooks.PatternByKey, []int{4, 16} }, true},
		{"blocks.1.attn.hook_pattern", func(l *hooks.Located) { l.Shape = []int{5, 256} }, true},
		{"blocks.1.attn.hook_pattern", func(l *hooks.Located) { l.Layout = hooks.Flat }, true},
	} {
		points, err := located.Select([]string{"embed", bad.point, "resid_post:-1"})
		require.NoError(t, err)
		bad.plant(&points[1])
		p := &hooks.Plan{Reads: points}
		require.NoError(t, c.SetPlan(p))
		s := newSheet(t, p, 2)
		c.Clear()
		var missing *MissingTensorError
		err = c.Decode(context.Background(), batchOf([]Token{1, 2}, 0, 0), Extent{}, s.targets(2))
		require.ErrorAs(t, err, &missing, "%+v", points[1])
		assert.Equal(t, bad.shape, missing.Shape, "%+v", points[1])
		if points[1].Node >= 0 {
			assert.Equal(t, points[1], missing.Point)
		}
		assert.Contains(t, err.Error(), "graph tensor")
		c.Clear()
		require.NoError(t, c.Decode(context.Background(), batchOf([]Token{1, 2}, 0, 0), Extent{}, nil), "without targets nothing is copied")
	}
}

func TestClosed(t *testing.T) {
	m := load(t, "llama")
	c := newContext(t, m)
	c.Close()
	c.Close()
	b := batchOf([]Token{1}, 0, 0)
	assert.ErrorIs(t, c.Decode(context.Background(), b, Extent{}, nil), ErrClosed)
	_, err := c.Graph(context.Background(), b)
	assert.ErrorIs(t, err, ErrClosed)
	assert.ErrorIs(t, c.SetPlan(&hooks.Plan{}), ErrClosed)
	_, err = c.Logits(0)
	assert.ErrorIs(t, err, ErrClosed)
	_, _, err = c.Score(0, 1)
	assert.ErrorIs(t, err, ErrClosed)
	m.Close()
	m.Close()
	_, err = m.Tokenize("x", true)
	assert.ErrorIs(t, err, ErrClosed)
	_, err = m.NewContext(ContextOptions{Tokens: 32, Sequences: 1, MicroBatch: 32, Threads: 1})
	assert.ErrorIs(t, err, ErrClosed)
}
