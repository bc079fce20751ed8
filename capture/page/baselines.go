package page

import (
	"fmt"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
)

// kinds of baselines in words.
var kinds = map[string]string{
	"prompt": "the prompt alone", "text": "the text", "likelihood": "likelihood", "topic": "topic or style",
}

// baselinesSection sets the probe against what is read without it, and against styles and
// topics that it was not trained on.
func baselinesSection(r *report.Report) section {
	s := section{ID: "baselines", Title: "Baselines"}
	if len(r.Baselines) > 0 {
		t := &table{Head: []column{text("reads"), text("kind"), number("AUROC"), text(""), number("probe less this"), text("")}}
		if r.AUROC != nil {
			row := words("the probe", "", report.Interval(*r.AUROC, report.Figure), "", "", "")
			row[3].SVG = aurocBar(*r.AUROC, "s0")
			t.Rows = append(t.Rows, row)
		}
		for _, b := range r.Baselines {
			kind := kinds[b.Kind]
			if kind == "" {
				kind = shown(b.Kind)
			}
			row := words(shown(b.Name), kind, report.Interval(b.AUROC, report.Figure), "", report.Interval(b.Difference, report.Signed), "")
			row[1].Note = shown(b.Note)
			row[2].Note = shown(b.AUROC.Note)
			row[3].SVG = aurocBar(b.AUROC, "s6")
			row[5].SVG = bar(b.Difference, -1, 1, 0, "s0")
			t.Rows = append(t.Rows, row)
		}
		t.Note = "Fitted on the same folds. A difference whose interval holds 0 does not show that the probe reads more."
		s.Blocks = append(s.Blocks, block{Table: t.share()})
	}
	if len(r.LeftOut) > 0 {
		t := &table{Caption: "Left out of training", Head: []column{text("left out"), text("by"), number("AUROC"), text(""), number("n"), number("groups")}}
		for _, l := range r.LeftOut {
			row := words(shown(l.Which()), shown(l.By), report.Interval(l.AUROC, report.Figure), "", fmt.Sprint(l.AUROC.N), fmt.Sprint(l.AUROC.Groups))
			row[2].Note = shown(l.AUROC.Note)
			row[3].SVG = aurocBar(l.AUROC, "s0")
			t.Rows = append(t.Rows, row)
		}
		s.Blocks = append(s.Blocks, block{Table: t.share()})
	}
	return s
}

// controlsSection says how often the probe fires where nothing is positive.
func controlsSection(r *report.Report) section {
	if len(r.Controls) == 0 {
		return section{}
	}
	t := &table{Head: []column{text("control set"), number("n"), number("groups"), number("false positives"), text(""), number("recall at its threshold"), number("with another such set")}}
	if n := r.Negatives; n != nil {
		row := words("own "+shown(n.Name), fmt.Sprint(n.Samples), fmt.Sprint(n.Groups), report.Interval(n.FalsePositives, report.Percent), "", report.None, report.None)
		row[4].SVG = bar(n.FalsePositives, 0, 1, 0.01, "s6")
		t.Rows = append(t.Rows, row)
	}
	for _, c := range r.Controls {
		row := words(shown(c.Name), fmt.Sprint(c.Samples), fmt.Sprint(c.Groups), report.Interval(c.FalsePositives, report.Percent), "", report.None, report.None)
		row[3].Note = shown(c.FalsePositives.Note)
		row[4].SVG = bar(c.FalsePositives, 0, 1, 0.01, "s6")
		row[0].Note = shown(c.Note)
		if c.Recall != nil {
			recallCells(row, c.Recall, c.Threshold)
		}
		t.Rows = append(t.Rows, row)
	}
	t.Note = "Nothing in these sets is of the positive class; false positives are those at the threshold of the first set, of the task's own negative samples, too. The mark on the lines is 1 %. Recall is the share of positive samples above the threshold that a set gives for so many false positives."
	return section{ID: "controls", Title: "Control sets", Blocks: []block{{Table: t}}}
}

// recallCells fills in the recall at a threshold, with a warning where the set cannot give one.
func recallCells(row []cell, r *metric.Recall, threshold report.Number) {
	row[5].Text, row[6].Text = report.Interval(r.Rate, report.Percent), report.Limits(r.Both, report.Percent)
	if row[6].Text == "" {
		row[6].Text = report.None
	}
	row[5].Note = fmt.Sprintf("at %s false positives, where x·v + bias is %s", report.Rate(r.Threshold.Alpha), report.Raw(float64(threshold)))
	if !finite(r.Threshold.Value) {
		row[5].Text = report.None
	}
	if short := report.TooFew(r.Threshold); short != "" {
		row[5].Note, row[5].Warn = short, true
	}
	row[6].Note, row[6].Warn = shown(r.Both.Note), true
}
