package fit

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// table is rows in memory, in blocks of some size.
type table struct {
	Block
	width, size int
}

func (t *table) Width() int { return t.width }

func (t *table) Each(_ context.Context, do func(*Block) error) error {
	for at := 0; at < len(t.Y); at += t.size {
		end := min(at+t.size, len(t.Y))
		b := &Block{X: t.X[at*t.width : end*t.width], Y: t.Y[at:end], Fold: t.Fold[at:end]}
		if t.Weight != nil {
			b.Weight = t.Weight[at:end]
		}
		if t.Side != nil {
			b.Side = t.Side[at:end]
		}
		if err := do(b); err != nil {
			return err
		}
	}
	return nil
}

// drawn gives rows of two Gaussian classes that differ along some columns, in 5 folds.
func drawn(n, width int, gap float64, seed uint64) *table {
	random := rand.New(rand.NewPCG(seed, 0))
	t := &table{width: width, size: 64}
	for i := range n {
		y := int8(random.IntN(2))
		t.Y, t.Fold = append(t.Y, y), append(t.Fold, int8(i%5))
		for j := range width {
			v := random.NormFloat64()*float64(1+j%3) + 5
			if j%7 == 0 {
				v += gap * float64(y)
			}
			t.X = append(t.X, float32(v))
		}
	}
	return t
}

// measured measures rows with their Gram matrices.
func measured(t testing.TB, rows Rows) *Moments {
	t.Helper()
	m, err := Measure(t.Context(), rows, FoldGrams)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// near wants numbers within a share of the largest.
func near(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	largest, worst := 0.0, 0.0
	for i := range want {
		largest = max(largest, math.Abs(want[i]))
		if worst = max(worst, math.Abs(got[i]-want[i])); math.IsNaN(got[i]) {
			t.Fatalf("%s: number %d is NaN", what, i)
		}
	}
	if worst > tolerance*largest {
		t.Errorf("%s: off by %g of %g, more than %g of it", what, worst, largest, tolerance)
	}
}

// finite wants a probe without NaN or Inf.
func finite(t testing.TB, p *Probe) {
	t.Helper()
	for _, v := range append([]float64{p.Bias, p.How.Objective, p.How.Gradient}, p.Weights...) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("a probe has %v", v)
		}
	}
}
