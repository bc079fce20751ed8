package main

import (
	"bytes"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/intent"
	"intentprobe/storage/disk"
)

// Prompts that are timed: more of them until they take long enough to say something.
var timedPrompts = []int{8, 64, 512}

// longEnough is that, in seconds.
const longEnough = 1.0

// pace is how long a run takes: so much to begin and to end, and so much a token of prompts.
type pace struct {
	fixed, each float64 // seconds
	tokens      int     // that it was measured on
}

// timeRun runs some prompts of a run, fewer and more: what both need is what each run does.
func timeRun(cmd *cobra.Command, r intent.Run) (p pace, err error) {
	lines := bytes.SplitAfter(bytes.TrimSpace(r.Rows), []byte("\n"))
	base := filepath.Dir(r.Spec.Out)
	before, beforeTokens := 0.0, 0
	for _, n := range timedPrompts {
		var some [][]byte
		step := max(1, len(lines)/n)
		for i := 0; i < len(lines) && len(some) < n; i += step {
			some = append(some, lines[i])
		}
		of := r
		of.Rows = bytes.Join(some, nil)
		name := fmt.Sprintf("timed-%d", n)
		of.Spec.Out, of.Spec.Prompts.File = filepath.Join(base, name), filepath.Join(base, name+".jsonl")
		now, tokens, err := timed(cmd, of)
		if err != nil {
			return p, err
		}
		p = pace{each: now / float64(max(1, tokens)), tokens: tokens}
		more := now - before
		if beforeTokens > 0 && tokens > beforeTokens && more > 0 {
			p.each = more / float64(tokens-beforeTokens)
			p.fixed = max(0, now-p.each*float64(tokens))
		}
		if len(some) == len(lines) || now > 5*longEnough || beforeTokens > 0 && more > longEnough {
			break
		}
		before, beforeTokens = now, tokens
	}
	return p, nil
}

// of is how long runs with so many tokens of prompts take, in seconds.
func (p pace) of(runs, tokens int) float64 { return p.fixed*float64(runs) + p.each*float64(tokens) }

// timed runs a run, and gives the seconds that it took and the tokens of its prompts.
func timed(cmd *cobra.Command, r intent.Run) (seconds float64, tokens int, err error) {
	if err := r.Begin(disk.OS{}); err != nil {
		return 0, 0, err
	}
	s, err := capture.Open(cmd.Context(), r.Spec, around())
	if err != nil {
		return 0, 0, err
	}
	defer s.Close()
	result, err := s.Run(cmd.Context(), capture.RunOptions{Tool: tool()})
	if err != nil {
		return 0, 0, err
	}
	return result.Setup + result.Seconds, promptTokens(s), nil
}
