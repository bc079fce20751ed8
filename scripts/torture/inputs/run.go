package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// torture runs the program on n damaged files, each a function of the kind, the
// seed and its number. Files that fail it are kept in a folder, where one is named.
func torture(k *kind, program string, n int, seed uint64, jobs int, keep string) (*tally, error) {
	scratch, err := os.MkdirTemp("", "capture-torture")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	t := &tally{Kind: k.name, Crashed: map[string]int{}}
	var (
		mu      sync.Mutex
		workers sync.WaitGroup
		numbers = make(chan int)
	)
	for w := range jobs {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for i := range numbers {
				r := rand.New(rand.NewPCG(seed, uint64(i)))
				m := k.mutations[r.IntN(len(k.mutations))]
				damaged := m.do(r, k.whole, k.head)
				o := attempt(k, program, damaged, filepath.Join(scratch, strconv.Itoa(w)))
				mu.Lock()
				t.add(o, fmt.Sprintf("%s %d (%s)", k.name, i, m.name))
				mu.Unlock()
				if keep != "" && (o.failure != "" || o.crash != "") {
					os.WriteFile(filepath.Join(keep, fmt.Sprintf("%s-%d-%d%s", k.name, seed, i, k.ending)), damaged, 0o666)
				}
			}
		}()
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
	return t, nil
}
