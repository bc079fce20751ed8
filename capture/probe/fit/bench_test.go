package fit

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// like gives rows that are correlated, with large means and scales, as a residual stream's.
func like(n, width int) *table {
	random := rand.New(rand.NewPCG(1, 1))
	t := &table{width: width, size: 512}
	const latent = 32
	mix := make([]float64, latent*width)
	for i := range mix {
		mix[i] = random.NormFloat64()
	}
	for i := range n {
		y := int8(random.IntN(2))
		t.Y, t.Fold = append(t.Y, y), append(t.Fold, int8(i%5))
		row := make([]float64, width)
		for k := range latent {
			z := random.NormFloat64()
			if k == 3 {
				z += 1.5 * float64(y)
			}
			for j := range row {
				row[j] += z * mix[k*width+j]
			}
		}
		for j := range row {
			t.X = append(t.X, float32(row[j]+2*random.NormFloat64()+float64(j%11)))
		}
	}
	return t
}

func splits() (out []Folds) {
	for i := range 5 {
		out = append(out, First(5).Without(i))
	}
	return out
}

// One layer of 10,000 rows, five folds.
func BenchmarkLayer(b *testing.B) {
	rows := like(10000, 576)
	b.Run("measure", func(b *testing.B) {
		for b.Loop() {
			measured(b, rows)
		}
	})
	m := measured(b, rows)
	for _, c := range []float64{0.1, 1} {
		b.Run(fmt.Sprintf("logistic C=%v", c), func(b *testing.B) {
			var problems []Problem
			for _, train := range splits() {
				problems = append(problems, Problem{Train: train, C: c})
			}
			for b.Loop() {
				probes, err := Logistic(b.Context(), rows, m, problems, LogisticOptions{})
				if err != nil {
					b.Fatal(err)
				}
				if !probes[0].How.Converged {
					b.Fatal("not converged")
				}
				b.ReportMetric(float64(probes[0].How.Passes), "passes")
			}
		})
	}
	b.Run("lda", func(b *testing.B) {
		for b.Loop() {
			if _, err := LDA(b.Context(), rows, m, splits(), Shrinkage{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("mass-mean with covariance", func(b *testing.B) {
		for b.Loop() {
			if _, err := MassMeanCovariance(m, First(5), PseudoInverse); err != nil {
				b.Fatal(err)
			}
		}
	})
}
