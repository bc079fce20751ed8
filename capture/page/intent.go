package page

import (
	"fmt"
	"io"
	"strings"

	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
	"intentprobe/storage/plural"
)

// WriteIntent writes the report of a ladder as a page: of 40 families less than 1 MB. Errors
// are those of w.
func WriteIntent(w io.Writer, r *intent.Report) error {
	d := newDocument(r.Program)
	d.Title, d.Kicker = "Evidence of intent: "+shown(r.Study.Name), "capture intent · "+shown(r.Model)
	v := r.Verdict
	d.Verdict = &verdict{Word: shown(string(v.Word)), Text: shown(r.Sentence), Change: allShown(v.Change),
		Because: allShown([]string{v.Because, fmt.Sprintf("Rung %d (%s) decided.", v.Rung, r.Rungs[v.Rung].Name)})}
	switch {
	case v.Word.Intent():
		d.Verdict.Class = "good"
	case v.Word != ladder.Undetermined:
		d.Verdict.Class = "text"
	}
	d.Sections = []section{laterSection(r), rungsSection(r), claimsSection(r), afterwardsSection(r), declaredSection(r), runsSection(r)}
	return d.write(w)
}

// laterSection tells what was not declared before; it has no blocks where nothing was.
func laterSection(r *intent.Report) section {
	s := section{ID: "later", Title: "Not as declared", Count: len(r.Later)}
	if len(r.Later) > 0 {
		s.Blocks = []block{{Text: "This report judges by other margins, rules or sizes than those that were declared before anything ran: it was looked at later."}, {List: allShown(r.Later)}}
	}
	return s
}

// declaredSection says what was declared before anything ran.
func declaredSection(r *intent.Report) section {
	s, size := r.Study, r.Size
	terms := []term{
		{"Plan (sha256)", []string{r.Declared}},
		{"Outcome", []string{shown(s.Outcome)}}, {"Relative to an answer that", []string{shown(s.Reference)}}, {"Goal", []string{shown(s.Goal)}},
	}
	if s.Side != "" {
		terms = append(terms, term{"Side effect", []string{shown(s.Side)}})
	}
	terms = append(terms, term{"Size", []string{
		fmt.Sprintf("%s, %d held out, %s each", plural.Count(size.Families, "family"), size.HeldOut, plural.Count(size.Wordings, "wording")),
		fmt.Sprintf("%s, %s of a kind, %s of a kind", plural.Count(size.Pairs, "pair"), plural.Count(size.Controls, "control"), plural.Count(size.Swaps, "swap")),
		fmt.Sprintf("seed %d", size.Seed),
	}})
	arms := &table{Caption: "Arms", Head: []column{text("arm"), text("kind"), text("against")}}
	for _, a := range s.Arms {
		arms.Rows = append(arms.Rows, words(shown(a.Name), shown(string(a.Kind)), shown(a.Against)))
	}
	margins := &table{Caption: "Margins", Head: []column{text("figure"), text("rungs"), text("asks"), number("margin"), number("passes at"), number("refuted at")}}
	for _, m := range r.Margins {
		pass, refute := "", ""
		if m.Pass > 0 {
			pass, refute = fmt.Sprintf("%g %%", 100*m.Pass), fmt.Sprintf("%g %%", 100*m.Refute)
		}
		margins.Rows = append(margins.Rows, words(m.Of, numbers(m.Rungs), m.Asks, fmt.Sprintf("%g", m.Margin), pass, refute))
	}
	return section{ID: "declared", Title: "Declared before anything ran", Blocks: []block{{Terms: terms}, {Table: margins}, {Table: arms}}}
}

// numbers lists some: "7, 8".
func numbers(of []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(of), "[]"), " ", ", ")
}

// runsSection says where what was read lies.
func runsSection(r *intent.Report) section {
	t := &table{Head: []column{text("run"), text("folder"), number("samples"), text("sha256 of its manifest")}}
	for _, run := range r.Runs {
		t.Rows = append(t.Rows, words(shown(run.Name), shown(run.Folder), fmt.Sprint(run.Samples), shown(run.Manifest)))
	}
	return section{ID: "runs", Title: "Runs", Blocks: []block{{Text: "Folders below that of the plan. Each is an ordinary run."}, {Table: t}}}
}
