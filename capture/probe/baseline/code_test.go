package baseline

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/nested"
)

func code(t *testing.T, c nested.Cases, f *features, candidates []nested.Candidate, seed uint64) *Code {
	t.Helper()
	out, err := CodeLength(context.Background(), c, []nested.Space{{Name: "x", Rows: f}}, candidates, seed, nested.Options{})
	require.NoError(t, err)
	return out
}

// Labels that the rows tell are short, labels that they do not are as long as without them or
// longer, and groups are whole.
func TestCodeLength(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	c, _ := pairs(150)
	small := []nested.Candidate{{Method: nested.Method{Kind: nested.Logistic, C: 0.01, Scale: true}}}
	told := code(t, c, drawn(c, 4, 5, r), logistic, 1)
	assert.Equal(t, 300, told.N)
	assert.Equal(t, 300.0, told.Uniform)
	assert.Greater(t, told.Compression, 2.0)
	not := code(t, c, drawn(c, 4, 0, r), small, 1)
	assert.InDelta(t, 1, not.Compression, 0.1)
	assert.Less(t, not.Compression, 1.02)

	of := map[string]int8{}
	count := map[int8]int{}
	for i, cell := range told.Cell {
		if was, there := of[c.Group[i]]; there {
			assert.Equal(t, min(was, 1)+was/2, min(cell, 1)+cell/2, "a group in two blocks")
		}
		of[c.Group[i]] = cell
		count[cell]++
	}
	sum := count[0]
	for block, end := range told.Ends {
		sum += count[int8(block+1)]
		assert.Equal(t, end, sum, "block %d", block)
	}
	assert.True(t, slices.IsSorted(told.Ends))
	assert.Equal(t, told.Cell, not.Cell, "by the seed")
	assert.NotEqual(t, told.Cell, code(t, c, drawn(c, 4, 5, r), small, 2).Cell)

	// The candidate is chosen by what came before: one that cannot learn makes no difference.
	f := drawn(c, 4, 5, r)
	for i := range f.rows {
		f.rows[i] = slices.Clone(f.rows[i])
	}
	two, err := CodeLength(context.Background(), c, []nested.Space{{Name: "noise", Rows: drawn(c, 4, 0, r)}, {Name: "x", Rows: f}},
		[]nested.Candidate{{Space: 0, Method: small[0].Method}, {Space: 1, Method: small[0].Method}}, 1, nested.Options{})
	require.NoError(t, err)
	assert.InDelta(t, code(t, c, f, small, 1).Bits, two.Bits, 30)
}

// Groups of one class, of other sizes, and cases that take no part.
func TestBlocksOfUnevenGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, groups := range []int{8, 15, 40, 200} {
		var c nested.Cases
		for g := range groups {
			for range 1 + r.IntN(5) {
				c.Positive, c.Group = append(c.Positive, g%2 == 0), append(c.Group, fmt.Sprint(g))
				c.Cell = append(c.Cell, int8(g%9)-1)
			}
		}
		out := code(t, c, drawn(c, 3, 1, r), logistic, uint64(groups))
		n := 0
		for i, cell := range out.Cell {
			assert.Equal(t, c.Cell[i] < 0, cell < 0)
			n += int(yes(cell >= 0))
		}
		assert.Equal(t, n, out.N)
		assert.Positive(t, out.Bits)
	}
	c, _ := pairs(2)
	_, err := CodeLength(context.Background(), c, []nested.Space{{Rows: drawn(c, 2, 0, r)}}, logistic, 1, nested.Options{})
	assert.ErrorContains(t, err, "too few groups for a code (2)")
}
