package verify

import (
	"encoding/binary"
	"math"

	"github.com/x448/float16"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// probe is one of the manifest's: what its scores are held against.
type probe struct {
	rundir.Probe
	vector []float32 // nil where it is lost, or the rows of its point are not in the run
	hook   int       // of its point among the columns of activations; -1 where it is not captured
}

// pooled are scores put together.
type pooled struct {
	n         int
	sum       float64
	max, last float32
}

func (p *pooled) add(x float32) {
	if p.n == 0 || x > p.max {
		p.max = x
	}
	p.n, p.sum, p.last = p.n+1, p.sum+float64(x), x
}

// values gives the numbers of the samples table; of none NaN.
func (p *pooled) values() []float32 {
	if p.n == 0 {
		nan := float32(math.NaN())
		return []float32{nan, nan, nan}
	}
	return []float32{float32(p.sum / float64(p.n)), p.max, p.last}
}

// again computes scores again, from the rows of a batch in a column of activations.
type again struct {
	probe     int
	vector    []float32
	sum, size []float64 // of each row: the score without bias, and the sum of the sizes of what was added
}

// take adds numbers of the column, the first of which is element at of the batch.
func (a *again) take(b []byte, at int64, of arrowfile.DType) {
	width := int64(len(a.vector))
	for i := 0; i < len(b); i += of.Bytes() {
		x := 0.0
		if of == arrowfile.Float16 {
			x = float64(float16.Frombits(binary.LittleEndian.Uint16(b[i:])).Float32())
		} else {
			x = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[i:])))
		}
		row, product := at/width, x*float64(a.vector[at%width])
		a.sum[row] += product
		a.size[row] += math.Abs(product)
		at++
	}
}
