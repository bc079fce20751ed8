package main

import (
	"fmt"
	"io"
	"math"
	"slices"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

// mostPoints is how many points of a curve are printed one by one.
const mostPoints = 40

// printProbeCurve prints each point fitted by itself; of many points the best of each layer.
func printProbeCurve(w io.Writer, r *report.Report) error {
	points, name := r.Curve, "point"
	if len(points) > mostPoints && r.Kind != report.Erase { // of an eraser each point has two lines
		points, name = bestOfLayers(points), "best of each layer"
	}
	picks := map[[3]string]int{}
	for _, c := range r.Choices {
		picks[[3]string{c.Point, c.Tokens, c.How}]++
	}
	var rows [][]string
	for _, p := range points {
		layer, chosen := "-", ""
		if p.Layer >= 0 {
			layer = fmt.Sprint(p.Layer)
		}
		if n := picks[[3]string{p.Name, p.Tokens, p.How}]; n > 0 {
			chosen = fmt.Sprintf("by %d of %s", n, plural.Count(len(r.Choices), "fold"))
		}
		switch {
		case p.Note != "":
			chosen = p.Note
		case p.Kept && chosen != "":
			chosen = "kept; " + chosen
		case p.Kept:
			chosen = "kept"
		}
		rows = append(rows, []string{layer, shorten(p.Name, 40), shorten(report.Rule(p.Tokens), 30), shorten(p.How, 40), report.Interval(p.AUROC, report.Figure), report.PValue(float64(p.P)), chosen})
	}
	if err := probeTable(w, []string{"layer", name, "tokens", "method", "AUROC", "p (corrected)", "chosen"}, rows); err != nil {
		return err
	}
	if slices.ContainsFunc(r.Curve, func(p report.Point) bool { return p.Kept }) && len(r.Curve) > 1 {
		say(w, "kept: what all samples that train choose, by the mean AUROC over what the folds held out\n")
	}
	if n := len(r.Curve) - len(points); n > 0 {
		say(w, "%d more points are in the page and the JSON\n", n)
	}
	return nil
}

// bestOfLayers keeps the point with the largest AUROC of each layer; points of no layer stay.
func bestOfLayers(points []report.Point) (out []report.Point) {
	at := map[int]int{}
	for _, p := range points {
		i, seen := at[p.Layer]
		switch {
		case p.Layer < 0 || !seen:
			at[p.Layer] = len(out)
			out = append(out, p)
		case p.AUROC.Value > out[i].AUROC.Value || math.IsNaN(out[i].AUROC.Value):
			out[i] = p
		}
	}
	return out
}

// printProbeBaselines prints what is read without the probe, against it.
func printProbeBaselines(w io.Writer, r *report.Report) error {
	var rows [][]string
	for _, b := range r.Baselines {
		note := b.Note
		if note == "" {
			note = b.AUROC.Note
		}
		rows = append(rows, []string{shorten(b.Name, 40), b.Kind, report.Interval(b.AUROC, report.Figure), report.Interval(b.Difference, report.Signed), note})
	}
	return probeTable(w, []string{"baseline", "kind", "AUROC", "probe less this", ""}, rows)
}

// printProbeLeftOut prints styles, topics and templates that no training sample had.
func printProbeLeftOut(w io.Writer, r *report.Report) error {
	var rows [][]string
	for _, l := range r.LeftOut {
		rows = append(rows, []string{l.By + " " + shorten(l.Which(), 40), report.Interval(l.AUROC, report.Figure), fmt.Sprint(l.AUROC.N), fmt.Sprint(l.AUROC.Groups), l.AUROC.Note})
	}
	return probeTable(w, []string{"left out of training", "AUROC", "n", "groups", ""}, rows)
}

// printProbeControls prints how often the probe fires where nothing is positive.
func printProbeControls(w io.Writer, r *report.Report) error {
	var rows [][]string
	alpha := ""
	if n := r.Negatives; n != nil {
		rows = append(rows, []string{"own " + shorten(n.Name, 36), fmt.Sprint(n.Samples), fmt.Sprint(n.Groups), report.Interval(n.FalsePositives, report.Percent), "-", "-", ""})
	}
	for _, c := range r.Controls {
		row := []string{shorten(c.Name, 40), fmt.Sprint(c.Samples), fmt.Sprint(c.Groups), report.Interval(c.FalsePositives, report.Percent), "-", "-", c.Note}
		if c.Recall != nil {
			alpha = " at " + report.Rate(c.Recall.Threshold.Alpha)
			row[4], row[5] = recallText(c.Recall), report.Raw(float64(c.Threshold))
			if short := report.TooFew(c.Recall.Threshold); short != "" {
				row[6] = short
			}
		}
		rows = append(rows, row)
	}
	return probeTable(w, []string{"control set", "n", "groups", "false positives", "recall" + alpha, "threshold of x·v + bias", ""}, rows)
}

// recallText is the recall at a threshold, none where the set gave no threshold.
func recallText(r *metric.Recall) string {
	if math.IsInf(r.Threshold.Value, 0) || math.IsNaN(r.Threshold.Value) {
		return report.None
	}
	return report.Interval(r.Rate, report.Percent)
}

// printProbeSelectivity prints accuracy against that on random labels.
func printProbeSelectivity(w io.Writer, r *report.Report) error {
	var rows [][]string
	for _, s := range r.Selectivity {
		rows = append(rows, []string{"by " + s.Task, report.Interval(s.Accuracy, report.Figure), report.Interval(s.Control, report.Figure), report.Interval(s.Difference, report.Signed)})
	}
	return probeTable(w, []string{"random labels", "accuracy", "on random labels", "selectivity"}, rows)
}

// printProbeMatrix prints AUROC of probes of each set on every other.
func printProbeMatrix(w io.Writer, r *report.Report) error {
	m := r.Matrix
	if m == nil {
		return nil
	}
	header := []string{"trained on \\ tested on"}
	for j, name := range m.Test {
		name = shorten(name, 20)
		if n := testedOn(m, j); n > 0 {
			name += fmt.Sprintf(" (n %d)", n)
		}
		header = append(header, name)
	}
	var rows [][]string
	for i, name := range m.Train {
		row := []string{shorten(name, 30)}
		for j := range m.Test {
			cell := report.None
			if i < len(m.AUROC) && j < len(m.AUROC[i]) {
				cell = report.Interval(m.AUROC[i][j], report.Figure)
			}
			if i < len(m.Within) && j < len(m.Within[i]) && m.Within[i][j] {
				cell += "*"
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	if err := probeTable(w, header, rows); err != nil {
		return err
	}
	say(w, "transfer by %s; *: held-out folds of the same set; n: samples of a set\n", m.By)
	return nil
}

// testedOn is the largest number of samples of a set that any probe scored.
func testedOn(m *report.Matrix, j int) (n int) {
	for _, row := range m.AUROC {
		if j < len(row) {
			n = max(n, row[j].N)
		}
	}
	return n
}
