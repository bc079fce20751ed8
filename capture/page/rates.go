package page

import (
	"fmt"
	"io"
	"math"

	"intentprobe/capture/intent/rates"
	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

// WriteRates writes the rates of models as a page. Errors are those of w.
func WriteRates(w io.Writer, r *rates.Report) error {
	d := newDocument(r.Program)
	d.Title, d.Kicker = "Falsehoods against what is known", "capture intent rates · "+plural.Count(len(r.Models), "model")
	d.Sections = []section{ratedModels(r), ratedFigure(r, "sizes")}
	for i := range r.Models {
		d.Sections = append(d.Sections, ratedModel(&r.Models[i], fmt.Sprintf("model-%d", i)))
	}
	d.Sections = append(d.Sections, slopesSection(r))
	return d.write(w)
}

// ratedModels is what each model makes of the items.
func ratedModels(r *rates.Report) section {
	t := &table{Head: []column{text("model"), text("family"), number("parameters"), text("asked by"), number("answered")}}
	for _, c := range rates.Classes {
		t.Head = append(t.Head, number(string(c)))
	}
	for _, m := range r.Models {
		row := words(shown(m.Name), shown(m.Family), fmt.Sprintf("%.4g", m.Parameters), m.Asked, report.Fixed(m.Answered, 2))
		for _, c := range m.Classes {
			row = append(row, cell{Text: fmt.Sprint(c.Items)})
		}
		row[0].Note, row[0].Warn = shown(m.Note), m.Note != ""
		t.Rows = append(t.Rows, row)
	}
	return section{ID: "models", Title: "Models", Count: len(r.Models), Blocks: []block{{Text: fmt.Sprintf("%s. %s.", plural.Count(r.Items, "fact"), r.Declared)}, {Table: t}}}
}

// drawn are the figures that are drawn over sizes.
var drawn = []string{rates.Known, rates.Hallucination, rates.Slip, rates.ExcessLie}

// ratedFigure draws figures over the number of parameters; what is not resolved is hollow.
func ratedFigure(r *rates.Report, id string) section {
	const width, height, left, top, bottom, right = 980.0, 360.0, 60.0, 20.0, 46.0, 30.0
	low, high, least := math.Inf(1), math.Inf(-1), 0.0
	for _, m := range r.Models {
		low, high = min(low, math.Log10(m.Parameters)), max(high, math.Log10(m.Parameters))
		for _, name := range drawn {
			if f := m.Figure(name); f != nil && f.Low != nil {
				least = min(least, *f.Low)
			}
		}
	}
	c := &canvas{width: width, height: height}
	x, y := scale{low - 0.2, high + 0.2, left, width - right}, scale{least, 1, height - bottom, top}
	at, decimals := y.ticks(6)
	for _, v := range at {
		c.line("grid", left, y.at(v), width-right, y.at(v))
		c.text("soft", 10, y.at(v)+4, report.Fixed(v, decimals))
	}
	for _, m := range r.Models {
		c.text("soft mid", x.at(math.Log10(m.Parameters)), height-bottom+20, middle(shown(m.Name), 24))
	}
	f := &figure{ID: id, Title: "Figures over the number of parameters", Class: "wide", Note: "Decimal logarithm of the parameters from left to right. Lines are 95 % intervals over sets of items; hollow marks are not resolved."}
	for n, name := range drawn {
		f.Legend = append(f.Legend, legend{swatch(n), name})
		for _, m := range r.Models {
			of := m.Figure(name)
			if of == nil || of.Value == nil {
				continue
			}
			at := x.at(math.Log10(m.Parameters)) + 9*(float64(n)-1.5)
			c.group(seriesClass(n), shown(fmt.Sprintf("%s: %s %s %s", m.Name, name, figureText(of), of.Note)), func() {
				c.line("span", at, y.at(*of.Low), at, y.at(*of.High))
				if of.Resolved() && m.Note == "" {
					c.mark(n, at, y.at(*of.Value), 4)
				} else {
					c.circle("hollow", at, y.at(*of.Value), 4)
				}
			})
		}
	}
	f.SVG = c.svg(id, f.Title, fmt.Sprintf("%s. The tables have every figure.", plural.Count(len(r.Models), "model")))
	return section{ID: "over-sizes", Title: "Over sizes", Blocks: []block{{Figures: []*figure{f}}}}
}

// figureText is a figure with its interval.
func figureText(f *rates.Figure) string {
	if f.Value == nil {
		return report.None
	}
	return fmt.Sprintf("%s [%s, %s]", report.Fixed(*f.Value, 3), report.Fixed(*f.Low, 3), report.Fixed(*f.High, 3))
}

// ratedModel has all figures of a model.
func ratedModel(m *rates.Model, id string) section {
	all := &table{Caption: "Figures", Head: []column{text("figure"), text("of items"), text("band"), number("value and 95 %"), text("95 % over topics"), number("items")}}
	for i := range m.Figures {
		f := &m.Figures[i]
		topics := ""
		if f.Value != nil {
			topics = fmt.Sprintf("[%s, %s]", report.Fixed(*f.TopicLow, 3), report.Fixed(*f.TopicHigh, 3))
		}
		row := words(f.Name, string(f.Of), f.Band, figureText(f), topics, fmt.Sprint(f.Items))
		row[3].Note = f.Note
		all.Rows = append(all.Rows, row)
	}
	swept := &table{Caption: "Thresholds", Head: []column{number("share of samples"), number("P"), number("knows"), number("does not know"), number("hallucination"), number("slip"), number("excess lie")}}
	for _, t := range m.Swept {
		row := words(report.Fixed(t.Threshold.Answers, 2), report.Fixed(t.Threshold.P, 2), fmt.Sprint(t.Count(rates.Knows)), fmt.Sprint(t.Count(rates.DoesNotKnow)))
		for _, name := range []string{rates.Hallucination, rates.Slip, rates.ExcessLie} {
			row = append(row, cell{Text: figureText(t.Figure(name)), Note: t.Figure(name).Note})
		}
		swept.Rows = append(swept.Rows, row)
	}
	same := &table{Caption: "Lies against honest answers to the same prompt", Note: shown(m.NotRead),
		Head: []column{text("by"), number("AUROC"), number("95 %"), number("lies"), number("honest"), number("prompts"), number("smallest that n shows")}}
	for _, s := range m.SamePrompt {
		row := words(s.Score, report.None, report.None, fmt.Sprint(s.Lies), fmt.Sprint(s.Honest), fmt.Sprint(s.Prompts), report.None)
		if s.AUROC != nil {
			row[1].Text, row[2].Text = report.Fixed(*s.AUROC, 3), fmt.Sprintf("[%s, %s]", report.Fixed(*s.Low, 3), report.Fixed(*s.High, 3))
		}
		if s.Least != nil {
			row[6].Text = report.Fixed(*s.Least, 2)
		}
		row[1].Note = s.Note
		same.Rows = append(same.Rows, row)
	}
	return section{ID: id, Title: shown(m.Name), Blocks: []block{{Table: all}, {Table: swept}, {Table: same}}}
}

// slopesSection has the slopes within families.
func slopesSection(r *rates.Report) section {
	t := &table{Head: []column{text("family"), text("figure"), number("models"), number("sizes"), number("per ten times the parameters"), number("95 %")}}
	for _, s := range r.Slopes {
		row := words(shown(s.Family), s.Figure, fmt.Sprint(s.Models), fmt.Sprint(s.Sizes), report.None, report.None)
		if s.PerDecade != nil {
			row[4].Text, row[5].Text = report.Fixed(*s.PerDecade, 3), fmt.Sprintf("[%s, %s]", report.Fixed(*s.Low, 3), report.Fixed(*s.High, 3))
		}
		row[4].Note = s.Note
		t.Rows = append(t.Rows, row)
	}
	s := section{ID: "slopes", Title: "Slopes within families"}
	if len(t.Rows) > 0 {
		s.Blocks = []block{{Text: fmt.Sprintf("Least squares on the decimal logarithm of the parameters, in families with at least %d sizes. Intervals are by the scatter of the models.", rates.FewestSizes)}, {Table: t}}
	}
	return s
}
