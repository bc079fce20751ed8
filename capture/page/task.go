package page

import (
	"fmt"
	"strconv"

	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

// taskSection says what was told apart in which rows, and how.
func taskSection(r *report.Report) section {
	t := r.Task
	var terms []term
	add := func(name string, values ...string) {
		var kept []string
		for _, v := range values {
			if v != "" {
				kept = append(kept, shown(v))
			}
		}
		if len(kept) > 0 {
			terms = append(terms, term{name, kept})
		}
	}
	add("Positive class", class(t.Positive))
	add("Negative class", class(t.Negative))
	add("Label", t.Label)
	model := t.Model
	if t.Layers > 0 {
		model += fmt.Sprintf(" (%s, width %d)", plural.Count(t.Layers, "layer"), t.Width)
	}
	add("Model", model)
	var runs []string
	for _, run := range t.Runs {
		if run.ID != "" && run.ID != run.Name {
			run.Name += " (" + run.ID + ")"
		}
		runs = append(runs, run.Name)
	}
	add("Runs", runs...)
	var tokens []string
	for _, rule := range t.Tokens {
		tokens = append(tokens, report.Rule(rule))
	}
	add("Tokens", tokens...)
	add("Rows", t.Rows)
	if t.Groups != "" {
		add("Groups by", t.Groups+fmt.Sprintf("; %s samples of both classes", plural.Have(t.Mixed, "group")))
	}
	add("Split", t.Split)
	add("Methods", t.How...)
	if p := r.Probe; p != nil {
		name, head := p.Name, "Probe"
		switch {
		case p.File != "":
			name += " in " + p.File
		case r.Kind == report.Sweep:
			head = "Kept, not written"
		}
		why := p.Why
		if why != "" {
			why = "chosen by " + why
		}
		add(head, name, p.Point+", "+report.Rule(p.Tokens), p.How, "norm "+report.Figure(p.Norm), why)
	}
	add("Seed", strconv.FormatUint(t.Seed, 10))
	if t.Level > 0 {
		add("Level of intervals", report.Rate(t.Level))
	}
	return section{ID: "task", Title: "Task", Blocks: []block{{Terms: terms}}}
}

func class(c report.Class) string {
	if c.Name == "" && c.Samples == 0 {
		return ""
	}
	s := fmt.Sprintf("%s: %s in %s", c.Name, plural.Count(c.Samples, "sample"), plural.Count(c.Groups, "group"))
	if c.Without > 0 {
		s += fmt.Sprintf("; %d left out, in which the tokens select no row", c.Without)
	}
	return s
}
