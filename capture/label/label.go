// Package label labels the samples of a run: which answers are right, which are lies, what
// the model knows. Labels are tables of their own beside the run. Nothing of the run is
// changed, and labelling again under a name writes the next version of the table.
//
// There are four sources of labels:
//
//   - [ByRule] compares each response with the answers of its row, or with an expression;
//   - [FromFile] reads what somebody or something else made, as .csv or .jsonl;
//   - [ByJudge] asks a model about every sample;
//   - [ByKnowledge] says which questions the model answers rightly when nobody suggests
//     anything. [Complete] does that for a run that has just ended, if its spec asks for it.
//
// [Options] name the table and choose samples by conditions on their columns and on the
// keys of their rows. [List] gives the tables of a run, and [Agree] compares two of them
// (counts, Cohen's kappa). docs/labels.md is the reference.
//
// The package reads and writes run directories and needs no model: the judge is a function
// that the caller brings.
package label

import (
	"intentprobe/capture/hint"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// Options say under what name samples are labelled, and which of them.
type Options struct {
	Name  string
	Where []string    // KEY=VALUE, all of which must hold: a column of samples or a key of the row
	Tool  rundir.Tool // this program
}

// check refuses options that no labelling can have, before anything is read.
func (opt Options) check() error {
	if err := rundir.CheckLabelName(opt.Name); err != nil {
		return hint.Usage(err, "for example ", hint.Option("name"), " truth")
	}
	return nil
}

// Summary says what a table of labels holds.
type Summary struct {
	labels.Header
	Dir    string         `json:"path"`
	Labels int            `json:"labels"`
	Counts map[string]int `json:"counts"` // of labels, by value
}

// summarise counts the labels of a table.
func summarise(dir string, t *labels.Table) *Summary {
	out := &Summary{Header: t.Header, Dir: dir, Labels: len(t.Labels), Counts: map[string]int{}}
	for _, label := range t.Labels {
		out.Counts[label.Value]++
	}
	return out
}
