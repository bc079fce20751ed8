package main

import (
	"fmt"
	"io"
	"math"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

// printProbe prints what an evaluation of probes found: the verdict first, then the figures
// that led there.
func printProbe(w io.Writer, r *report.Report) error {
	if v := r.Verdict; v != nil {
		say(w, "verdict: %s\n", v.Word)
		if v.Text != "" {
			say(w, "%s\n", v.Text)
		}
		sayList(w, "because", v.Because)
		sayList(w, "what would change it", v.Change)
		say(w, "\n")
	}
	printProbeTask(w, r)
	for _, print := range []func(io.Writer, *report.Report) error{
		printProbeFigures, printProbeCurve, printProbeBaselines, printProbeLeftOut, printProbeControls, printProbeSelectivity, printProbeMatrix,
	} {
		if err := print(w, r); err != nil {
			return err
		}
	}
	if p := r.Probe; p != nil {
		say(w, "\nprobe: %s at %s, %s, %s", p.Name, p.Point, report.Rule(p.Tokens), p.How)
		if p.File != "" {
			say(w, ", in %s", p.File)
		}
		if p.Why != "" {
			say(w, "\nchosen by %s", p.Why)
		}
		say(w, "\n")
	}
	if len(r.Warnings) > 0 {
		say(w, "\n")
	}
	for _, warning := range r.Warnings {
		say(w, "warning: %s\n", warning)
	}
	return nil
}

func sayList(w io.Writer, head string, items []string) {
	if len(items) > 0 {
		say(w, "%s:\n", head)
	}
	for _, item := range items {
		say(w, "  - %s\n", item)
	}
}

// printProbeTask says what was told apart, in which rows.
func printProbeTask(w io.Writer, r *report.Report) {
	t := r.Task
	of := func(c report.Class) string {
		s := fmt.Sprintf("%s (%s, %s)", c.Name, plural.Count(c.Samples, "sample"), plural.Count(c.Groups, "group"))
		if c.Without > 0 {
			s += fmt.Sprintf(", %d left out without rows", c.Without)
		}
		return s
	}
	say(w, "%s against %s, by %s\n", of(t.Positive), of(t.Negative), t.Label)
	if len(t.Runs) > 0 {
		names := make([]string, len(t.Runs))
		for i, run := range t.Runs {
			names[i] = run.Name
		}
		say(w, "%s, %s\n", plural.List(names, 6), t.Model)
	}
	if t.Split != "" {
		say(w, "%s; groups by %s; seed %d\n", t.Split, t.Groups, t.Seed)
	}
	if t.Level > 0 {
		say(w, "[%v %% intervals over groups]\n", math.Round(1e4*t.Level)/100)
	}
}

// printProbeFigures prints the figures that are of the whole.
func printProbeFigures(w io.Writer, r *report.Report) error {
	var rows [][]string
	add := func(name string, i *metric.Interval, as func(float64) string, note string) {
		if i == nil {
			return
		}
		if note == "" {
			note = i.Note
		}
		rows = append(rows, []string{name, report.Interval(*i, as), fmt.Sprint(i.N), fmt.Sprint(i.Groups), note})
	}
	add("AUROC, held out", r.AUROC, report.Figure, "")
	if p := r.Permutation; p != nil {
		rows = append(rows, []string{"permutation p", report.PValue(p.P), "-", "-", fmt.Sprintf("%s of %s; their AUROC: median %s, 99 %% below %s", plural.Count(p.Draws, "draw"), p.Of, report.Figure(p.Median), report.Figure(p.Quantile))})
	}
	add("balanced accuracy", r.Balanced, report.Figure, "")
	if c := r.Calibration; c != nil {
		add("calibration error (ECE)", &c.ECE, report.Figure, fmt.Sprintf("by chance alone %s, p %s", report.Figure(c.Chance), report.PValue(c.P)))
		add("Brier score", &c.Brier, report.Figure, "")
	}
	if c := r.CodeLength; c != nil {
		note := fmt.Sprintf("%.1f bits instead of %.1f", c.Bits, c.Uniform)
		if c.Point != "" {
			note += ", at " + c.Point
		}
		rows = append(rows, []string{"compression of labels", fmt.Sprintf("%.2f", c.Compression), fmt.Sprint(c.N), "-", note})
	}
	return probeTable(w, []string{"figure", "value", "n", "groups", ""}, rows)
}

// probeTable prints a table after an empty line; nothing where it has no rows.
func probeTable(w io.Writer, header []string, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	for _, row := range rows {
		for i := range row {
			row[i] = shorten(row[i], 100)
		}
	}
	say(w, "\n")
	return printTable(w, header, rows)
}
