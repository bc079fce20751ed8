package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"intentprobe/storage/rundir"
)

// pair is one question under both system prompts, honest first.
type pair struct {
	question, answer  string
	honest, dishonest rundir.Sample
}

// facts shows the answers to both system prompts, and how far apart the states are.
func facts(dir string) error {
	run, samples, err := open(dir)
	if err != nil {
		return err
	}
	questions, err := questionsOf(dir)
	if err != nil {
		return err
	}
	var pairs []pair
	for i := 0; i+1 < len(samples); i += 2 {
		var meta struct{ Answer string }
		if err := json.Unmarshal([]byte(samples[i].Meta), &meta); err != nil {
			return err
		}
		pairs = append(pairs, pair{questions[samples[i].PromptID], meta.Answer, samples[i], samples[i+1]})
	}
	printAnswers(pairs)
	return printLayers(run, pairs)
}

// questionsOf gives the question of each prompt, by its id.
func questionsOf(dir string) (map[string]string, error) {
	f, err := os.Open(filepath.Join(dir, rundir.DatasetName))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[string]string{}
	for dec := json.NewDecoder(f); ; {
		var row struct{ ID, Question string }
		if err := dec.Decode(&row); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		out[row.ID] = row.Question
	}
}

func printAnswers(pairs []pair) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nquestion\tasked to be honest\t\tasked to lie\t")
	var right [2]int
	for _, p := range pairs {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.question,
			short(p.honest.Response), mark(p.honest.Response, p.answer, &right[0]),
			short(p.dishonest.Response), mark(p.dishonest.Response, p.answer, &right[1]))
	}
	w.Flush()
	fmt.Printf("\nThe right word was said %d of %d times when asked to be honest, %d of %d when asked to lie.\n",
		right[0], len(pairs), right[1], len(pairs))
}

// mark says whether a response has one of the right words ("four|4") in it.
func mark(response, answer string, count *int) string {
	for _, word := range strings.Split(strings.ToLower(answer), "|") {
		if strings.Contains(strings.ToLower(response), word) {
			*count++
			return "right"
		}
	}
	return "-"
}

func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}

// printLayers shows how far apart the two conditions are at the last token
// before the answer, layer by layer: |honest - dishonest| over the mean length
// of the two vectors, averaged over the questions.
func printLayers(run *rundir.Run, pairs []pair) error {
	layers := hookNames(run)
	apart := make([]float64, len(layers))
	for _, p := range pairs {
		honest, err := lastPromptRow(run, p.honest, layers)
		if err != nil {
			return err
		}
		dishonest, err := lastPromptRow(run, p.dishonest, layers)
		if err != nil {
			return err
		}
		for l := range layers {
			apart[l] += distance(honest[l], dishonest[l]) / float64(len(pairs))
		}
	}
	fmt.Println("\nHow far the two conditions are apart at the last token before the answer:")
	step := max(1, len(layers)/10)
	for l := 0; l < len(layers); l += step {
		fmt.Printf("  %-26s %5.2f  %s\n", layers[l], apart[l], strings.Repeat("#", int(apart[l]*60)))
	}
	fmt.Println("This reads which prompt was given, not yet whether a lie was told: that needs controls (docs/experiments.md).")
	return nil
}

func distance(a, b []float32) float64 {
	var diff, na, nb float64
	for i := range a {
		d := float64(a[i] - b[i])
		diff += d * d
		na += float64(a[i]) * float64(a[i])
		nb += float64(b[i]) * float64(b[i])
	}
	return math.Sqrt(diff) / ((math.Sqrt(na) + math.Sqrt(nb)) / 2)
}
