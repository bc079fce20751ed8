package fit

import (
	"math/rand/v2"
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
	for _, method := range []string{"mass-mean", "lda"} {
		b.Run("1000 permutations, "+method, func(b *testing.B) {
			rows := like(500, 576)
			labels := shuffled(rows.Y, 1000)
			for b.Loop() {
				layers(func() {
					s, err := Gather(b.Context(), rows)
					for _, train := range splits() {
						if err != nil {
							break
						}
						if method == "lda" {
							_, err = s.LDA(train, First(5)&^train, labels, Shrinkage{})
						} else {
							_, err = s.MassMean(train, First(5)&^train, labels)
						}
					}
					if err != nil {
						b.Error(err)
					}
				})
			}
		})
	}
}

// shuffled gives n permutations of labels.
func shuffled(y []int8, n int) [][]int8 {
	random := rand.New(rand.NewPCG(2, 2))
	out := make([][]int8, n)
	for i := range out {
		out[i] = append([]int8(nil), y...)
		random.Shuffle(len(y), func(a, b int) { out[i][a], out[i][b] = out[i][b], out[i][a] })
	}
	return out
}
