package models

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

// noise gives n numbers, the same ones each time.
func noise(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64())
	}
	return out
}

// unitRows gives k orthonormal rows of n numbers.
func unitRows(k, n int, seed uint64) []float32 {
	rows := noise(k*n, seed)
	for i := range k {
		row := rows[i*n : (i+1)*n]
		for range 2 {
			for j := range i {
				before := rows[j*n : (j+1)*n]
				c := along(row, before)
				for x := range row {
					row[x] -= float32(c) * before[x]
				}
			}
		}
		norm := math.Sqrt(along(row, row))
		for x := range row {
			row[x] /= float32(norm)
		}
	}
	return rows
}

func along(x, y []float32) (sum float64) {
	for i := range x {
		sum += float64(x[i]) * float64(y[i])
	}
	return sum
}

// moved is what an operation is by its definition in package hooks, in float64.
func moved(e *hooks.Edit, h, other []float32) []float64 {
	n, out := e.Floats, make([]float64, e.Floats)
	row := func(k int) []float32 { return e.Vector[k*n : (k+1)*n] }
	unit := 1.0
	if e.Relative {
		unit = math.Sqrt(along(h, h))
	}
	for i := range out {
		out[i] = float64(h[i])
	}
	into := func(k int, factor float64) {
		for i, q := range row(k) {
			out[i] += factor * float64(q)
		}
	}
	switch e.Op {
	case hooks.EditAdd:
		into(0, unit*float64(e.Factor))
	case hooks.EditProject:
		for k := range e.Rank {
			into(k, (float64(e.Factor)-1)*along(row(k), h))
		}
	case hooks.EditClamp:
		c := along(row(0), h)
		into(0, min(max(c, unit*float64(e.Low)), unit*float64(e.High))-c)
	case hooks.EditReplace:
		for i := range out {
			out[i] = float64(e.Vector[i])
		}
	case hooks.EditSwap:
		for k := range e.Rank {
			into(k, along(row(k), other)-along(row(k), h))
		}
		for i := range out {
			if e.Rank == 0 {
				out[i] = float64(other[i])
			}
		}
	case hooks.EditAffine:
		for i := range out {
			out[i] = along(row(i), h) + float64(e.Bias[i])
		}
	}
	return out
}

// operations are edits of every kind of so many floats.
func operations(at hooks.Located, first, n int) map[string]hooks.Edit {
	edit := func(e hooks.Edit) hooks.Edit {
		e.Located, e.First, e.Floats, e.Name = at, first, n, "it"
		return e
	}
	inf := float32(math.Inf(1))
	return map[string]hooks.Edit{
		"add":            edit(hooks.Edit{Op: hooks.EditAdd, Vector: noise(n, 1), Factor: -1.5}),
		"add relative":   edit(hooks.Edit{Op: hooks.EditAdd, Vector: unitRows(1, n, 2), Factor: 0.5, Relative: true}),
		"remove":         edit(hooks.Edit{Op: hooks.EditProject, Rank: 3, Vector: unitRows(3, n, 3)}),
		"scale":          edit(hooks.Edit{Op: hooks.EditProject, Rank: 1, Vector: unitRows(1, n, 4), Factor: 2.5}),
		"set":            edit(hooks.Edit{Op: hooks.EditClamp, Vector: unitRows(1, n, 5), Low: 0.7, High: 0.7}),
		"min":            edit(hooks.Edit{Op: hooks.EditClamp, Vector: unitRows(1, n, 6), Low: 100, High: inf}),
		"max relative":   edit(hooks.Edit{Op: hooks.EditClamp, Vector: unitRows(1, n, 7), Low: -inf, High: -2, Relative: true}),
		"replace":        edit(hooks.Edit{Op: hooks.EditReplace, Vector: noise(n, 8)}),
		"swap":           edit(hooks.Edit{Op: hooks.EditSwap, Rank: 2, Vector: unitRows(2, n, 9)}),
		"swap the whole": edit(hooks.Edit{Op: hooks.EditSwap}),
		"affine":         edit(hooks.Edit{Op: hooks.EditAffine, Vector: noise(n*n, 10), Bias: noise(n, 11)}),
	}
}

// Every operation, at points of every layout, on one token of a batch: the row becomes
// what the definition says, what was computed before and the tokens before keep their
// bits, and what is computed after changes.
func TestEdits(t *testing.T) {
	for arch, names := range map[string][]string{
		"llama": {"resid_post:0", "z:1", "attn_out:1"}, "phi3": {"q:1", "mlp_pre:0"}, "gpt2": {"v:0", "resid_pre:1"}, "qwen35moe": {"resid_mid:0"},
	} {
		c := newContext(t, load(t, arch), exact)
		m := locate(t, c)
		all, err := m.Select([]string{"hook_*", "blocks.*.hook_*", "blocks.*.attn.hook_[qkvz]", "ln_final"})
		require.NoError(t, err)
		b := batchOf(prompt, 0, 0)
		for _, name := range names {
			points, err := m.Select([]string{name})
			require.NoError(t, err)
			at, first, n := points[0], 0, points[0].Width()
			if len(at.Shape) == 2 { // the heads from the second on, but for a float
				first, n = at.Shape[1], n-at.Shape[1]-1
			}
			for what, e := range operations(at, first, n) {
				require.NoError(t, c.SetPlan(&hooks.Plan{Reads: all, Edits: []hooks.Edit{e}}))
				c.Clear()
				b.Edits = nil
				before := capture(t, c, b)
				column, token := before.find(t, at.Point.String()), 2
				b.Edits = []Application{{Token: token, Other: noise(n, 12)}}
				c.Clear()
				after := capture(t, c, b)
				h := before.floats(column, token)
				want := make([]float64, len(h))
				for i := range h {
					want[i] = float64(h[i])
				}
				copy(want[first:], moved(&e, h[first:first+n], b.Edits[0].Other))
				got, added, was := after.floats(column, token), 0.0, 0.0
				for i := range want {
					require.InDelta(t, want[i], got[i], 1e-5*(1+math.Abs(want[i])), "%s %s %s: float %d", arch, name, what, i)
					added += (float64(got[i]) - float64(h[i])) * (float64(got[i]) - float64(h[i]))
					was += float64(h[i]) * float64(h[i])
				}
				require.NotZero(t, added, "%s %s %s", arch, name, what)
				assert.InDelta(t, math.Sqrt(added), b.Edits[0].Added, 1e-4*(1+math.Sqrt(added)))
				assert.InDelta(t, math.Sqrt(was), b.Edits[0].Before, 1e-4*math.Sqrt(was))
				final := before.find(t, "ln_final.hook_normalized")
				for i, p := range all {
					for row := range prompt {
						same := string(before.raw(i, row)) == string(after.raw(i, row))
						if row < token || p.Node < at.Node {
							assert.True(t, same, "%s %s %s: %s of token %d changed", arch, name, what, p, row)
						}
					}
				}
				assert.NotEqual(t, before.raw(final, token), after.raw(final, token), "%s %s %s has no effect", arch, name, what)
				assert.NotEqual(t, before.raw(final, token+1), after.raw(final, token+1), "%s %s %s has no effect on later tokens", arch, name, what)
			}
		}
	}
}

// Edits of one node are applied in the order of the plan, whatever the order in the batch;
// a row that is kept is what it was then.
func TestEditsOfOneNodeHaveAnOrder(t *testing.T) {
	c := newContext(t, load(t, "llama"))
	points, err := locate(t, c).Select([]string{"resid_post:0"})
	require.NoError(t, err)
	n := points[0].Width()
	edit := func(e hooks.Edit) hooks.Edit { e.Located, e.Floats = points[0], n; return e }
	v := noise(n, 1)
	require.NoError(t, c.SetPlan(&hooks.Plan{Reads: points, Edits: []hooks.Edit{
		edit(hooks.Edit{Op: hooks.EditKeep}), edit(hooks.Edit{Op: hooks.EditReplace, Vector: v}),
		edit(hooks.Edit{Op: hooks.EditKeep}), edit(hooks.Edit{Op: hooks.EditAdd, Vector: v, Factor: 2}),
	}}))
	b := batchOf(prompt, 0, 0)
	before := capture(t, c, b)
	first, second := make([]float32, n), make([]float32, n)
	b.Edits = []Application{{Edit: 3, Token: 1}, {Edit: 2, Token: 1, Out: second}, {Edit: 1, Token: 1}, {Edit: 0, Token: 1, Out: first}}
	c.Clear()
	after := capture(t, c, b)
	assert.Equal(t, before.floats(0, 1), first)
	assert.Equal(t, v, second)
	for i, x := range after.floats(0, 1) {
		assert.InDelta(t, 3*v[i], x, 1e-5)
	}
	assert.Equal(t, before.raw(0, 0), after.raw(0, 0))
	assert.NotEqual(t, before.raw(0, 2), untouched)
}

// A condition is asked when the edit's node is computed, of a score that an earlier node,
// or the same one, gave.
func TestEditsOnCondition(t *testing.T) {
	c := newContext(t, load(t, "llama"))
	points, err := locate(t, c).Select([]string{"resid_post:0,1"})
	require.NoError(t, err)
	n := points[0].Width()
	w, v := noise(n, 1), noise(n, 2)
	require.NoError(t, c.SetPlan(&hooks.Plan{Reads: points, Edits: []hooks.Edit{
		{Located: points[1], Op: hooks.EditAdd, Floats: n, Vector: v, Factor: 1},
		{Located: points[0], Op: hooks.EditScore, Floats: n, Vector: w, Bias: []float32{0.25}},
	}}))
	b := batchOf(prompt, 0, 0)
	before := capture(t, c, b)
	for _, over := range []float32{-0.01, 0.01} {
		score := make([]float32, 1)
		want := along(w, before.floats(0, 1)) + 0.25
		b.Edits = []Application{{Edit: 0, Token: 1, When: score, Above: float32(want) + over}, {Edit: 1, Token: 1, Out: score}}
		c.Clear()
		after := capture(t, c, b)
		assert.InDelta(t, want, score[0], 1e-4)
		assert.Equal(t, over > 0, string(before.raw(1, 1)) == string(after.raw(1, 1)))
		assert.Equal(t, over > 0, b.Edits[1].Added < 0)
	}
}

// What adds nothing keeps every bit, and so do the cuts alone.
func TestEditsThatChangeNothingKeepTheBits(t *testing.T) {
	for _, arch := range []string{"llama", "gemma3", "phi3", "mamba"} {
		c := newContext(t, load(t, arch))
		m := locate(t, c)
		points, err := m.Select([]string{"resid_post"})
		require.NoError(t, err)
		require.NoError(t, c.SetPlan(&hooks.Plan{}))
		b := batchOf(prompt, 0, 0)
		want := logits(t, c, b)
		n := points[0].Width()
		none := []hooks.Edit{
			{Located: points[0], Op: hooks.EditAdd, Floats: n, Vector: noise(n, 1)},
			{Located: points[1], Op: hooks.EditProject, Floats: n, Rank: 2, Vector: unitRows(2, n, 2), Factor: 1},
		}
		require.NoError(t, c.SetPlan(&hooks.Plan{Edits: none}))
		for _, edits := range [][]Application{nil, {{Edit: 0, Token: 1}, {Edit: 1, Token: 3}}} {
			c.Clear()
			b.Edits = edits
			assert.Equal(t, want, logits(t, c, b), arch)
		}
	}
}

// What cannot be is refused, and what a batch asks for in vain is told.
func TestEditsThatCannotBe(t *testing.T) {
	c := newContext(t, load(t, "llama"))
	points, err := locate(t, c).Select([]string{"resid_post:0"})
	require.NoError(t, err)
	n := points[0].Width()
	e := hooks.Edit{Located: points[0], Name: "lie", Op: hooks.EditSwap, Floats: n}
	require.NoError(t, c.SetPlan(&hooks.Plan{Edits: []hooks.Edit{e}}))
	b := batchOf(prompt, 0, 0)
	for _, a := range []Application{{Edit: 1}, {Edit: -1}, {Token: len(prompt)}, {Token: 0, Other: make([]float32, n-1)}} {
		b.Edits = []Application{a}
		assert.Error(t, c.Decode(t.Context(), b, Extent{}, nil))
	}
	b.Edits = []Application{{Other: make([]float32, n)}}
	assert.ErrorContains(t, c.Decode(t.Context(), b, Extent{Stop: true, Node: points[0].Node - 1}, nil), "was not computed")
	c.Clear()
	b.Edits = []Application{{Other: append(make([]float32, n-1), float32(math.Inf(1)))}}
	assert.ErrorContains(t, c.Decode(t.Context(), b, Extent{}, nil), "not finite")
	e.Tensor = "another"
	require.NoError(t, c.SetPlan(&hooks.Plan{Edits: []hooks.Edit{e}}))
	c.Clear()
	var missing *MissingTensorError
	b.Edits = []Application{{Other: make([]float32, n)}}
	assert.ErrorAs(t, c.Decode(t.Context(), b, Extent{}, nil), &missing)
}

// The divergence of two rows of logits is that of their softmax.
func TestDivergence(t *testing.T) {
	c := newContext(t, load(t, "llama"))
	b := batchOf(prompt, 0, 0)
	require.NoError(t, c.Decode(t.Context(), b, Extent{}, nil))
	rows := [][]float32{}
	for i := range 2 {
		row, err := c.Logits(i)
		require.NoError(t, err)
		rows = append(rows, append([]float32(nil), row...))
	}
	probabilities := func(x []float32) []float64 {
		out, sum := make([]float64, len(x)), 0.0
		for i := range x {
			out[i] = math.Exp(float64(x[i]))
			sum += out[i]
		}
		for i := range out {
			out[i] /= sum
		}
		return out
	}
	want, p, q := 0.0, probabilities(rows[0]), probabilities(rows[1])
	for i := range p {
		want += p[i] * math.Log(p[i]/q[i])
	}
	got, err := c.Divergence(1, rows[0])
	require.NoError(t, err)
	require.NotZero(t, want)
	assert.InDelta(t, want, got, 1e-5*(1+want))
	same, err := c.Divergence(1, rows[1])
	require.NoError(t, err)
	assert.InDelta(t, 0, same, 1e-6)
	_, err = c.Divergence(1, rows[0][1:])
	assert.Error(t, err)
}

// What was added is told of the whole row, whatever floats the edits change, under whatever
// name of the point and however many there are; the last that changed a row says so.
func TestWhatWasAddedIsOfTheWholeRow(t *testing.T) {
	c := newContext(t, load(t, "llama"))
	points, err := locate(t, c).Select([]string{"resid_post:0", "resid_pre:1"})
	require.NoError(t, err)
	require.Equal(t, points[0].Node, points[1].Node)
	n, left, score := points[0].Width(), []float32{0}, []float32{0}
	add := func(point, first, n int) hooks.Edit {
		return hooks.Edit{Located: points[point], Op: hooks.EditAdd, First: first, Floats: n, Vector: noise(n, uint64(n)), Factor: 0.5}
	}
	require.NoError(t, c.SetPlan(&hooks.Plan{Reads: points, Edits: []hooks.Edit{
		add(0, 0, n/4), add(1, n/2, n/4), add(0, 0, n), add(0, 3, 1),
		{Located: points[0], Op: hooks.EditScore, Floats: n, Vector: noise(n, 9), Bias: []float32{0}}, // taken before anything changes
	}}))
	b := batchOf(prompt, 0, 0)
	before := capture(t, c, b)
	b.Edits = []Application{
		{Edit: 3, Token: 2, When: left, Above: 1}, {Edit: 2, Token: 2}, {Edit: 4, Token: 2, Out: score}, {Edit: 0, Token: 2}, {Edit: 1, Token: 2},
		{Edit: 1, Token: 1}, {Edit: 0, Token: 1}, {Edit: 3, Token: 3, When: left, Above: 1},
	}
	c.Clear()
	after := capture(t, c, b)
	require.InDelta(t, along(noise(n, 9), before.floats(0, 2)), score[0], 1e-4)
	last := map[int]int{} // edit by token
	for _, a := range b.Edits {
		if !a.Last {
			continue
		}
		require.NotContains(t, last, a.Token)
		last[a.Token] = a.Edit
		h, got, added := before.floats(0, a.Token), after.floats(0, a.Token), 0.0
		for i := range h {
			added += (float64(got[i]) - float64(h[i])) * (float64(got[i]) - float64(h[i]))
		}
		require.InEpsilon(t, math.Sqrt(along(h, h)), a.Before, 1e-5)
		require.InEpsilon(t, math.Sqrt(added), a.Added, 1e-5)
	}
	require.Equal(t, map[int]int{1: 1, 2: 2}, last)
}
