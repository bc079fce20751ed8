package nested

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// cpu is what this process has taken of all cores.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func reported(b *testing.B, do func() error) {
	b.Helper()
	start := cpu()
	for b.Loop() {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu()-start).Seconds()/float64(b.N), "cpu-s/op")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-of-system")
}

// 1,000 permutations of a sweep of 30 layers: 500 samples, 5×5 folds.
func BenchmarkPermute(b *testing.B) {
	c, spaces := drawn(500, 1, 576, make([]float64, 30), 1)
	splits := crossed(b, &c, 5, 5)
	for _, m := range []Method{{Kind: Mean}, {Kind: LDA, Scale: true}} {
		b.Run(fmt.Sprint(m), func(b *testing.B) {
			reported(b, func() error {
				_, err := Permute(b.Context(), c, spaces, splits, in(spaces, m), 1000, 1, Options{})
				return err
			})
		})
	}
	b.Run("logistic, 10 draws of one layer", func(b *testing.B) {
		reported(b, func() error {
			_, err := Permute(b.Context(), c, spaces[:1], splits, in(spaces[:1], Method{Kind: Logistic, C: 1, Scale: true}, Method{Kind: Logistic, C: 0.1, Scale: true}), 10, 1, Options{})
			return err
		})
	})
}

// A sweep of 30 layers: 10,000 rows of width 576, logistic regression, 5 folds and 5×5.
func BenchmarkSweep(b *testing.B) {
	c, spaces := drawn(10000, 10, 576, []float64{0.1, 0.2, 0.3}, 1)
	for _, inner := range []int{1, 5} {
		splits := crossed(b, &c, 5, inner)
		for _, m := range []Method{{Kind: Logistic, C: 1, Scale: true}, {Kind: LDA, Scale: true}, {Kind: Mean}} {
			b.Run(fmt.Sprintf("%v, 5x%d folds, 3 layers", m, inner), func(b *testing.B) {
				reported(b, func() error {
					candidates := in(spaces, m)
					if inner > 1 {
						_, err := Search(b.Context(), c, spaces, splits, candidates, Options{})
						return err
					}
					for _, one := range candidates {
						if _, err := Search(b.Context(), c, spaces, splits, []Candidate{one}, Options{}); err != nil {
							return err
						}
					}
					return nil
				})
			})
		}
	}
}
