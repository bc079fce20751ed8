package page

import (
	"fmt"

	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

// scoresSection has the distributions of scores, a row a set, on one axis.
func scoresSection(r *report.Report) section {
	if len(r.Scores) == 0 {
		return section{}
	}
	sets, low, high := histograms(r.Scores)
	if low == high {
		return section{ID: "scores", Title: "Scores", Blocks: []block{{Text: "No sample has a score."}}}
	}
	return section{ID: "scores", Title: "Scores", Blocks: []block{
		{Text: "Scores of samples, all rows with the same bins and the same axes: a bar is a share of its own row. Dashed lines are the thresholds that control sets gave." + scaleText(r)},
		{Figures: []*figure{scoresFigure(r, sets, low, high)}},
	}}
}

// scaleText says what the scores are of.
func scaleText(r *report.Report) string {
	if r.Scale == nil {
		return ""
	}
	return fmt.Sprintf(" They are standardised: of the probe's file x·v + bias = %s + %s · score.", report.Raw(r.Scale.Mean), report.Raw(r.Scale.SD))
}

// threshold is where a control set put it.
type threshold struct {
	name  string
	value float64
}

func thresholds(r *report.Report) (out []threshold) {
	for _, c := range r.Controls {
		if c.Recall != nil && finite(c.Recall.Threshold.Value) {
			out = append(out, threshold{report.Rate(c.Recall.Threshold.Alpha) + " of " + shown(c.Name), c.Recall.Threshold.Value})
		}
	}
	return out
}

func scoresFigure(r *report.Report, sets []*histogram, low, high float64) *figure {
	const width, left, right, each, gap = 980.0, 190.0, 24.0, 62.0, 14.0
	limits := thresholds(r)
	top := 10 + 15*float64(len(limits))
	height := top + float64(len(sets))*(each+gap) + 46
	c := &canvas{width: width, height: height}
	x := scale{low, high, left, width - right}
	foot := height - 46
	at, decimals := x.ticks(9)
	for _, v := range at {
		c.line("grid", x.at(v), top, x.at(v), foot)
		c.text("soft mid", x.at(v), foot+18, report.Fixed(v, decimals))
	}
	c.text("soft mid", (x.from+x.to)/2, foot+38, "score")
	most := 0.0
	for _, h := range sets {
		for _, n := range h.counts {
			most = max(most, float64(n)/float64(max(1, h.n)))
		}
	}
	for i, h := range sets {
		base := top + float64(i)*(each+gap) + each
		c.text("strong", 10, base-24, middle(shown(h.name), 26))
		c.text("soft", 10, base-8, fmt.Sprintf("n %d, median %s", h.n, report.Figure(median(h.values))))
		c.group(setClass(r, h.name), "", func() { c.histogram(h, x, base, each/most) })
		c.line("axis", x.from, base, x.to, base)
	}
	for i, t := range limits {
		y := 14 + 15*float64(i)
		c.group("", fmt.Sprintf("threshold of %s: %s", t.name, report.Figure(t.value)), func() {
			c.line("limit", x.at(t.value), y+3, x.at(t.value), foot)
			side, dx := "soft", 5.0
			if x.at(t.value) > (x.from+x.to)/2 {
				side, dx = "soft end", -5
			}
			name := t.name
			switch {
			case t.value > high:
				name += " (beyond the axis)"
			case t.value < low:
				name += " (before the axis)"
			}
			c.text(side, x.at(t.value)+dx, y+2, middle(name, 60))
		})
	}
	f := &figure{ID: "scores-figure", Title: "Scores by class and control set", Table: scoresTable(sets, low, high), Note: outside(sets)}
	f.SVG = c.svg(f.ID, f.Title, scoresDesc(sets))
	return f
}

// histogram draws bars; scores of a small set are drawn as ticks beneath too.
func (c *canvas) histogram(h *histogram, x scale, base, unit float64) {
	w := (x.to - x.from) / bins
	step := (x.high/bins - x.low/bins)
	for b, n := range h.counts {
		if n == 0 {
			continue
		}
		tall := max(1, float64(n)/float64(h.n)*unit)
		from := x.low + float64(b)*step
		c.group("", fmt.Sprintf("%s\nscores %s to %s: %d of %d, %s", shown(h.name), report.Figure(from), report.Figure(from+step), n, h.n, report.Percent(float64(n)/float64(h.n))), func() {
			c.rect("fill", x.from+float64(b)*w+0.5, base-tall, w-1, tall)
		})
	}
	if h.n <= 200 {
		for _, v := range h.values {
			c.line("bar", x.at(v), base+2, x.at(v), base+6)
		}
	}
}

// setClass is the colour of a set: one of the classes, or a control set.
func setClass(r *report.Report, name string) string {
	switch name {
	case r.Task.Positive.Name:
		return "ser spos"
	case r.Task.Negative.Name:
		return "ser sneg"
	}
	return "ser sctl"
}

func scoresDesc(sets []*histogram) (s string) {
	for _, h := range sets {
		s += fmt.Sprintf("%s: %s, median %s. ", shown(h.name), plural.Count(h.n, "score"), report.Figure(median(h.values)))
	}
	return s + "The table has the counts of the bins."
}

// outside says what the axis leaves out.
func outside(sets []*histogram) string {
	missing, far := 0, 0
	for _, h := range sets {
		missing, far = missing+h.missing, far+h.below+h.above
	}
	s := ""
	if far > 0 {
		s = plural.Count(far, "score") + " beyond the axis counted in its end bins. "
	}
	if missing > 0 {
		s += plural.Count(missing, "sample") + " without a score."
	}
	return s
}

func scoresTable(sets []*histogram, low, high float64) *table {
	t := &table{Head: []column{text("scores from"), number("to")}}
	for _, h := range sets {
		t.Head = append(t.Head, number(middle(shown(h.name), 40)))
	}
	step := high/bins - low/bins
	for b := range bins {
		from := low + float64(b)*step
		row := words(report.Figure(from), report.Figure(from+step))
		for _, h := range sets {
			row = append(row, cell{Text: fmt.Sprint(h.counts[b])})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
