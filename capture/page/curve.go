package page

import (
	"fmt"
	"regexp"
	"strings"

	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

// blockOf is the part of a point's name that says of which block it is.
var blockOf = regexp.MustCompile(`^(blocks|layers)\.\d+\.`)

// kindOf is a point's name without its block: "hook_resid_post".
func kindOf(p report.Point) string {
	return strings.TrimPrefix(blockOf.ReplaceAllString(p.Name, ""), "hook_")
}

// panel is what was fitted in one way under one rule of tokens.
type panel struct {
	tokens, how string
	kinds       []string                  // in the order of the report
	points      map[string][]report.Point // by kind, of blocks alone
	picks       map[string]int            // folds that chose a point, by its name
	folds       int                       // all folds
	final       string                    // point of the probe, if it is of this panel
}

// panels sorts the points of the curve. That with most choices comes first, the others keep
// their order.
func panels(r *report.Report) (out []*panel, apart []report.Point) {
	type key struct{ tokens, how string }
	by := map[key]*panel{}
	for _, p := range r.Curve {
		k := key{p.Tokens, p.How}
		if p.Layer < 0 {
			apart = append(apart, p)
			continue
		}
		if by[k] == nil {
			by[k] = &panel{tokens: p.Tokens, how: p.How, points: map[string][]report.Point{}, picks: map[string]int{}, folds: len(r.Choices)}
			out = append(out, by[k])
		}
		kind := kindOf(p)
		if by[k].points[kind] == nil {
			by[k].kinds = append(by[k].kinds, kind)
		}
		by[k].points[kind] = append(by[k].points[kind], p)
	}
	total := map[*panel]int{}
	for _, c := range r.Choices {
		if p := by[key{c.Tokens, c.How}]; p != nil {
			p.picks[c.Point]++
			total[p]++
		}
	}
	if p := r.Probe; p != nil && by[key{p.Tokens, p.How}] != nil {
		by[key{p.Tokens, p.How}].final = p.Point
	}
	for i := 1; i < len(out); i++ {
		if total[out[i]] > total[out[0]] {
			first := out[i]
			copy(out[1:i+1], out[:i])
			out[0] = first
		}
	}
	return out, apart
}

// curveSection has the AUROC of each layer against the baselines, and what the folds chose.
func curveSection(r *report.Report) section {
	if len(r.Curve) == 0 && len(r.Choices) == 0 {
		return section{}
	}
	s := section{ID: "layers", Title: "Layers"}
	all, apart := panels(r)
	if len(r.Curve) > 0 {
		s.Blocks = append(s.Blocks, block{Text: "Each point was fitted and held out by itself, without a choice: the best of a curve is larger than what the choice finds on new samples. " +
			"Bars and bands are intervals; rings are points that folds chose, the triangle is what all samples that train choose; dashed lines are baselines."})
	}
	var figures []*figure
	for i, p := range all {
		figures = append(figures, curveFigure(r, p, fmt.Sprintf("curve-%d", i+1), i == 0))
	}
	if len(figures) > 0 {
		s.Blocks = append(s.Blocks, block{Figures: figures})
	}
	if len(apart) > 0 {
		t := pointTable(apart)
		t.Caption = "Points of no layer"
		s.Blocks = append(s.Blocks, block{Table: t})
	}
	if len(r.Choices) > 0 {
		s.Blocks = append(s.Blocks, block{Table: choiceTable(r.Choices)})
	}
	return s
}

func pointTable(points []report.Point) *table {
	t := &table{Head: []column{text("point"), text("tokens"), text("method"), number("AUROC"), text(""), number("p, corrected"), number("n"), number("groups")}}
	for _, p := range points {
		row := words(shown(p.Name), shown(report.Rule(p.Tokens)), shown(p.How), report.Interval(p.AUROC, report.Figure), "", report.PValue(float64(p.P)), fmt.Sprint(p.AUROC.N), fmt.Sprint(p.AUROC.Groups))
		row[4].SVG = aurocBar(p.AUROC, "s0")
		t.Rows = append(t.Rows, row)
	}
	return t
}

func choiceTable(choices []report.Choice) *table {
	t := &table{Caption: "What each fold chose", Head: []column{text("held out"), text("point"), text("tokens"), text("method"), number("AUROC inside"), number("AUROC held out")}}
	for _, c := range choices {
		t.Rows = append(t.Rows, words(shown(c.Fold), shown(c.Point), shown(report.Rule(c.Tokens)), shown(c.How), report.Figure(float64(c.Inner)), report.Figure(float64(c.AUROC))))
	}
	return t
}

// name says what a panel is of.
func (p *panel) name() string {
	return shown("AUROC by layer: " + report.Rule(p.tokens) + ", " + p.how)
}

// desc says what the panel shows, for those who do not see it.
func (p *panel) desc(r *report.Report) string {
	best, n := report.Point{}, 0
	for _, kind := range p.kinds {
		for _, q := range p.points[kind] {
			n++
			if finite(q.AUROC.Value) && (best.Name == "" || q.AUROC.Value > best.AUROC.Value) {
				best = q
			}
		}
	}
	s := fmt.Sprintf("%s of %s.", plural.Count(n, "point"), plural.Count(len(p.kinds), "kind"))
	if best.Name != "" {
		s += fmt.Sprintf(" The highest is %s with %s.", shown(best.Name), report.Interval(best.AUROC, report.Figure))
	}
	for _, b := range r.Baselines {
		s += fmt.Sprintf(" Baseline %s: %s.", shown(b.Name), report.Figure(b.AUROC.Value))
	}
	return s + " The table has every figure."
}
