package nested

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
)

// table is rows in memory, in blocks of some size.
type table struct {
	x           []float32
	width, size int
}

func (t *table) Width() int { return t.width }

func (t *table) Each(_ context.Context, do func(*fit.Block) error) error {
	for at := 0; at < len(t.x); at += t.size * t.width {
		if err := do(&fit.Block{X: t.x[at:min(at+t.size*t.width, len(t.x))]}); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) row(i int) []float32 { return t.x[i*t.width : (i+1)*t.width] }

// drawn are samples of two classes in groups of some, and spaces of which some tell the
// classes apart: the class moves the first columns of space k by gaps[k].
func drawn(n, perGroup, width int, gaps []float64, seed uint64) (Cases, []Space) {
	random := rand.New(rand.NewPCG(seed, 1))
	c := Cases{}
	for i := range n {
		g := i / perGroup
		c.Positive = append(c.Positive, g%2 == 0)
		c.Group = append(c.Group, fmt.Sprint(g))
	}
	var spaces []Space
	for k, gap := range gaps {
		t := &table{width: width, size: 37}
		for i := range n {
			for j := range width {
				v := random.NormFloat64()*float64(1+j%3) + 5
				if j < 3 && c.Positive[i] {
					v += gap
				}
				t.x = append(t.x, float32(v))
			}
		}
		spaces = append(spaces, Space{Name: fmt.Sprintf("layer %d", k), Rows: t})
	}
	return c, spaces
}

func labels(positive []bool) (out []string) {
	for _, p := range positive {
		out = append(out, fmt.Sprint(p))
	}
	return out
}

// crossed puts cases into folds.
func crossed(t testing.TB, c *Cases, folds, inner int) []Split {
	t.Helper()
	cells, splits, err := Cross(labels(c.Positive), c.Group, folds, inner, 1)
	require.NoError(t, err)
	c.Cell = cells
	return splits
}

// in gives a candidate of one method in each space.
func in(spaces []Space, methods ...Method) (out []Candidate) {
	for i := range spaces {
		for _, m := range methods {
			out = append(out, Candidate{Space: i, Method: m})
		}
	}
	return out
}

func auroc(t testing.TB, scores []float64, c Cases) float64 {
	t.Helper()
	a, err := metric.AUROC(metric.Data{Score: scores, Positive: c.Positive, Group: c.Group}, 0.95)
	require.NoError(t, err)
	return a.Value
}

// usual are the default options.
func usual() *Options {
	o := &Options{}
	o.defaults()
	return o
}

// tokens are samples of one to four rows, which share something within the sample.
func tokens(n int, gaps []float64, pool string) (Cases, []Space) {
	random := rand.New(rand.NewPCG(11, 1))
	c := Cases{}
	var sample []int32
	for i := range n {
		c.Positive, c.Group = append(c.Positive, i%2 == 0), append(c.Group, fmt.Sprint(i))
		for range 1 + random.IntN(4) {
			sample = append(sample, int32(i))
		}
	}
	var spaces []Space
	for k, gap := range gaps {
		t := &table{width: 4, size: 7}
		shared := make([]float64, n)
		for i := range shared {
			shared[i] = random.NormFloat64()
		}
		for _, i := range sample {
			for j := range t.width {
				v := random.NormFloat64() + shared[i]*float64(j%2)
				if c.Positive[i] && j == 0 {
					v += gap
				}
				t.x = append(t.x, float32(v))
			}
		}
		spaces = append(spaces, Space{Name: fmt.Sprintf("layer %d", k), Rows: t, Sample: sample, Pool: metric.Pooling{Kind: pool}})
	}
	return c, spaces
}
