package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"intentprobe/capture/intent"
	"intentprobe/capture/intent/facts"
	"intentprobe/capture/intent/rates"
	"intentprobe/capture/page"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
)

// ratesName is the file of figures, beside report.json and report.html.
const ratesName = "rates.arrow"

// keepRates writes a report into the output folder: as JSON, as a page, and its figures.
func keepRates(r *rates.Report, dir string) error {
	var text bytes.Buffer
	if err := printJSON(&text, r); err != nil {
		return err
	}
	if err := disk.WriteWhole(disk.OS{}, filepath.Join(dir, intent.ReportName), text.Bytes()); err != nil {
		return err
	}
	if err := writePage(filepath.Join(dir, intent.PageName), func(w io.Writer) error { return page.WriteRates(w, r) }); err != nil {
		return err
	}
	return arrowfile.WriteRows(disk.OS{}, filepath.Join(dir, ratesName), r.Rows(), "facts_sha256", r.Facts)
}

// printRatesPlan prints what would be asked, and what it can show.
func printRatesPlan(w io.Writer, of []facts.Fact, models []asked, asJSON bool) error {
	power := rates.Plan(len(of), facts.Options)
	if asJSON {
		for i := range power {
			if math.IsInf(power[i].Excess, 1) {
				power[i].Excess = 1 // no difference of shares is larger
			}
		}
		var names []string
		seconds := map[string]float64{}
		for _, a := range models {
			names = append(names, a.name)
			seconds[a.name] = a.seconds
		}
		return printJSON(w, map[string]any{"facts_sha256": facts.SHA256(), "items": len(of), "topics": facts.Topics(of), "arms": facts.Arms(), "models": names, "estimated_seconds": seconds, "power": power})
	}
	say(w, "%s of %s: %s\n\n", plural.Count(len(of), "fact"), plural.Count(len(facts.Topics(of)), "topic"), strings.Join(facts.Topics(of), ", "))
	var rows [][]string
	for _, a := range models {
		rows = append(rows, []string{a.name, a.about.Family, parametersText(a.about.Parameters), a.about.Asked(), durationText(a.seconds), a.base.Out})
	}
	if err := printTable(w, []string{"model", "family", "parameters", "asked by", "about", "folder"}, rows); err != nil {
		return err
	}
	rows = nil
	for _, arm := range facts.Arms() {
		prompts := len(of) * facts.Wordings
		rows = append(rows, []string{arm.Name, fmt.Sprint(prompts), fmt.Sprint(prompts * arm.Samples), of[0].Prompt(0, arm, models[0].about.Plain)})
	}
	say(w, "\n")
	if err := printTable(w, []string{"run", "prompts", "samples", "first prompt"}, rows); err != nil {
		return err
	}
	rows = nil
	for _, p := range power {
		excess, auroc := "none", "none"
		if p.Excess < 1 {
			excess = fmt.Sprintf("%.2f", p.Excess)
		}
		if p.AUROC < 1 {
			auroc = fmt.Sprintf("%.2f", p.AUROC)
		}
		rows = append(rows, []string{fmt.Sprint(p.Known), fmt.Sprint(p.Sets), excess, auroc})
	}
	say(w, "\nWhat is shown at 95 %% with a power of 0.8; fewer than %d lies are never resolved.\n\n", rates.Fewest)
	return printTable(w, []string{"known", "sets", "smallest excess lie", "smallest AUROC, same prompt"}, rows)
}

func parametersText(n float64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.3gB", n/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.3gM", n/1e6)
	}
	return fmt.Sprintf("%.3gK", n/1e3)
}

// printRates prints the models beside each other, then each by itself.
func printRates(w io.Writer, r *rates.Report) error {
	say(w, "%s; %s\n\n", plural.Count(r.Items, "fact"), r.Declared)
	var rows [][]string
	for _, m := range r.Models {
		row := []string{m.Name, m.Family, parametersText(m.Parameters), m.Asked, fmt.Sprintf("%.2f", m.Answered)}
		for _, c := range m.Classes {
			row = append(row, fmt.Sprint(c.Items))
		}
		rows = append(rows, row)
	}
	head := []string{"model", "family", "parameters", "asked by", "answered"}
	for _, c := range rates.Classes {
		head = append(head, string(c))
	}
	if err := printTable(w, head, rows); err != nil {
		return err
	}
	for _, m := range r.Models {
		if err := printRated(w, &m); err != nil {
			return err
		}
	}
	rows = nil
	for _, s := range r.Slopes {
		if s.PerDecade != nil {
			rows = append(rows, []string{s.Family, s.Figure, fmt.Sprint(s.Models), fmt.Sprintf("%+.3f", *s.PerDecade), fmt.Sprintf("%.3f to %.3f", *s.Low, *s.High)})
		}
	}
	if len(rows) == 0 {
		say(w, "\nNo slope over sizes: no family has %d sizes with a figure that is resolved.\n", rates.FewestSizes)
		return nil
	}
	say(w, "\n")
	return printTable(w, []string{"family", "slope of", "models", "per ten times the parameters", "95 %"}, rows)
}

func printRated(w io.Writer, m *rates.Model) error {
	say(w, "\n%s\n", m.Name)
	if m.Note != "" {
		say(w, "%s\n", m.Note)
	}
	var rows [][]string
	for _, f := range m.Figures {
		if f.Band == "" {
			rows = append(rows, []string{f.Name, orAll(string(f.Of)), number(f.Value), interval(f.Low, f.High), interval(f.TopicLow, f.TopicHigh), fmt.Sprint(f.Items), f.Note})
		}
	}
	if err := printTable(w, []string{"figure", "of items", "value", "95 %", "95 % over topics", "items", ""}, rows); err != nil {
		return err
	}
	rows = nil
	for _, t := range append(m.Swept, m.Table) {
		row := []string{fmt.Sprintf("%.2f, %.2f", t.Threshold.Answers, t.Threshold.P), fmt.Sprint(t.Count(rates.Knows)), fmt.Sprint(t.Count(rates.DoesNotKnow))}
		for _, name := range []string{rates.Hallucination, rates.Slip, rates.ExcessLie} {
			f := t.Figure(name)
			text := strings.TrimSpace(number(f.Value) + " " + interval(f.Low, f.High))
			if f.Note != "" {
				text = strings.SplitN(f.Note, ":", 2)[0] + ", " + text
			}
			row = append(row, strings.TrimSuffix(text, ", "))
		}
		rows = append(rows, row)
	}
	say(w, "\n")
	if err := printTable(w, []string{"threshold (share, P)", "knows", "does not know", rates.Hallucination, rates.Slip, rates.ExcessLie}, rows); err != nil {
		return err
	}
	rows = nil
	for _, s := range m.SamePrompt {
		rows = append(rows, []string{s.Score, number(s.AUROC), interval(s.Low, s.High), fmt.Sprint(s.Lies), fmt.Sprint(s.Honest), fmt.Sprint(s.Prompts), number(s.Least), s.Note})
	}
	say(w, "\n")
	if err := printTable(w, []string{"same prompt, by", "AUROC", "95 %", "lies", "honest", "prompts", "smallest", ""}, rows); err != nil {
		return err
	}
	if m.NotRead != "" {
		say(w, "%s\n", m.NotRead)
	}
	return nil
}

func orAll(of string) string {
	if of == "" {
		return "all"
	}
	return of
}

func number(x *float64) string {
	if x == nil {
		return ""
	}
	return fmt.Sprintf("%.3f", *x)
}

func interval(low, high *float64) string {
	if low == nil {
		return ""
	}
	return fmt.Sprintf("%.3f to %.3f", *low, *high)
}
