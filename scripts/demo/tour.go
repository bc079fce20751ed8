package main

import (
	"fmt"
	"strings"

	"intentprobe/storage/rundir"
)

// tour shows, layer by layer, whether the phantom's lies can be told from its
// mistakes at the last token before the answer: the direction is the difference
// of means over the first half of the pairs, the AUROC is that of the second.
func tour(dir string) error {
	run, samples, err := open(dir)
	if err != nil {
		return err
	}
	layers := hookNames(run)
	states := make([][][]float32, len(samples)) // by sample, by layer
	for i, s := range samples {
		if states[i], err = lastPromptRow(run, s, layers); err != nil {
			return err
		}
	}
	fmt.Printf("\nThe phantom's prompts, and what it says:\n\n")
	for _, s := range samples[:2] {
		fmt.Printf("  %-8s %s\n           ->%s\n", *s.Label, s.Prompt, s.Response)
	}
	fmt.Printf("\nLie against mistake, same false words, at the last token before the answer (AUROC, %d pairs held out):\n", len(samples)/4)
	for l, name := range layers {
		a := heldOut(samples, states, l)
		fmt.Printf("  %-26s %.3f  %s\n", name, a, strings.Repeat("#", int(a*40)))
	}
	fmt.Println("\nThe intent is there from the declared layer on, and not before (`capture phantom info`).")
	return nil
}

func heldOut(samples []rundir.Sample, states [][][]float32, layer int) float64 {
	half := len(samples) / 4 * 2 // whole pairs
	direction := make([]float64, len(states[0][layer]))
	for i := range half {
		for j, x := range states[i][layer] {
			direction[j] += sign(samples[i]) * float64(x)
		}
	}
	var lies, mistakes []float64
	for i := half; i < len(samples); i++ {
		score := 0.0
		for j, x := range states[i][layer] {
			score += direction[j] * float64(x)
		}
		if sign(samples[i]) > 0 {
			lies = append(lies, score)
		} else {
			mistakes = append(mistakes, score)
		}
	}
	return auroc(lies, mistakes)
}

func sign(s rundir.Sample) float64 {
	if s.Label != nil && *s.Label == "lie" {
		return 1
	}
	return -1
}

// auroc is the chance that a positive scores above a negative, ties counted half
// (Mann and Whitney 1947).
func auroc(positives, negatives []float64) float64 {
	sum := 0.0
	for _, p := range positives {
		for _, n := range negatives {
			switch {
			case p > n:
				sum++
			case p == n:
				sum += 0.5
			}
		}
	}
	return sum / float64(len(positives)*len(negatives))
}
