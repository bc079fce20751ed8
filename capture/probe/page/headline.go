package page

import (
	"fmt"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
)

// headlineSection has the figures that are asked for first.
func headlineSection(r *report.Report) section {
	var tiles []tile
	add := func(name string, i metric.Interval, as func(float64) string, chance float64, notes ...string) {
		t := tile{Name: name, Value: none, Interval: limits(i, as), Bar: bar(i, 0, 1, chance, "s0")}
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
		add("AUROC, held out", *r.AUROC, three, 0.5)
	}
	if p := r.Permutation; p != nil {
		tiles = append(tiles, tile{Name: "Permutation p", Value: probability(p.P), Notes: []string{
			fmt.Sprintf("%d draws of the whole procedure", p.Draws), "AUROC of draws: median " + three(p.Median) + ", 99 % below " + three(p.Quantile),
		}})
	}
	if r.Balanced != nil {
		add("Balanced accuracy", *r.Balanced, three, 0.5)
	}
	for _, c := range r.Controls {
		if c.Recall != nil {
			add("Recall at "+rate(c.Recall.Threshold.Alpha)+" false positives on "+shown(c.Name), c.Recall.Rate, percent, nan,
				"with another control set of this size: "+limits(c.Recall.Both, percent))
			break
		}
	}
	if c := r.Calibration; c != nil {
		add("Calibration error (ECE)", c.ECE, three, nan, "by chance alone "+three(c.Chance)+", p "+probability(c.P))
		add("Brier score", c.Brier, three, nan)
	}
	if c := r.CodeLength; c != nil {
		tiles = append(tiles, tile{Name: "Compression of labels", Value: fixed(c.Compression, 2) + " ×", Notes: []string{
			fixed(c.Bits, 1) + " bits instead of " + fixed(c.Uniform, 1)}})
	}
	if len(tiles) == 0 {
		return section{}
	}
	return section{ID: "figures", Title: "Figures", Blocks: []block{{Tiles: tiles}}}
}

// rate writes a rate such as 1 %.
func rate(alpha float64) string {
	if !finite(100 * alpha) {
		return none
	}
	return fmt.Sprintf("%.4g %%", 100*alpha)
}
