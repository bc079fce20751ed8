package page

import (
	"fmt"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
)

// matrixSection has the AUROC of probes of each set on every other.
func matrixSection(r *report.Report) section {
	m := r.Matrix
	if m == nil || len(m.Train) == 0 || len(m.Test) == 0 {
		return section{}
	}
	return section{ID: "transfer", Title: "Transfer", Blocks: []block{
		{Text: "AUROC of a probe trained on the set of a row, on the samples of a column. Below 0.5, in the other colour, a probe points the wrong way there. " +
			"Framed: held-out folds of the same set. Grey: the interval holds 0.5."},
		{Figures: []*figure{matrixFigure(m)}},
	}}
}

// at is a cell of the matrix; false where it was not measured.
func at(m *report.Matrix, row, col int) (metric.Interval, bool) {
	if row >= len(m.AUROC) || col >= len(m.AUROC[row]) || !finite(m.AUROC[row][col].Value) {
		return metric.Interval{Value: nan}, false
	}
	return m.AUROC[row][col], true
}

func within(m *report.Matrix, row, col int) bool {
	return row < len(m.Within) && col < len(m.Within[row]) && m.Within[row][col]
}

func matrixFigure(m *report.Matrix) *figure {
	const right = 20.0
	left, foot := 40+textWidth(m.Train, 28), 36+0.65*textWidth(m.Test, 24) // names of columns are turned by 40 degrees
	cols, rows := float64(len(m.Test)), float64(len(m.Train))
	w := min(96, max(7, 660/cols))
	h := min(52, max(7, min(w, 660/rows)))
	top := 40.0
	c := &canvas{width: left + cols*w + right, height: top + rows*h + foot}
	c.text("soft mid", left+cols*w/2, 18, "tested on")
	c.turned("soft", 14, top+rows*h/2, "trained on")
	lines := &table{Head: []column{text("trained on"), text("tested on"), number("AUROC"), number("n"), number("groups"), text("")}}
	for i, name := range m.Train {
		y := top + float64(i)*h
		if h >= 10 || i%2 == 0 {
			c.group("", shown(name), func() { c.text("end", left-8, y+h/2+4, middle(shown(name), 28)) })
		}
		for j, other := range m.Test {
			x := left + float64(j)*w
			one, ok := at(m, i, j)
			c.group("", fmt.Sprintf("trained on %s, tested on %s\nAUROC %s, %s", shown(name), shown(other), report.Interval(one, report.Figure), of(one)), func() { c.heat(one, ok, within(m, i, j), x, y, w, h) })
			row := words(shown(name), shown(other), report.Interval(one, report.Figure), fmt.Sprint(one.N), fmt.Sprint(one.Groups), shown(one.Note))
			if within(m, i, j) {
				row[1].Note = "held-out folds of the same set"
			}
			lines.Rows = append(lines.Rows, row)
		}
	}
	for j, name := range m.Test {
		if w >= 10 || j%2 == 0 {
			x, y := left+float64(j)*w+w/2, top+rows*h+14
			c.group("", shown(name), func() {
				c.b.WriteString(`<g transform="translate(` + px(x+4) + " " + px(y) + `) rotate(-40)">`)
				c.text("end", 0, 0, middle(shown(name), 24))
				c.b.WriteString("</g>")
			})
		}
	}
	f := &figure{ID: "matrix", Title: "Transfer by " + shown(m.By), Table: lines}
	f.SVG = c.svg(f.ID, f.Title, fmt.Sprintf("%d sets in rows, %d in columns. The table has every cell with its interval.", len(m.Train), len(m.Test)))
	return f
}

// textWidth is about how wide the longest of some names is, cut to so many characters.
func textWidth(names []string, most int) float64 {
	longest := 0
	for _, n := range names {
		longest = max(longest, min(most, len([]rune(shown(n)))))
	}
	return 7 * float64(longest)
}

// heat draws a cell: its colour, its number where there is room, a frame where it is of the
// same set, and an empty one where there is no figure.
func (c *canvas) heat(i metric.Interval, ok, own bool, x, y, w, h float64) {
	if !ok {
		c.rect("nocell", x+1, y+1, w-2, h-2)
		if w >= 36 {
			c.text("soft mid tiny", x+w/2, y+h/2+4, report.None)
		}
		return
	}
	c.rect("back", x, y, w, h)
	c.rect("cell "+levelOf(2*(i.Value-0.5), "h", "l"), x, y, w, h)
	if own {
		c.rect("own", x+1.5, y+1.5, w-3, h-3)
	}
	class := "mid"
	if i.Excludes(0.5) == 0 {
		class += " soft"
	}
	switch {
	case w >= 84 && h >= 36:
		c.text(class, x+w/2, y+h/2-1, report.Figure(i.Value))
		c.text("mid tiny soft", x+w/2, y+h/2+13, report.Fixed(i.Low, 2)+" to "+report.Fixed(i.High, 2))
	case w >= 30:
		c.text(class+" tiny", x+w/2, y+h/2+4, report.Fixed(i.Value, 2))
	}
}
