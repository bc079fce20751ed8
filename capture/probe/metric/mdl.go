package metric

import (
	"errors"
	"fmt"
	"math"

	"intentprobe/capture/hint"
)

// CodeLength is the description length of labels given representations, by online coding
// (Voita and Titov 2020, arXiv 2003.12298, section 2.2.2).
type CodeLength struct {
	Bits        float64 `json:"bits"`        // t1·log2 K - Σ log2 p
	Uniform     float64 `json:"uniform"`     // n·log2 K: without a probe
	Compression float64 `json:"compression"` // Uniform / Bits; 1 where the probe says nothing
	N           int     `json:"n"`
	Classes     int     `json:"classes"`
}

// Online is the code length of labels of K classes: the first block has so many rows and is
// sent without a probe; blocks are the probabilities that a probe, trained on all rows before
// the block, gives to the right classes of the block's rows. A probability of 0 is refused: no
// code is long enough for it.
func Online(first, classes int, blocks [][]float64) (*CodeLength, error) {
	if classes < 2 {
		return nil, hint.Usage(fmt.Errorf("labels of %d classes have nothing to tell", classes), "choose a label with two values or more")
	}
	if first < 1 {
		return nil, errors.New("the first block has no rows: a probe cannot be trained on nothing")
	}
	c := &CodeLength{Bits: float64(first) * math.Log2(float64(classes)), N: first, Classes: classes}
	for b, block := range blocks {
		for i, p := range block {
			if !(p > 0 && p <= 1) {
				return nil, hint.With(fmt.Errorf("block %d, row %d: the probability of the right class is %g, not above 0 and at most 1", b+1, i, p),
					"regularise the probe, so that it is never certain")
			}
			c.Bits -= math.Log2(p)
		}
		c.N += len(block)
	}
	c.Uniform = float64(c.N) * math.Log2(float64(classes))
	c.Compression = c.Uniform / c.Bits
	return c, nil
}

// Blocks are the ends of the blocks that [Online] is usually given: the shares of the rows
// 0.1, 0.2, 0.4, 0.8, 1.6, 3.125, 6.25, 12.5, 25, 50 and 100 % (section 3 of the paper),
// rounded, without those that are no longer than the one before or shorter than least rows.
func Blocks(n, least int) (ends []int) {
	last := max(0, least-1)
	for _, percent := range []float64{0.1, 0.2, 0.4, 0.8, 1.6, 3.125, 6.25, 12.5, 25, 50, 100} {
		if end := int(math.Round(float64(n) * percent / 100)); end > last {
			ends, last = append(ends, end), end
		}
	}
	return ends
}
