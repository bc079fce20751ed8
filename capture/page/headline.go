package page

import (
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

// headlineSection has the figures that are asked for first.
func headlineSection(r *report.Report) section {
	var tiles []tile
	add := func(name string, i metric.Interval, as func(float64) string, chance float64, notes ...string) {
		t := tile{Name: name, Value: report.None, Interval: report.Limits(i, as), Bar: bar(i, 0, 1, chance, "s0")}
		if finite(i.Value) {
			t.Value = as(i.Value)
		}
		for _, n := range append(notes, of(i), i.Note) {
			if n != "" {
				t.Notes = append(t.Notes, shown(n))
			}
		}
		tiles = append(tiles, t)
	}
	if r.AUROC != nil {
		add("AUROC, held out", *r.AUROC, report.Figure, 0.5)
	}
	if p := r.Permutation; p != nil {
		tiles = append(tiles, tile{Name: "Permutation p", Value: report.PValue(p.P), Notes: []string{
			plural.Count(p.Draws, "draw") + " of " + shown(p.Of), "AUROC of draws: median " + report.Figure(p.Median) + ", 99 % below " + report.Figure(p.Quantile),
		}})
	}
	if r.Balanced != nil {
		add("Balanced accuracy", *r.Balanced, report.Figure, 0.5)
	}
	for _, c := range r.Controls {
		if c.Recall != nil {
			add("Recall at "+report.Rate(c.Recall.Threshold.Alpha)+" false positives on "+shown(c.Name), c.Recall.Rate, report.Percent, nan,
				"with another control set of this size: "+report.Limits(c.Recall.Both, report.Percent))
			break
		}
	}
	if c := r.Calibration; c != nil {
		add("Calibration error (ECE)", c.ECE, report.Figure, nan, "by chance alone "+report.Figure(c.Chance)+", p "+report.PValue(c.P))
		add("Brier score", c.Brier, report.Figure, nan)
	}
	if c := r.CodeLength; c != nil {
		tiles = append(tiles, tile{Name: "Compression of labels", Value: report.Fixed(c.Compression, 2) + " ×", Notes: []string{
			report.Fixed(c.Bits, 1) + " bits instead of " + report.Fixed(c.Uniform, 1)}})
	}
	if len(tiles) == 0 {
		return section{}
	}
	return section{ID: "figures", Title: "Figures", Blocks: []block{{Tiles: tiles}}}
}
