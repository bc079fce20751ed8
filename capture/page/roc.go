package page

import (
	"fmt"
	"math"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
)

// rocSection has the curve twice: as usual, and with false positives on a logarithmic axis,
// where what matters at 1 % can be seen.
func rocSection(r *report.Report) section {
	if r.ROC == nil || len(r.ROC.Points) < 2 {
		return section{}
	}
	at := metric.Point{}
	if i := r.ROC.At; i >= 0 && i < len(r.ROC.Points) {
		at = r.ROC.Points[i]
	}
	note := "The marked point is the last with at most 1 % false positives: recall " + report.Percent(at.Recall) + " at " + report.Percent(at.FalsePositives) + "."
	if n := r.Task.Negative.Samples; n > 0 && n < 100 {
		note += fmt.Sprintf(" There are %d negative samples: a rate of 1 %% takes 100 to be seen.", n)
	}
	figures := []*figure{rocFigure(r.ROC, at, false), rocFigure(r.ROC, at, true)}
	figures[0].Table = rocTable(r.ROC)
	figures[1].Table = rocTable(r.ROC)
	return section{ID: "roc", Title: "ROC", Blocks: []block{{Text: note}, {Figures: figures}}}
}

// least is the false positive rate at which the logarithmic axis begins.
const least = 0.001

func rocFigure(roc *metric.Curve, at metric.Point, logarithmic bool) *figure {
	const left, top, size = 56.0, 14.0, 340.0
	c := &canvas{width: left + size + 24, height: top + size + 52}
	x, y := scale{0, 1, left, left + size}, scale{0, 1, top + size, top}
	place, id, name := x.at, "roc-linear", "ROC curve"
	ticks := []float64{0, 0.2, 0.4, 0.6, 0.8, 1}
	if logarithmic {
		x.low, x.high = math.Log10(least), 0
		place = func(rate float64) float64 { return x.at(math.Log10(max(rate, least))) }
		id, name, ticks = "roc-log", "ROC curve, false positives on a logarithmic axis", []float64{0.001, 0.01, 0.1, 1}
	}
	c.axes(x, y, "false positives", "recall", []float64{}, 1)
	for _, t := range ticks {
		c.line("axis", place(t), y.from, place(t), y.from+4)
		c.text("soft mid", place(t), y.from+20, rateTick(t, logarithmic))
	}
	var diagonal [][2]float64
	for i := range 61 {
		f := float64(i) / 60
		if logarithmic {
			f = math.Pow(10, x.low*(1-f))
		}
		diagonal = append(diagonal, [2]float64{place(f), y.at(f)})
	}
	c.path("chance", diagonal, false)
	if logarithmic {
		c.line("limit", place(0.01), y.from, place(0.01), y.to)
	}
	c.group("ser s0", "", func() { c.path("line", steps(roc.Points, place, y.at), false) })
	mx, my := place(at.FalsePositives), y.at(at.Recall)
	c.group("ser s0", fmt.Sprintf("recall %s at %s false positives", report.Percent(at.Recall), report.Percent(at.FalsePositives)), func() {
		c.circle("hit", mx, my, 12)
		c.circle("dot", mx, my, 4.5)
		c.circle("pick", mx, my, 7.5)
	})
	// The words stand where the curve is not: below the mark, or above where it is at the foot.
	dy := 22.0
	if my > y.from-40 {
		dy = -14
	}
	c.text("strong", mx+10, my+dy, report.Percent(at.Recall)+" at 1 %")
	f := &figure{ID: id, Title: name}
	f.SVG = c.svg(id, name, fmt.Sprintf("From (0, 0) to (1, 1) in %d points; recall %s where at most 1 %% of negative samples are false positives. The table has rates.", len(roc.Points), report.Percent(at.Recall)))
	return f
}

func rateTick(t float64, logarithmic bool) string {
	if !logarithmic {
		return report.Fixed(t, 1)
	}
	return report.Rate(t)
}

// steps gives the curve in pixels, without points that move it by less than a quarter.
func steps(points []metric.Point, x, y func(float64) float64) (out [][2]float64) {
	for i, p := range points {
		q := [2]float64{x(p.FalsePositives), y(p.Recall)}
		if n := len(out); n > 0 && i < len(points)-1 && math.Abs(q[0]-out[n-1][0])+math.Abs(q[1]-out[n-1][1]) < 0.25 {
			continue
		}
		out = append(out, q)
	}
	return out
}

func rocTable(roc *metric.Curve) *table {
	t := &table{Head: []column{text("false positives at most"), number("false positives"), number("recall")}}
	for _, limit := range []float64{0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5} {
		at := metric.Point{}
		for _, p := range roc.Points {
			if p.FalsePositives <= limit {
				at = p
			}
		}
		t.Rows = append(t.Rows, words(report.Rate(limit), report.Percent(at.FalsePositives), report.Percent(at.Recall)))
	}
	return t
}
