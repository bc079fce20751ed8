package fit

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// statements gives pairs of a statement and its negation, one of which is true.
func statements(pairs, width int, seed uint64) *table {
	random := rand.New(rand.NewPCG(seed, 0))
	t := &table{width: width, size: 2 * pairs}
	for range pairs {
		truth := int8(random.IntN(2))
		for side := range int8(2) {
			y := truth ^ side
			t.Y, t.Fold, t.Side = append(t.Y, y), append(t.Fold, 0), append(t.Side, side)
			for j := range width {
				v := random.NormFloat64() + 2*float64(side)
				if j%7 == 0 {
					v += float64(y)
				}
				t.X = append(t.X, float32(v))
			}
		}
	}
	return t
}

// standard gives the rows as CCS sees them, with what leads there: the mean of each side and
// the standard deviation about these.
func standard(t *table) (z [][]float64, mean [2][]float64, sd []float64) {
	mean, sd = [2][]float64{make([]float64, t.width), make([]float64, t.width)}, make([]float64, t.width)
	n := float64(len(t.Y))
	for i := range t.Y {
		for j, v := range t.Row(i) {
			mean[t.Side[i]][j] += float64(v) / (n / 2)
		}
	}
	for i := range t.Y {
		z = append(z, make([]float64, t.width))
		for j, v := range t.Row(i) {
			z[i][j] = float64(v) - mean[t.Side[i]][j]
			sd[j] += z[i][j] * z[i][j] / n
		}
	}
	for j := range sd {
		sd[j] = math.Sqrt(sd[j])
		for i := range z {
			z[i][j] /= sd[j]
		}
	}
	return z, mean, sd
}

// inconsistent is the loss of weights of standardised rows, the last of which is the bias.
func inconsistent(z [][]float64, w []float64, decay float64) (loss float64) {
	width := len(w) - 1
	p := func(i int) float64 { return 1 / (1 + math.Exp(-floats.Dot(z[i], w[:width])-w[width])) }
	for i := 0; i < len(z); i += 2 {
		a, b := p(i), p(i+1)
		loss += (a+b-1)*(a+b-1) + math.Pow(min(a, b), 2)
	}
	return loss/float64(len(z)/2) + decay/2*floats.Dot(w[:width], w[:width])
}

func TestTheSignOfCCSIsThatOfTheLabelsAndTheLossThatOfTheSearch(t *testing.T) {
	rows := statements(20, 30, 3)
	turned := *rows
	turned.Y = nil
	for _, y := range rows.Y {
		turned.Y = append(turned.Y, 1-y)
	}
	var found [2]*Probe
	for i, of := range []*table{rows, &turned} {
		probes, err := CCS(t.Context(), of, []Folds{1}, CCSOptions{})
		if err != nil {
			t.Fatal(err)
		}
		found[i] = probes[0]
	}
	turnedBack := append([]float64(nil), found[1].Weights...)
	floats.Scale(-1, turnedBack)
	near(t, "weights", turnedBack, found[0].Weights, 1e-9)
	near(t, "loss", []float64{found[1].How.Objective}, []float64{found[0].How.Objective}, 1e-9)

	z, mean, sd := standard(rows)
	w := make([]float64, rows.width+1)
	w[rows.width] = found[0].Bias
	for j, v := range found[0].Weights {
		w[j] = v * sd[j]
		w[rows.width] += v * (mean[0][j] + mean[1][j]) / 2
	}
	other := append([]float64(nil), w...)
	floats.Scale(-1, other)
	low, high := inconsistent(z, w, 1e-3), inconsistent(z, other, 1e-3)
	if low > high {
		low, high, w = high, low, other
	}
	near(t, "loss of the better sign", []float64{found[0].How.Objective}, []float64{low}, 1e-9)
	if high < low*1.001 {
		t.Errorf("both signs have a loss of %g: these rows show nothing", low)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 { // it is a minimum, and no kink at which a descent gave up
		beside := append([]float64(nil), w...)
		for j := range beside {
			beside[j] += 1e-3 * random.NormFloat64()
		}
		if at := inconsistent(z, beside, 1e-3); at < low-1e-9 {
			t.Errorf("a loss of %g beside that of %g", at, low)
		}
	}
}
