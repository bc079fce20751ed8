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

// 1,000 permutations of one layer of 500 samples, five folds.
func BenchmarkPermutations(b *testing.B) {
	s, err := Gather(b.Context(), like(500, 576))
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(2, 2))
	labels := make([][]int8, 1000)
	for i := range labels {
		labels[i] = append([]int8(nil), s.Y...)
		random.Shuffle(len(s.Y), func(a, b int) { labels[i][a], labels[i][b] = labels[i][b], labels[i][a] })
	}
	for name, of := range map[string]func(Folds) (*Permuted, error){
		"mass-mean": func(f Folds) (*Permuted, error) { return s.MassMean(f, First(5)&^f, labels) },
		"lda":       func(f Folds) (*Permuted, error) { return s.LDA(f, First(5)&^f, labels, Shrinkage{}) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for _, train := range splits() {
					if _, err := of(train); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
