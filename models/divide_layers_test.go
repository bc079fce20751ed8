package models

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/assert"
)

const mib = 1 << 20

func need(layers int, each, output, compute uint64) *Need {
	n := &Need{Compute: compute}
	for range layers {
		n.Layers, n.Cells = append(n.Layers, each), append(n.Cells, 0)
	}
	n.Layers = append(n.Layers, output)
	return n
}

func TestFitPlacesAllThatFits(t *testing.T) {
	n := need(4, 100*mib, 50*mib, 10*mib)
	for name, c := range map[string]struct {
		free   []uint64
		layers int
		placed int
		counts []int
	}{
		"all on one":             {[]uint64{1000 * mib}, 5, 5, []int{5}},
		"no more than asked for": {[]uint64{1000 * mib}, 2, 2, []int{2}},
		"no more than there are": {[]uint64{1000 * mib}, 99, 5, []int{5}},
		"to the byte":            {[]uint64{460 * mib}, 5, 5, []int{5}},
		"a byte too little":      {[]uint64{460*mib - 1}, 5, 4, []int{4}},
		"none":                   {[]uint64{59 * mib}, 5, 0, []int{0}},
		"less than it computes":  {[]uint64{5 * mib}, 5, 0, []int{0}},
		"halves":                 {[]uint64{1000 * mib, 1000 * mib}, 5, 5, []int{2, 3}},
		"by what is free":        {[]uint64{1000 * mib, 250 * mib}, 5, 5, []int{4, 1}},
		"one is full":            {[]uint64{10 * mib, 1000 * mib}, 5, 5, []int{0, 5}},
		"no device":              {nil, 5, 0, []int{}},
	} {
		placed, counts := n.Fit(c.free, c.layers)
		assert.Equal(t, c.placed, placed, name)
		assert.Equal(t, c.counts, counts, name)
	}
}

func TestFitCountsTheCache(t *testing.T) {
	n := need(4, 100*mib, 50*mib, 0)
	n.Cells, n.Tokens = []uint64{mib, mib, mib, mib}, 100 // 100 MiB a block, none for the output
	placed, _ := n.Fit([]uint64{650 * mib}, 5)
	assert.Equal(t, 4, placed)
	assert.Equal(t, uint64(850*mib), n.Bytes(5))
}

// Whatever the sizes: what is placed fits, is the last layers in order, and no device
// gets more than it has.
func TestFitNeverOverfills(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 3000 {
		n := &Need{Tokens: r.Intn(20), Compute: uint64(r.Intn(200))}
		for range 1 + r.Intn(12) {
			n.Layers = append(n.Layers, uint64(r.Intn(1000)))
			n.Cells = append(n.Cells, uint64(r.Intn(50)))
		}
		var free []uint64
		for range 1 + r.Intn(4) {
			free = append(free, uint64(r.Intn(4000)))
		}
		asked := r.Intn(15)
		placed, counts := n.Fit(free, asked)
		layer, sum := n.Whole()-placed, 0
		for i, count := range counts {
			used := uint64(0)
			for range count {
				used += n.of(layer)
				layer++
			}
			sum += count
			if count > 0 {
				assert.LessOrEqual(t, used+n.Compute, free[i])
			}
		}
		assert.Equal(t, placed, sum)
		if len(free) == 1 && placed < min(n.Whole(), asked) { // one layer more would not have
			assert.Greater(t, n.Bytes(placed+1)+n.Compute, free[0])
		}
	}
}

func TestDivideAsLlamaCppDoes(t *testing.T) {
	assert.Equal(t, []int{21, 10}, Divide([]float32{21, 10}, 31))
	assert.Equal(t, []int{5, 15}, Divide([]float32{1, 3}, 20))
	assert.Equal(t, []int{0, 4}, Divide([]float32{0, 1}, 4))
	assert.Equal(t, []int{4}, Divide([]float32{2}, 4))
	for a := range 40 { // counts of layers are taken at their word
		for b := range 40 {
			if a+b > 0 {
				assert.Equal(t, []int{a, b}, Divide([]float32{float32(a), float32(b)}, a+b))
			}
		}
	}
}

func TestPlacementErrorSaysWhatFits(t *testing.T) {
	e := &PlacementError{Model: "m.gguf", Layers: 31, Fits: 12, Need: 3 << 30, Free: 2 << 30, Devices: []string{"CUDA0", "RPC0"}}
	assert.Equal(t, `31 layers of model "m.gguf" need about 3.0 GiB on CUDA0, RPC0, where 2.0 GiB are free`, e.Error())
	assert.Contains(t, e.Hint(), "engine.gpu_layers 12")
	e.Fits = 0
	assert.Contains(t, e.Hint(), "engine.gpu_layers 0")
}
