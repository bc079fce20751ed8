package main

import (
	"context"
	"fmt"
	"path/filepath"

	"intentprobe/capture"
	"intentprobe/capture/spec"
)

// What is asked behind every response.
var asked = []spec.Followup{
	{Name: "true", Ask: "Was your last answer true?"},
	{Name: "lied", Ask: "Did you just say something that you believe to be false?"},
	{Name: "sure", Ask: "How sure are you of your last answer?"},
	{Name: "why", Ask: "Why did you give that answer and no other one?"},
}

// followups times what four follow-ups add to 200 samples, and the same tokens as
// prompts of their own.
func (b *bench) followups() error {
	plain := capture.DefaultSpec()
	plain.Model, plain.Out = b.model, filepath.Join(b.dir, "plain")
	for i := range 200 {
		plain.Prompts.Text = append(plain.Prompts.Text, fmt.Sprintf("Is %d a larger number than %d?", i*37%101, i*91%97))
	}
	plain.Generate.MaxTokens = 16
	with := plain
	with.Out, with.Followups = filepath.Join(b.dir, "followups"), asked
	s, err := capture.Open(context.Background(), with, capture.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	alone := capture.DefaultSpec()
	alone.Model, alone.Out, alone.Chat.Template, alone.Generate.MaxTokens = b.model, filepath.Join(b.dir, "alone"), "none", 0
	for i := range s.Prepared.Jobs {
		if j := &s.Prepared.Jobs[i]; j.Followup != nil {
			alone.Prompts.Text = append(alone.Prompts.Text, j.Text())
		}
	}
	sessions := map[string]*capture.Session{"with": s}
	for name, spec := range map[string]capture.Spec{"plain": plain, "alone": alone} {
		if sessions[name], err = capture.Open(context.Background(), spec, capture.Options{}); err != nil {
			return err
		}
		defer sessions[name].Close()
	}
	run := func(name string) (*capture.Result, error) {
		return sessions[name].Run(context.Background(), capture.RunOptions{Overwrite: true})
	}
	var ratios, cost, own []float64
	var tokens int64
	for i := range b.pairs + 1 {
		seconds, counts := map[string]float64{}, map[string]int64{}
		for _, name := range []string{"plain", "with", "alone"} {
			r, err := run(name)
			if err != nil {
				return err
			}
			seconds[name], counts[name] = r.Seconds, r.Tokens
		}
		if tokens = counts["with"] - counts["plain"]; i > 0 {
			added := seconds["with"] - seconds["plain"]
			cost, own = append(cost, added), append(own, seconds["alone"])
			// By token: a response that ended by itself has the follow-ups' first token already.
			ratios = append(ratios, added/float64(tokens)/(seconds["alone"]/float64(counts["alone"])))
		}
	}
	fmt.Printf("%-34s added %s, alone %s s, %d tokens; ratio by token %s\n", "4 follow-ups on 200 samples", spread(cost, "%.2f"), spread(own, "%.2f"), tokens, spread(ratios, "%.3f"))
	return nil
}
