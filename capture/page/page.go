package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"slices"
	"strings"

	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

//go:embed assets/page.html
var layout string

//go:embed assets/page.css
var style string

//go:embed assets/page.js
var script string

// styles are the file's with the colours of levels.
var styles = style + levelStyle()

var layoutTemplate = template.Must(template.New("page").Parse(layout))

// policy allows the style and the script of this package, and nothing else.
func policy() string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; style-src " + hash(styles) + "; script-src " + hash(script) + "; base-uri 'none'; form-action 'none'"
}

// document is what the template shows.
type document struct {
	Policy, Title, Kicker, Footer string
	Style                         template.CSS
	Script                        template.JS
	Verdict                       *verdict
	Sections                      []section
}

// verdict is the report's, with the class of its colour.
type verdict struct {
	Word, Text, Class string
	Because, Change   []string
}

// Write writes the report as a page. A page of 100 layers with 2,000 held-out samples has less
// than 1 MB; samples of tokens add about 200 bytes a token, of at most [MaxTokens] tokens in
// each of at most [MaxSamples]. Errors are those of w.
func Write(w io.Writer, r *report.Report) error {
	d := newDocument(r.Program)
	d.Title, d.Kicker, d.Verdict = title(r), kicker(r), verdictOf(r)
	d.Sections = []section{
		taskSection(r), headlineSection(r), curveSection(r), rocSection(r), scoresSection(r), baselinesSection(r), controlsSection(r),
		calibrationSection(r), controlTasksSection(r), matrixSection(r), samplesSection(r), warningsSection(r),
	}
	return d.write(w)
}

// newDocument is a page with nothing on it yet, made by a version of the program.
func newDocument(program string) *document {
	return &document{
		Policy: policy(), Style: template.CSS(styles), Script: template.JS(script),
		Footer: "Written by capture " + shown(program) + ". This file needs no network; the same figures are in the report's JSON.",
	}
}

// write writes the page without the sections that have no blocks.
func (d *document) write(w io.Writer) error {
	d.Sections = slices.DeleteFunc(d.Sections, func(s section) bool { return len(s.Blocks) == 0 })
	var out bytes.Buffer // a fault of the template leaves no half page
	if err := layoutTemplate.Execute(&out, d); err != nil {
		return err
	}
	_, err := out.WriteTo(w)
	return err
}

func title(r *report.Report) string {
	p, n := shown(r.Task.Positive.Name), shown(r.Task.Negative.Name)
	switch {
	case p == "" && n == "":
		return "Probe report"
	case r.Kind == report.Transfer:
		return "Transfer of probes of " + p + " against " + n
	}
	return "Probe of " + p + " against " + n
}

func kicker(r *report.Report) string {
	parts := []string{"capture probe " + shown(r.Kind)}
	if r.Task.Model != "" {
		parts = append(parts, shown(r.Task.Model))
	}
	if n := len(r.Task.Runs); n > 0 {
		parts = append(parts, plural.Count(n, "run"))
	}
	return strings.Join(parts, " · ")
}

func verdictOf(r *report.Report) *verdict {
	if r.Verdict == nil {
		return nil
	}
	v := &verdict{Word: shown(r.Verdict.Word), Text: shown(r.Verdict.Text), Because: allShown(r.Verdict.Because), Change: allShown(r.Verdict.Change)}
	switch {
	case strings.HasPrefix(v.Word, "separates"):
		v.Class = "good"
	case strings.HasPrefix(v.Word, "reads"):
		v.Class = "text"
	}
	return v
}

func warningsSection(r *report.Report) section {
	s := section{ID: "warnings", Title: "Warnings", Count: len(r.Warnings)}
	if len(r.Warnings) > 0 {
		s.Blocks = []block{{List: allShown(r.Warnings)}}
	}
	return s
}
