package page

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"

	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

// marks are the shapes by which series differ beside their colour.
const marks = 4

// mark draws the shape of a series.
func (c *canvas) mark(series int, x, y, r float64) {
	switch series % marks {
	case 0:
		c.circle("dot", x, y, r)
	case 1:
		c.rect("dot", x-r*0.9, y-r*0.9, r*1.8, r*1.8)
	case 2:
		c.path("dot", [][2]float64{{x, y - r*1.2}, {x + r*1.15, y + r*0.9}, {x - r*1.15, y + r*0.9}}, true)
	default:
		c.path("dot", [][2]float64{{x, y - r*1.3}, {x + r*1.3, y}, {x, y + r*1.3}, {x - r*1.3, y}}, true)
	}
}

// colours of series; from the ninth on they come again with a dashed line.
const colours = 8

func seriesClass(i int) string { return fmt.Sprintf("ser s%d", i%colours) }

func lineClass(i int) string {
	if i >= colours {
		return "line dash"
	}
	return "line"
}

func swatch(i int) template.HTML {
	c := &canvas{width: 26, height: 12}
	c.group(seriesClass(i), "", func() {
		c.path(lineClass(i), [][2]float64{{0, 6}, {26, 6}}, false)
		c.mark(i, 13, 6, 3.6)
	})
	return c.small("")
}

// curveFigure draws one panel: the first one wide, the others two in a row.
func curveFigure(r *report.Report, p *panel, id string, wide bool) *figure {
	const left, top, bottom = 52.0, 26.0, 46.0
	width, height, right := 470.0, 300.0, 20.0
	if wide {
		width, height, right = 980, 400, 190
	}
	c := &canvas{width: width, height: height}
	layers, low := max(1, r.Task.Layers), 0.4
	var every []report.Point
	for _, kind := range p.kinds {
		for _, q := range p.points[kind] {
			layers = max(layers, q.Layer+1)
			if finite(q.AUROC.Value) {
				low = min(low, q.AUROC.Low)
			}
			every = append(every, q)
		}
	}
	for _, b := range r.Baselines {
		if finite(b.AUROC.Value) {
			low = min(low, b.AUROC.Value)
		}
	}
	x := scale{-0.5, float64(layers) - 0.5, left, width - right}
	y := scale{max(0, math.Floor(low*10-1e-9)/10), 1, height - bottom, top}
	c.axes(x, y, "layer", "AUROC", wholeTicks(layers, wide), 1)
	c.line("chance", x.from, y.at(0.5), x.to, y.at(0.5))
	c.baselines(r, x, y, wide)
	step := (x.to - x.from) / float64(layers)
	dodge := min(5, step*0.7/float64(len(p.kinds)))
	place := func(series int, q report.Point) float64 {
		return x.at(float64(q.Layer)) + (float64(series)-float64(len(p.kinds)-1)/2)*dodge
	}
	for i, kind := range p.kinds {
		c.group(seriesClass(i), "", func() {
			c.series(p.points[kind], i, len(p.kinds), step, y, func(q report.Point) float64 { return place(i, q) })
		})
	}
	c.choices(p, place, y)
	f := &figure{ID: id, Title: p.name(), Table: pointTable(every)}
	if wide {
		f.Class = "wide"
	}
	for i, kind := range p.kinds {
		f.Legend = append(f.Legend, legend{swatch(i), shown(kind)})
	}
	f.SVG = c.svg(id, f.Title, p.desc(r))
	return f
}

// near is how many pixels apart layers have no room for bars and marks.
const near = 9.0

// series draws the points of one kind: with a band where it is the only one, or layers are too
// near for bars.
func (c *canvas) series(points []report.Point, i, kinds int, step float64, y scale, x func(report.Point) float64) {
	for _, run := range unbroken(points) {
		var line, upper, lower [][2]float64
		for _, q := range run {
			line = append(line, [2]float64{x(q), y.at(q.AUROC.Value)})
			upper, lower = append(upper, [2]float64{x(q), y.at(q.AUROC.High)}), append([][2]float64{{x(q), y.at(q.AUROC.Low)}}, lower...)
		}
		if kinds == 1 || step < near {
			c.path("band", append(upper, lower...), true)
		} else {
			for _, q := range run {
				c.line("bar", x(q), y.at(q.AUROC.Low), x(q), y.at(q.AUROC.High))
			}
		}
		c.path(lineClass(i), line, false)
	}
	size := min(4, max(1.8, step*0.28))
	for _, q := range points {
		if !finite(q.AUROC.Value) {
			continue
		}
		tip := fmt.Sprintf("%s\nAUROC %s, n %d", shown(q.Name), report.Interval(q.AUROC, report.Figure), q.AUROC.N)
		if finite(float64(q.P)) {
			tip += "\np, corrected for the search, " + report.PValue(float64(q.P))
		}
		class := ""
		if step < near {
			class = "near"
		}
		c.group(class, tip, func() {
			c.circle("hit", x(q), y.at(q.AUROC.Value), max(5, size))
			c.mark(i, x(q), y.at(q.AUROC.Value), size)
		})
	}
}

// unbroken cuts a curve where a point has no value.
func unbroken(points []report.Point) (out [][]report.Point) {
	var run []report.Point
	for _, q := range points {
		if finite(q.AUROC.Value) {
			run = append(run, q)
		} else if run != nil {
			out, run = append(out, run), nil
		}
	}
	if run != nil {
		out = append(out, run)
	}
	return out
}

// choices marks the points that folds chose, and that of the probe. Numbers that are near to
// each other stand at two heights.
func (c *canvas) choices(p *panel, place func(int, report.Point) float64, y scale) {
	type pick struct {
		report.Point
		x float64
	}
	var all []pick
	for i, kind := range p.kinds {
		for _, q := range p.points[kind] {
			if finite(q.AUROC.Value) && (p.picks[q.Name] > 0 || p.final == q.Name) {
				all = append(all, pick{q, place(i, q)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b pick) int { return cmp.Compare(a.x, b.x) })
	last, high := math.Inf(-1), false
	for _, q := range all {
		high = q.x-last < 26 && !high
		last = q.x
		up := 11.0
		if high {
			up = 24
		}
		c.choice(p, q.Point, q.x, y, up)
	}
}

// choice marks a point, with how many folds chose it so far above.
func (c *canvas) choice(p *panel, q report.Point, x float64, y scale, up float64) {
	n := p.picks[q.Name]
	tip, at := "", y.at(q.AUROC.Value)
	if n > 0 {
		tip = fmt.Sprintf("%s: chosen by %d of %s", shown(q.Name), n, plural.Count(p.folds, "fold"))
	}
	if p.final == q.Name {
		tip += "\n" + shown(q.Name) + ": chosen by all samples that train"
	}
	c.group("", tip, func() {
		if n > 0 {
			c.circle("pick", x, at, 7)
			c.text("mid tiny halo", x, at-up, fmt.Sprintf("%d/%d", n, p.folds))
		}
		if p.final == q.Name {
			c.path("mark", [][2]float64{{x - 5, y.from + 9}, {x + 5, y.from + 9}, {x, y.from + 1}}, true)
		}
	})
}

// baselines draws the AUROC of each as a line, with its name at the right where there is room.
func (c *canvas) baselines(r *report.Report, x, y scale, named bool) {
	at, names := []float64{y.at(0.5)}, []string{"chance 0.5"}
	tips := []string{""}
	for _, b := range r.Baselines {
		if finite(b.AUROC.Value) {
			at, names = append(at, y.at(b.AUROC.Value)), append(names, shown(b.Name)+" "+report.Figure(b.AUROC.Value))
			tips = append(tips, fmt.Sprintf("baseline %s (%s)\nAUROC %s", shown(b.Name), shown(b.Kind), report.Interval(b.AUROC, report.Figure)))
		}
	}
	labels := spread(at, 14, y.to+2, y.from-2)
	for i := range at {
		c.group("", tips[i], func() {
			if i > 0 {
				c.line("base", x.from, at[i], x.to, at[i])
			}
			if !named {
				return
			}
			c.line("lead", x.to, at[i], x.to+14, labels[i])
			c.text("soft", x.to+18, labels[i]+4, middle(names[i], 27))
		})
	}
}
