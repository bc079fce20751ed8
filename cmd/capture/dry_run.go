package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/arm"
	"intentprobe/capture/dataset"
	"intentprobe/capture/plan"
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
		if i < 20 && p.Arms != nil {
			rows = append(rows, armRow(p, i))
		} else if i < 20 {
			rows = append(rows, []string{fmt.Sprint(i), shorten(job.ID(), 24), fmt.Sprint(len(job.Tokens())), fmt.Sprint(len(job.ResponseTokens)), shorten(job.Text(), 80)})
		}
	}
	titles := []string{"sample", "prompt id", "tokens", "given", "prompt"}
	if p.Arms != nil {
		titles = []string{"sample", "prompt id", "arm", "tokens", "given", "first edited", "first affected", "prompt"}
	}
	if err := printTable(out, titles, rows); err != nil {
		return err
	}
	if n := len(p.Jobs) - len(rows); n > 0 {
		say(out, "... and %d more\n", n)
	}
	count := plural.Count[int]
	say(out, "\nmodel        %s (%s, %s)\n", p.Facts.Path, p.Facts.Architecture, p.Facts.FileType)
	for _, a := range p.Facts.Adapters {
		say(out, "adapter      %s, scale %v\n", a.Path, a.Scale)
	}
	asked := ""
	if followups > 0 {
		asked = fmt.Sprintf(" (%d follow-ups)", followups)
	}
	say(out, "samples      %d%s from %s, %s\n", len(p.Jobs), asked, count(len(p.Dataset.Rows), "prompt"), count(promptTokens, "prompt token"))
	printPlannedArms(out, p.Arms)
	printPairs(out, p.Dataset.Pairs(&p.Spec))
	if n := len(p.Points); n > 0 {
		say(out, "hook points  %d: %s to %s, %s a token\n", n, p.Points[0].Point, p.Points[n-1].Point, count(p.RowBytes(), "byte"))
	} else {
		say(out, "hook points  none: rows have no activations, %s a token\n", count(p.RowBytes(), "byte"))
	}
	for _, probe := range s.Probes() {
		say(out, "probe        %s at %s, from %s\n", probe.Name, probe.Point, probe.Direction)
	}
	say(out, "context      %s a sample, %d at once, %s\n", count(p.Context, "token"), int(p.Spec.Engine.Batch), count(s.Threads, "thread"))
	say(out, "files        at most %s", bytesText(p.MaxBytes()))
	if s.Spec.Out != "" {
		say(out, " in %s", s.Spec.Out)
	}
	say(out, "\n")
	return nil
}

// armRow says of a planned sample in which arm it is, which token's row is changed first,
// and which token is the first whose distribution may change by that.
func armRow(p *plan.Prepared, i int) []string {
	s := p.Planned(i)
	at := func(token *int) string {
		switch known := slices.Concat(s.Texts, s.Answer); {
		case token == nil:
			return "-"
		case *token < len(known):
			return fmt.Sprintf("%d %q", *token, known[*token])
		case len(s.Answer) > 0 || p.Jobs[i].TokensKnown():
			return fmt.Sprintf("%d (none)", *token)
		default:
			return fmt.Sprintf("%d (response)", *token)
		}
	}
	return []string{fmt.Sprint(i), shorten(s.PromptID, 24), s.Arm, fmt.Sprint(len(s.Tokens)), fmt.Sprint(len(s.Response)), at(s.FirstEdited), at(s.FirstAffected), shorten(s.Prompt, 60)}
}

// printPlannedArms counts the arms by their kinds, and says which arms the controls are of.
func printPlannedArms(out io.Writer, set *arm.Set) {
	if set == nil {
		return
	}
	var kinds, names []string
	count, of := map[string]int{}, map[string][]string{}
	for i := range set.Arms {
		a := &set.Arms[i]
		if a.Kind == arm.None || a.Kind == arm.Edit {
			names = append(names, a.Name)
			continue
		}
		if count[a.Kind]++; count[a.Kind] == 1 {
			kinds = append(kinds, a.Kind)
		}
		if a.Of != "" && !slices.Contains(of[a.Kind], a.Of) {
			of[a.Kind] = append(of[a.Kind], a.Of)
		}
	}
	say(out, "arms         %d: %s\n", len(set.Arms), plural.List(names, 12))
	for _, kind := range kinds {
		whose := ""
		if arms := of[kind]; len(arms) > 0 {
			whose = " of " + plural.List(arms, 6)
		}
		say(out, "             and %s%s: %s\n", plural.Count(count[kind], "control"), whose, kind)
	}
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
