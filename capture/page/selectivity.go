package page

import (
	"fmt"

	"intentprobe/capture/probe/report"
)

// controlTasksSection has selectivity and code length: what the probe could learn anyway.
func controlTasksSection(r *report.Report) section {
	s := section{ID: "control-tasks", Title: "Control tasks"}
	if len(r.Selectivity) > 0 {
		t := &table{Caption: "Selectivity", Head: []column{text("random label of each"), number("accuracy"), number("on random labels"), number("selectivity"), text("")}}
		for _, one := range r.Selectivity {
			row := words(shown(one.Task), report.Interval(one.Accuracy, report.Figure), report.Interval(one.Control, report.Figure), report.Interval(one.Difference, report.Signed), "")
			row[3].Note = shown(one.Difference.Note)
			row[4].SVG = bar(one.Difference, -1, 1, 0, "s0")
			t.Rows = append(t.Rows, row)
		}
		t.Note = "Accuracy less that of the same probe on labels drawn at random: a probe that learns any label has 0."
		s.Blocks = append(s.Blocks, block{Table: t.share()})
	}
	if c := r.CodeLength; c != nil {
		t := &table{Caption: "Online code length of the labels", Head: []column{text("point"), number("bits"), number("without a probe"), number("compression"), number("n"), number("classes")}}
		t.Rows = [][]cell{words(shown(c.Point), report.Fixed(c.Bits, 1), report.Fixed(c.Uniform, 1), report.Fixed(c.Compression, 2)+" ×", fmt.Sprint(c.N), fmt.Sprint(c.Classes))}
		s.Blocks = append(s.Blocks, block{Table: t.share()})
	}
	return s
}
