package report

import (
	"cmp"
	"fmt"
	"slices"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
)

// ByProbe is the scorer of rows that the probe scored; the others are baselines, by their names.
const ByProbe = "probe"

// Row is what one scorer gave one sample, as the Arrow file has it. Samples that have no score
// have rows too.
type Row struct {
	Run         string   `json:"run"` // id
	SampleID    int64    `json:"sample_id"`
	PromptID    string   `json:"prompt_id"`
	Group       string   `json:"group"`
	Set         *string  `json:"set"`   // control set; null of the samples of the task
	Class       string   `json:"class"` // value of the label; empty where a control set has none
	Positive    bool     `json:"positive"`
	Fold        *string  `json:"fold"`        // in which it was held out; null where nothing was trained, or on all
	Scorer      string   `json:"scorer"`      // ByProbe, or a baseline
	Score       *float64 `json:"score"`       // standardised; null where there is none
	Raw         *float64 `json:"raw"`         // x·v + bias by the probe of the file; null of baselines, and where a fold's probe scored
	Probability *float64 `json:"probability"` // of the positive class
	Point       *string  `json:"point"`       // chosen without this sample's fold; null of baselines
	Tokens      *string  `json:"tokens"`
	How         *string  `json:"how"`
}

// WriteRows writes the rows as an Arrow IPC file, whole or not at all, in the order of runs,
// samples and scorers, the probe first. The metadata of its schema say what the scores are of:
// label, positive and negative class, model. It replaces a file that is there. Errors come from
// the file system, or say which row is there twice.
func (r *Report) WriteRows(fs disk.FS, path string) error {
	rows := slices.Clone(r.Rows)
	first := func(scorer string) int { // the probe before all others
		if scorer == ByProbe {
			return 0
		}
		return 1
	}
	order := func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.SampleID, b.SampleID), cmp.Compare(first(a.Scorer), first(b.Scorer)), cmp.Compare(a.Scorer, b.Scorer))
	}
	slices.SortStableFunc(rows, order)
	for i := 1; i < len(rows); i++ {
		if order(rows[i-1], rows[i]) == 0 {
			return fmt.Errorf("report: %s scored sample %d of run %s twice", rows[i].Scorer, rows[i].SampleID, rows[i].Run)
		}
	}
	return arrowfile.WriteRows(fs, path, rows, "capture.table", "probe_scores", "capture.kind", r.Kind, "capture.label", r.Task.Label,
		"capture.positive", r.Task.Positive.Name, "capture.negative", r.Task.Negative.Name, "capture.model", r.Task.Model)
}
