package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/dataset"
	"intentprobe/storage/plural"
)

// printPlan prints what a run would do.
func printPlan(cmd *cobra.Command, s *capture.Session, asJSON bool) error {
	p, out := s.Prepared, cmd.OutOrStdout()
	if asJSON {
		for i := range p.Jobs {
			if err := printJSONLine(out, p.Planned(i)); err != nil {
				return err
			}
		}
		return nil
	}
	var rows [][]string
	promptTokens, followups := 0, 0
	for i := range p.Jobs {
		job := &p.Jobs[i]
		promptTokens += len(job.Tokens())
		if job.Followup != nil {
			followups++
		}
		if i < 20 {
			rows = append(rows, []string{fmt.Sprint(i), shorten(job.ID(), 24), fmt.Sprint(len(job.Tokens())), fmt.Sprint(len(job.ResponseTokens)), shorten(job.Text(), 80)})
		}
	}
	if err := printTable(out, []string{"sample", "prompt id", "tokens", "given", "prompt"}, rows); err != nil {
		return err
	}
	if n := len(p.Jobs) - len(rows); n > 0 {
		say(out, "... and %d more\n", n)
	}
	count := plural.Count[int]
	first, last := p.Points[0], p.Points[len(p.Points)-1]
	say(out, "\nmodel        %s (%s, %s)\n", p.Facts.Path, p.Facts.Architecture, p.Facts.FileType)
	for _, a := range p.Facts.Adapters {
		say(out, "adapter      %s, scale %v\n", a.Path, a.Scale)
	}
	asked := ""
	if followups > 0 {
		asked = fmt.Sprintf(" (%d follow-ups)", followups)
	}
	say(out, "samples      %d%s from %s, %s\n", len(p.Jobs), asked, count(len(p.Dataset.Rows), "prompt"), count(promptTokens, "prompt token"))
	printPairs(out, p.Dataset.Pairs(&p.Spec))
	say(out, "hook points  %d: %s to %s, %s a token\n", len(p.Points), first.Point, last.Point, count(p.RowBytes(), "byte"))
	say(out, "context      %s a sample, %d at once, %s\n", count(p.Context, "token"), int(p.Spec.Engine.Batch), count(s.Threads, "thread"))
	say(out, "files        at most %s", bytesText(p.MaxBytes()))
	if s.Spec.Out != "" {
		say(out, " in %s", s.Spec.Out)
	}
	say(out, "\n")
	return nil
}

// printPairs says what the pairs of a run differ in, declared or not.
func printPairs(out io.Writer, pairs dataset.PairSummary) {
	if pairs.Pairs == 0 {
		return
	}
	say(out, "pairs        %d, of which %d differ in nothing\n", pairs.Pairs, pairs.Same)
	for _, d := range pairs.Differ {
		say(out, "             %d differ in %s, in %s; %s\n", d.Pairs, d.What, plural.Count(d.Words, "word"), shorten(d.Example, 160))
	}
}
