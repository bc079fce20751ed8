package page

import (
	"fmt"
	"io"

	"intentprobe/capture/intent"
	"intentprobe/storage/plural"
)

// WriteIntentModels writes the verdicts of several models as a page: a table of rungs, then
// each model's verdict with what would change it. Errors are those of w.
func WriteIntentModels(w io.Writer, all *intent.Models) error {
	d := newDocument(all.Program)
	d.Title, d.Kicker = "Evidence of intent", "capture intent · "+plural.Count(len(all.Models), "model")
	t := &table{Head: []column{text("model"), text("verdict"), number("rung that decided")}}
	for n := range all.Rungs() {
		t.Head = append(t.Head, text(fmt.Sprintf("rung %d", n)))
	}
	each := section{ID: "each", Title: "Each model"}
	for _, m := range all.Models {
		row := words(shown(m.Folder), string(m.Verdict.Word), fmt.Sprint(m.Verdict.Rung))
		row = append(row, words(m.Outcomes()...)...)
		t.Rows = append(t.Rows, row)
		each.Blocks = append(each.Blocks, block{Terms: []term{
			{"Model", []string{shown(m.Folder), shown(m.Model)}},
			{"Verdict", []string{shown(m.Sentence), shown(m.Verdict.Because)}},
			{"What would change it", allShown(m.Verdict.Change)},
			{"Page", []string{shown(m.Folder + "/" + intent.PageName)}},
			{"Plan (sha256)", []string{m.Declared}},
		}})
	}
	d.Sections = []section{{ID: "models", Title: "Models", Count: len(all.Models), Blocks: []block{{Table: t}}}, each}
	return d.write(w)
}
