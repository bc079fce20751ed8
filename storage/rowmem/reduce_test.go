package rowmem

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
)

// What is no number stays none.
func TestLargestOfNoNumber(t *testing.T) {
	l := NewLayout([]arrowfile.Column{{Name: "a", Shape: []int{2}, DType: arrowfile.Float32}})
	r, err := NewReducer(l, []string{"max"})
	require.NoError(t, err)
	var of Reduction
	nan := float32(math.NaN())
	for _, values := range [][]float32{{1, nan}, {nan, 5}, {3, 6}} {
		p := NewSlab(l, 1).Place(0)
		copy(l.Floats(p, 0), values)
		r.Add(&of, p)
	}
	assert.True(t, math.IsNaN(float64(of.Values[0][0])))
	assert.True(t, math.IsNaN(float64(of.Values[0][1])))
}
