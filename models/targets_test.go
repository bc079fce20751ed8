package models

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

var prompt = []Token{5, 9, 12, 40, 7, 3}

// parent gives the place of what a view looks into: all of its floats.
func parent(t *testing.T, m *hooks.Map, l hooks.Located) hooks.Located {
	t.Helper()
	node := m.Graph.Nodes[l.Node].Inputs[0]
	require.GreaterOrEqual(t, node, 0)
	n := m.Graph.Nodes[node]
	return hooks.Located{Point: l.Point, Node: node, Tensor: n.Name, Layout: hooks.Flat, Shape: []int{n.Shape[0]}}
}

// Views of heads in a fused projection, with gaps between tokens, hold what a flat
// copy of the projection holds there.
func TestHeadsOfAFusedProjection(t *testing.T) {
	for arch, widths := range map[string][3]int{"phi3": {64, 32, 32}, "gpt2": {64, 64, 64}, "falcon": {64, 16, 16}} {
		c := newContext(t, load(t, arch))
		m := locate(t, c)
		points, err := m.Select([]string{"q:1,k:1,v:1"})
		require.NoError(t, err)
		p := &hooks.Plan{Reads: points}
		for _, l := range points {
			require.Equal(t, hooks.ByHead, l.Layout)
		}
		p.Reads = append(p.Reads, parent(t, m, points[0]))
		require.NoError(t, c.SetPlan(p))
		s := capture(t, c, batchOf(prompt, 0, 0))
		for row := range prompt {
			whole, at := s.floats(3, row), 0
			for i, width := range widths {
				assert.Equal(t, whole[at:at+width], s.floats(i, row), "%s %s", arch, points[i])
				at += width
			}
		}
	}
}

// The first half of Phi 3's gate and up matrix, and the second by Skip.
func TestSkip(t *testing.T) {
	c := newContext(t, load(t, "phi3"))
	points, err := locate(t, c).Select([]string{"mlp_pre:1"})
	require.NoError(t, err)
	whole, second := points[0], points[0]
	whole.Shape, second.Skip = []int{256}, 128
	require.NoError(t, c.SetPlan(&hooks.Plan{Reads: []hooks.Located{points[0], second, whole}}))
	s := capture(t, c, batchOf(prompt, 0, 0))
	for row := range prompt {
		assert.Equal(t, s.floats(2, row), slices.Concat(s.floats(0, row), s.floats(1, row)))
	}
}

// What W_O multiplies is the values, mixed by the pattern: a test of where the
// rows, heads and keys of all three lie.
func TestPatternMixesTheValues(t *testing.T) {
	for _, arch := range []string{"llama", "phi3", "gpt2", "gemma2", "gpt-oss", "falcon"} {
		c := newContext(t, load(t, arch), exact)
		p := choose(t, c, "v:1,pattern:1,z:1")
		p.Reads[1].Shape[1] = 16 // of 256 cells
		require.NoError(t, c.SetPlan(p))
		s := capture(t, c, batchOf(prompt, 0, 0))
		kvHeads, width := p.Reads[0].Shape[0], p.Reads[0].Shape[1]
		heads := p.Reads[1].Shape[0]
		require.Equal(t, []int{heads, width}, p.Reads[2].Shape)
		for row := range prompt {
			pattern, z := s.floats(1, row), s.floats(2, row)
			for h := range heads {
				of := pattern[h*16 : (h+1)*16]
				sum, mixed := 0.0, make([]float64, width)
				for key, weight := range of {
					sum += float64(weight)
					if key > row {
						assert.Zero(t, weight, "%s: token %d sees the later %d", arch, row, key)
						continue
					}
					v := s.floats(0, key)[h*kvHeads/heads*width:]
					for i := range mixed {
						mixed[i] += float64(weight) * float64(v[i])
					}
				}
				if arch == "gpt-oss" { // attention sinks take their part
					assert.Less(t, sum, 1.0)
				} else {
					assert.InDelta(t, 1, sum, 1e-5, arch)
				}
				for i, want := range mixed {
					require.InDelta(t, want, z[h*width+i], 2e-5, "%s: token %d head %d", arch, row, h)
				}
			}
		}
	}
}

// A pattern may be kept for fewer positions than there are cells, or for more.
func TestPatternIsCutAndFilled(t *testing.T) {
	c := newContext(t, load(t, "llama"), exact)
	whole := choose(t, c, "pattern:1")
	b := batchOf(prompt, 0, 0)
	want := capture(t, c, b)
	for _, keys := range []int{2, 6, 300} {
		l := whole.Reads[0]
		l.Shape = []int{4, keys}
		require.NoError(t, c.SetPlan(&hooks.Plan{Reads: []hooks.Located{l}}))
		c.Clear()
		s := capture(t, c, b)
		for row := range prompt {
			for h := range 4 {
				got := s.floats(0, row)[h*keys : (h+1)*keys]
				assert.Equal(t, want.floats(0, row)[h*256:][:min(keys, 256)], got[:min(keys, 256)])
				for _, x := range got[min(keys, 256):] {
					assert.Zero(t, x)
				}
			}
		}
	}
}

// Rows go where targets say, in the order of columns; what no target names stays
// as it was.
func TestTargets(t *testing.T) {
	c := newContext(t, load(t, "llama"))
	p := choose(t, c, "q:1,resid_post:0,logits")
	b := batchOf(prompt, 0, 0)
	want := capture(t, c, b)
	c.Clear()
	first, second := newSheet(t, p, 5), newSheet(t, p, 2)
	targets := []Target{first.row(4), {}, second.row(1), first.row(0), {}, first.row(2)}
	require.NoError(t, c.Decode(context.Background(), b, Extent{}, targets))
	blank := func(s *sheet, row int) {
		for i := range p.Reads {
			for _, x := range s.raw(i, row) {
				require.Equal(t, byte(untouched), x)
			}
		}
	}
	for token, at := range map[int]struct {
		s   *sheet
		row int
	}{0: {first, 4}, 2: {second, 1}, 3: {first, 0}, 5: {first, 2}} {
		for i := range p.Reads {
			assert.Equal(t, want.floats(i, token), at.s.floats(i, at.row), "token %d, %s", token, p.Reads[i])
		}
	}
	blank(first, 1)
	blank(first, 3)
	blank(second, 0)
}

// The largest plan: every point of two decodes in a row, in one sheet.
func TestDecodesFillOneSheet(t *testing.T) {
	c := newContext(t, load(t, "qwen2moe"), exact)
	p := choose(t, c, "*")
	want := capture(t, c, batchOf(prompt, 0, 0))
	c.Clear()
	s := newSheet(t, p, len(prompt))
	all := s.targets(len(prompt))
	require.NoError(t, c.Decode(context.Background(), batchOf(prompt[:4], 0, 0), Extent{}, all[:4]))
	require.NoError(t, c.Decode(context.Background(), batchOf(prompt[4:], 0, 4), Extent{}, all[4:]))
	for i := range p.Reads {
		for row := range prompt {
			assert.InDeltaSlice(t, want.floats(i, row), s.floats(i, row), 1e-4, "%s of token %d", p.Reads[i], row)
		}
	}
}
