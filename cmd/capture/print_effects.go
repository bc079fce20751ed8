package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"intentprobe/capture/effect"
	"intentprobe/storage/plural"
)

// printEffects prints what the arms of a run changed: arms, controls, doses, words.
func printEffects(w io.Writer, r *effect.Report) error {
	say(w, "%s against none: %s of %s\n", r.Run, plural.Count(r.Samples, "sample"), plural.Count(r.Questions, "question"))
	if r.Alternatives != "" {
		first, others := r.Options[0], strings.Join(r.Options[1:], " or ")
		if r.Differ {
			say(w, "D: log p(first option) - log p(others), nats, of %s; options differ between samples, the first has %q against %q\n", r.Alternatives, first, others)
		} else {
			say(w, "D: log p(%s) - log p(%s), nats, of %s\n", first, others, r.Alternatives)
		}
	}
	say(w, "[%v %% intervals over questions]\n\n", math.Round(1e4*r.Level)/100)
	var single, controls []*effect.Arm
	for _, a := range r.Arms {
		if a.Of == "" {
			single = append(single, a)
		} else {
			controls = append(controls, a)
		}
	}
	for _, print := range []func() error{
		func() error { return printChanges(w, r, single) },
		func() error { return printAgainst(w, r) },
		func() error { return printCurves(w, r.Curves) },
		func() error { return printVerdicts(w, r) },
	} {
		if err := print(); err != nil {
			return err
		}
	}
	if len(controls) > 0 {
		say(w, "\n%s not shown one by one; --json and --out have them\n", plural.Count(len(controls), "control"))
	}
	for _, note := range append(nieNotes(single), r.Notes...) {
		say(w, "note: %s\n", note)
	}
	return nil
}

// nieNotes says why arms have no NIE and what to know of those that have one, the same
// sentence once.
func nieNotes(arms []*effect.Arm) (out []string) {
	var sentences []string
	of := map[string][]string{}
	note := func(arm, format, why string) {
		sentence := fmt.Sprintf(format, why)
		if of[sentence] == nil {
			sentences = append(sentences, sentence)
		}
		of[sentence] = append(of[sentence], arm)
	}
	for _, a := range arms {
		if a.NIE == nil {
			continue
		}
		if a.NIE.Absent != "" {
			note(a.Name, "there is none: %s", a.NIE.Absent)
		}
		for _, more := range a.NIE.Notes {
			note(a.Name, "%s", more)
		}
	}
	for _, sentence := range sentences {
		out = append(out, fmt.Sprintf("NIE of %s: %s", plural.List(of[sentence], 6), sentence))
	}
	return out
}

// printChanges prints the arms that are no controls of others. Columns that no arm has are
// left out.
func printChanges(w io.Writer, r *effect.Report, arms []*effect.Arm) error {
	header := []string{"arm", "pairs", "questions", "change of D", "p (Holm)", "mass", "flips", "net", "backwards", "KL"}
	if r.Text != "" {
		header = append(header, "perplexity")
	}
	if r.Label != "" {
		header = append(header, "NIE")
	}
	var rows [][]string
	for _, a := range arms {
		row := []string{a.Name, fmt.Sprint(a.Pairs), "-", estimateText(a.Change), "-", "-", "-", "-", "-", estimateText(a.KL)}
		if a.Change != nil {
			row[2] = fmt.Sprint(a.Change.Questions)
		}
		if a.Corrected != nil {
			row[4] = fmt.Sprintf("%.2g", *a.Corrected)
		}
		if a.Mass != nil {
			row[5] = fmt.Sprintf("%.3g -> %.3g", *a.MassNone, *a.Mass)
		}
		if a.Flips != nil {
			row[6], row[7] = fmt.Sprintf("+%d -%d", a.Flips.Towards, a.Flips.Away), fmt.Sprintf("%+.1f %%", 100*a.Flips.Net.Mean)
		}
		if a.Backwards != nil {
			row[8] = fmt.Sprintf("%.1f %%", 100*a.Backwards.Mean)
		}
		if r.Text != "" {
			row = append(row, textOf(a.Text))
		}
		if r.Label != "" {
			row = append(row, nieText(a.NIE))
		}
		rows = append(rows, row)
	}
	return printTable(w, header, rows)
}

func textOf(t *effect.Text) string {
	if t == nil {
		return "-"
	}
	return fmt.Sprintf("%.4g (x %.3g)", t.Perplexity, t.Ratio)
}

func nieText(n *effect.NIE) string {
	if n == nil || n.Value == nil {
		return "-"
	}
	return estimateText(n.Value)
}

// printAgainst prints arms against their controls, a kind a line.
func printAgainst(w io.Writer, r *effect.Report) error {
	var rows [][]string
	for _, a := range r.Arms {
		for _, c := range a.Controls {
			row := []string{a.Name, fmt.Sprintf("%d %s", len(c.Arms), c.Kind), meanAndLargest(c.Effects), estimateText(c.Difference), "-", "no"}
			if c.Rank != nil {
				row[4] = fmt.Sprintf("%.3g", *c.Rank)
			}
			if c.Beyond {
				row[5] = "yes"
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	say(w, "\n")
	return printTable(w, []string{"arm", "controls", "their change (mean, largest)", "arm less their mean", "rank p", "beyond"}, rows)
}

func meanAndLargest(effects []float64) string {
	sum, largest := 0.0, 0.0
	for _, x := range effects {
		sum += x
		if math.Abs(x) > math.Abs(largest) {
			largest = x
		}
	}
	if len(effects) == 1 {
		return fmt.Sprintf("%.3g", sum)
	}
	return fmt.Sprintf("%.3g, %.3g", sum/float64(len(effects)), largest)
}

// printCurves prints dose curves.
func printCurves(w io.Writer, curves []*effect.Curve) error {
	if len(curves) == 0 {
		return nil
	}
	var rows [][]string
	for _, c := range curves {
		var points []string
		for i, dose := range c.Doses {
			points = append(points, fmt.Sprintf("%g: %.3g", dose, c.Changes[i]))
		}
		page := "-"
		if c.Page != nil {
			page = fmt.Sprintf("z %.3g, p %.2g", c.Page.Z, c.Page.P)
		}
		rows = append(rows, []string{c.Name, strings.Join(points, ", "), estimateText(c.Slope), estimateText(c.Tau), fmt.Sprintf("%.0f %%", 100**c.Monotone), page})
	}
	say(w, "\n")
	return printTable(w, []string{"doses of", "change at each", "slope", "Kendall's tau", "monotone questions", "Page"}, rows)
}

// printVerdicts prints the word for each arm, and why.
func printVerdicts(w io.Writer, r *effect.Report) error {
	var rows [][]string
	for _, a := range r.Arms {
		if v := a.Verdict; v != nil {
			word := v.Word
			switch {
			case v.NeedControls > 0:
				word += fmt.Sprintf(" (%d random controls would do)", v.NeedControls)
			case v.NeedQuestions > r.Limits.MinQuestions:
				word += fmt.Sprintf(" (about %s would do)", plural.Count(v.NeedQuestions, "question"))
			case v.NeedQuestions > 0:
				word += fmt.Sprintf(" (at least %s)", plural.Count(v.NeedQuestions, "question"))
			}
			rows = append(rows, []string{a.Name, word, v.Why})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	say(w, "\n")
	return printTable(w, []string{"arm", "verdict", "why"}, rows)
}
