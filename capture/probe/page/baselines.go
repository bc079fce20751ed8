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
			row := words("the probe", "", interval(*r.AUROC, three), "", "", "")
			row[3].SVG = aurocBar(*r.AUROC, "s0")
			t.Rows = append(t.Rows, row)
		}
		for _, b := range r.Baselines {
			kind := kinds[b.Kind]
			if kind == "" {
				kind = shown(b.Kind)
			}
			row := words(shown(b.Name), kind, interval(b.AUROC, three), "", interval(b.Difference, signed), "")
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
			row := words(shown(l.Value), shown(l.By), interval(l.AUROC, three), "", fmt.Sprint(l.AUROC.N), fmt.Sprint(l.AUROC.Groups))
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
	for _, c := range r.Controls {
		row := words(shown(c.Name), fmt.Sprint(c.Samples), fmt.Sprint(c.Groups), interval(c.FalsePositives, percent), "", none, none)
		row[3].Note = shown(c.FalsePositives.Note)
		row[4].SVG = bar(c.FalsePositives, 0, 1, 0.01, "s6")
		row[0].Note = shown(c.Note)
		if c.Recall != nil {
			recallCells(row, c.Recall)
		}
		t.Rows = append(t.Rows, row)
	}
	t.Note = "Nothing in these sets is of the positive class. The mark on the lines is 1 %. Recall is the share of positive samples above the threshold that a set gives for so many false positives."
	return section{ID: "controls", Title: "Control sets", Blocks: []block{{Table: t}}}
}

// recallCells fills in the recall at a threshold, with a warning where the set cannot give one.
func recallCells(row []cell, r *metric.Recall) {
	row[5].Text, row[6].Text = interval(r.Rate, percent), limits(r.Both, percent)
	if row[6].Text == "" {
		row[6].Text = none
	}
	row[5].Note = fmt.Sprintf("at %s false positives, threshold %s", rate(r.Threshold.Alpha), three(r.Threshold.Value))
	if !finite(r.Threshold.Value) {
		row[5].Text = none
	}
	if r.Threshold.Alpha > 0 && r.Threshold.Alpha < 1 {
		if needed := metric.NeededForThreshold(r.Threshold.Alpha); r.Threshold.N < needed {
			row[5].Note, row[5].Warn = fmt.Sprintf("too few: %d samples set no threshold of %s; it takes %d", r.Threshold.N, rate(r.Threshold.Alpha), needed), true
		}
	}
	row[6].Note, row[6].Warn = shown(r.Both.Note), true
}
