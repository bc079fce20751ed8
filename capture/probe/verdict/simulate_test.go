package verdict_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sort"
	"strconv"
	"testing"

	"intentprobe/capture/probe/verdict"
)

func TestExplore(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("N"))
	draws := 199
	var worlds []world
	switch os.Getenv("WHAT") {
	case "null":
		for _, g := range []int{30, 60, 200} {
			worlds = append(worlds, world{groups: g, rows: 1, layers: 3}, world{groups: g, rows: 3, layers: 3}, world{groups: g, rows: 2, mixed: true, layers: 3})
		}
	case "power":
		for _, a := range []float64{0.75, 0.85, 0.99} {
			for _, g := range []int{30, 60, 200} {
				worlds = append(worlds, world{groups: g, rows: 2, mixed: true, layers: 3, auroc: a}, world{groups: g, rows: 1, layers: 3, auroc: a})
			}
		}
	case "confound":
		for _, words := range []int{1, 10, 50} {
			for _, c := range []float64{0.75, 0.9, 0.99} {
				for _, g := range []int{30, 60, 200} {
					worlds = append(worlds, world{groups: g, rows: 2, mixed: true, layers: 3, confound: c, kind: verdict.Text, words: words})
				}
			}
		}
	}
	for k, w := range worlds {
		w.width = 16
		words := map[string]int{}
		surely := 0
		for i := range n {
			r := rand.New(rand.NewPCG(uint64(1000+k), uint64(i)))
			f := measure(w.draw(r), draws, uint64(i))
			words[verdict.Of(f).Word]++
			if f.P <= 0.01 && f.AUROC.Low > 0.5 {
				surely++
			}
		}
		var keys []string
		for w := range words {
			keys = append(keys, w)
		}
		sort.Strings(keys)
		line := ""
		for _, w := range keys {
			line += fmt.Sprintf("  %s: %.3f", w[:12], float64(words[w])/float64(n))
		}
		fmt.Printf("%+v above %.4f %s\n", w, float64(surely)/float64(n), line)
	}
}
