package verdict_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"intentprobe/capture/probe/fit"
)

// world is a way of drawing data sets whose truth is known.
type world struct {
	groups, rows int     // rows of a group
	mixed        bool    // groups have both classes (rows/2 of each); else one
	layers       int     // spaces to search
	width        int     // of each
	auroc        float64 // of the best linear probe at one layer; 0.5: no difference

	// confound is the AUROC of something that goes with the label and that the states of all
	// layers show; a baseline of the kind sees it too, spread over so many words.
	confound float64
	kind     string
	words    int
}

// drawn is one data set.
type drawn struct {
	positive []bool
	group    []string
	layers   []*table
	seen     map[string]*table // features of baselines, by kind
}

// table is rows in memory.
type table struct {
	x     []float32
	width int
}

func (t *table) Width() int { return t.width }

func (t *table) Each(_ context.Context, do func(*fit.Block) error) error {
	n := len(t.x) / t.width
	return do(&fit.Block{X: t.x, Y: make([]int8, n), Fold: make([]int8, n)})
}

// shared is the share of each column's variance that the rows of a group have in common.
const shared = 0.3

// gap is the distance of two unit normals with an AUROC.
func gap(auroc float64) float64 { return math.Sqrt2 * distuv.UnitNormal.Quantile(auroc) }

func (w world) draw(r *rand.Rand) *drawn {
	d := &drawn{seen: map[string]*table{}}
	for g := range w.groups {
		for k := range w.rows {
			positive := g%2 == 0
			if w.mixed {
				positive = k%2 == 0
			}
			d.positive, d.group = append(d.positive, positive), append(d.group, fmt.Sprint(g))
		}
	}
	for range w.layers {
		d.layers = append(d.layers, w.noise(d, w.width, r))
	}
	if w.auroc > 0.5 {
		d.layers[r.IntN(w.layers)].add(d.signs(gap(w.auroc)), direction(w.width, r))
	}
	for _, kind := range kinds {
		width := 3
		if kind == w.kind {
			width = w.words
		}
		d.seen[kind] = w.noise(d, width, r)
	}
	if w.confound > 0.5 {
		latent := d.signs(gap(w.confound))
		for i := range latent { // the same for all who see it
			latent[i] += r.NormFloat64()
		}
		for _, l := range d.layers {
			l.add(scale(latent, 3), direction(w.width, r))
		}
		words := d.seen[w.kind]
		words.add(scale(latent, 3), direction(w.words, r))
	}
	return d
}

// noise draws rows that have nothing to do with the label.
func (w world) noise(d *drawn, width int, r *rand.Rand) *table {
	t := &table{width: width, x: make([]float32, len(d.positive)*width)}
	of := make([]float64, width)
	for i := range d.positive {
		if i%w.rows == 0 {
			for j := range of {
				of[j] = r.NormFloat64()
			}
		}
		for j := range width {
			t.x[i*width+j] = float32(math.Sqrt(shared)*of[j] + math.Sqrt(1-shared)*r.NormFloat64())
		}
	}
	return t
}

// signs are half a gap to either side, by class.
func (d *drawn) signs(gap float64) []float64 {
	out := make([]float64, len(d.positive))
	for i, p := range d.positive {
		out[i] = -gap / 2
		if p {
			out[i] = gap / 2
		}
	}
	return out
}

func (t *table) add(by, along []float64) {
	for i, v := range by {
		for j, a := range along {
			t.x[i*t.width+j] += float32(v * a)
		}
	}
}

// direction is a random unit vector.
func direction(width int, r *rand.Rand) []float64 {
	out, sum := make([]float64, width), 0.0
	for j := range out {
		out[j] = r.NormFloat64()
		sum += out[j] * out[j]
	}
	return scale(out, 1/math.Sqrt(sum))
}

func scale(x []float64, by float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v * by
	}
	return out
}
