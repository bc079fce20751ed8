package fit

import (
	"runtime"
	"sync"
	"testing"
)

// 30 layers, as a sweep does them: some at once.
func BenchmarkSweep(b *testing.B) {
	layers := func(do func()) {
		var wait sync.WaitGroup
		next := make(chan struct{}, 30)
		for range 30 {
			next <- struct{}{}
		}
		close(next)
		for range runtime.GOMAXPROCS(0) {
			wait.Go(func() {
				for range next {
					do()
				}
			})
		}
		wait.Wait()
	}
	b.Run("logistic", func(b *testing.B) {
		rows := like(10000, 576)
		var problems []Problem
		for _, train := range splits() {
			problems = append(problems, Problem{Train: train, C: 1})
		}
		for b.Loop() {
			layers(func() {
				m, err := Measure(b.Context(), rows, FoldGrams)
				if err == nil {
					_, err = Logistic(b.Context(), rows, m, problems, LogisticOptions{})
				}
				if err != nil {
					b.Error(err)
				}
			})
		}
	})
}
