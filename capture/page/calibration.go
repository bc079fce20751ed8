package page

import (
	"fmt"
	"math"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
)

// calibrationSection has the reliability diagram.
func calibrationSection(r *report.Report) section {
	c := r.Calibration
	if c == nil || len(c.Bins) == 0 {
		return section{}
	}
	return section{ID: "calibration", Title: "Calibration", Blocks: []block{
		{Text: "ECE " + report.Interval(c.ECE, report.Figure) + " (by chance alone " + report.Figure(c.Chance) + ", p " + report.PValue(c.P) + "), Brier score " + report.Interval(c.Brier, report.Figure) + "."},
		{Figures: []*figure{reliability(c)}},
	}}
}

// reliability draws the share of positive samples against the mean probability of each bin;
// the area of a mark goes with its samples. Counts stand beneath.
func reliability(cal *metric.Calibration) *figure {
	const left, top, wide, tall, strip = 56.0, 14.0, 420.0, 260.0, 52.0
	c := &canvas{width: left + wide + 380, height: top + tall + 20 + strip + 48}
	x, y := scale{0, 1, left, left + wide}, scale{0, 1, top + tall, top}
	c.axes(x, y, "", "share of positive samples", []float64{}, 1)
	c.line("chance", x.from, y.from, x.to, y.to)
	most := 1
	for _, b := range cal.Bins {
		most = max(most, b.N)
	}
	base := top + tall + 20 + strip
	table := &table{Head: []column{text("probability above"), number("to"), number("n"), number("mean probability"), number("share positive")}}
	var line [][2]float64
	for _, b := range cal.Bins {
		if b.N > 0 {
			line = append(line, [2]float64{x.at(b.Probability), y.at(b.Positive)})
		}
	}
	c.group("ser s0", "", func() {
		c.path("line", line, false)
		for _, b := range cal.Bins {
			row := words(report.Fixed(b.Low, 2), report.Fixed(b.High, 2), fmt.Sprint(b.N), report.None, report.None)
			if b.N > 0 {
				row[3].Text, row[4].Text = report.Figure(b.Probability), report.Figure(b.Positive)
				size := max(2.5, 9*math.Sqrt(float64(b.N)/float64(most)))
				c.group("", fmt.Sprintf("probability %s to %s, n %d\nmean %s, positive %s", report.Fixed(b.Low, 2), report.Fixed(b.High, 2), b.N, report.Figure(b.Probability), report.Figure(b.Positive)), func() {
					c.circle("fill", x.at(b.Probability), y.at(b.Positive), size)
					h := max(1, strip*float64(b.N)/float64(most))
					c.rect("fill", x.at(b.Low)+1, base-h, x.at(b.High)-x.at(b.Low)-2, h)
				})
			}
			table.Rows = append(table.Rows, row)
		}
	})
	c.line("axis", x.from, base, x.to, base)
	c.text("soft end", x.from-7, base-strip+8, fmt.Sprint(most))
	c.text("soft end", x.from-7, base, "0")
	for _, v := range []float64{0, 0.2, 0.4, 0.6, 0.8, 1} {
		c.text("soft mid", x.at(v), base+18, report.Fixed(v, 1))
	}
	c.text("soft mid", (x.from+x.to)/2, base+38, "probability of the positive class")
	for i, words := range []string{"On the diagonal, probabilities are", "what they say. Above it the probe says", "too little, below it too much.", "", "Marks grow with their samples;", "the bars beneath count them."} {
		c.text("soft", x.to+34, top+20+18*float64(i), words)
	}
	f := &figure{ID: "reliability", Title: "Reliability diagram", Table: table}
	f.SVG = c.svg(f.ID, f.Title, fmt.Sprintf("Share of positive samples against mean probability in %d bins. ECE %s. The table has every bin.", len(cal.Bins), report.Figure(cal.ECE.Value)))
	return f
}
