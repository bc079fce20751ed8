package intent

import (
	"context"
	"fmt"
	"slices"

	"intentprobe/capture/intent/ladder"
	"intentprobe/storage/rundir"
)

// Names of the files that a report is written to, in the study's folder.
const (
	ReportName   = "report.json"
	PageName     = "report.html"
	ClaimsName   = "claims.arrow"
	FamiliesName = "families.arrow"
)

// Report is what came of a study, beside what was declared.
type Report struct {
	Program  string `json:"program"`  // that judged
	Model    string `json:"model"`    // file
	Sentence string `json:"sentence"` // the verdict, relative to what
	Declared string `json:"plan_sha256"`
	// Later are the margins, levels, rules and sizes that are not those that were declared:
	// what was judged by them was looked at later.
	Later   []string        `json:"not_as_declared,omitempty"`
	Study   *Study          `json:"study"`
	Size    Size            `json:"size"`
	Margins []ladder.Margin `json:"margins"`
	Runs    []Recorded      `json:"runs"`
	*ladder.Ladder

	Cells []ladder.Cell `json:"-"` // families.arrow
}

// Read judges what lies in a study's folder, without a model. control is rung 0 for the
// program and the machine of a run.
func Read(ctx context.Context, dir string, control func(*rundir.Manifest) (ladder.Control, error)) (*Report, error) {
	of, err := open(dir)
	if err != nil {
		return nil, err
	}
	c, err := control(of.first)
	if err != nil {
		return nil, err
	}
	l, cells, err := judge(ctx, of.study, dir, c)
	if err != nil {
		return nil, err
	}
	size := of.study.sizeOf(of.declared.Size.Seed)
	size.Pairs, size.Controls = of.declared.Size.Pairs, of.declared.Size.Controls // their data sets are those that were declared
	r := &Report{Model: of.first.Model.File, Declared: of.declared.SHA256, Study: of.study, Size: size,
		Margins: ladder.Margins(), Runs: of.runs, Ladder: l, Cells: cells}
	r.Later = of.declared.later(size)
	r.Sentence = sentence(of.study, l.Verdict.Word)
	return r, nil
}

// later names what is judged by other rules than those that were declared.
func (d *Declaration) later(size Size) (out []string) {
	if d.Rules != ladder.Rules {
		out = append(out, fmt.Sprintf("rules: version %d was declared, this is judged by %d", d.Rules, ladder.Rules))
	}
	of := func(all []ladder.Margin, like ladder.Margin) *ladder.Margin {
		i := slices.IndexFunc(all, func(m ladder.Margin) bool { return m.Of == like.Of && slices.Equal(m.Rungs, like.Rungs) })
		if i < 0 {
			return nil
		}
		return &all[i]
	}
	now := ladder.Margins()
	for _, then := range d.Margins {
		is := of(now, then)
		switch {
		case is == nil:
			out = append(out, then.String()+" was declared, and is not judged")
		case is.String() != then.String():
			out = append(out, fmt.Sprintf("%s was declared, this is judged by %s", then, is))
		}
	}
	for _, is := range now {
		if of(d.Margins, is) == nil {
			out = append(out, is.String()+" was not declared")
		}
	}
	if d.Size != size {
		out = append(out, fmt.Sprintf("size: %+v was declared, there is %+v", d.Size, size))
	}
	return out
}

// sentence is the verdict in one sentence.
func sentence(s *Study, word ladder.Word) string {
	relative := "relative to an answer that " + s.Reference
	goal := map[string]string{Stated: "the prompt states the goal", Trained: "the goal is trained", Neither: "the goal is neither stated nor trained"}[s.Goal]
	if goal == "" {
		goal = "goal: " + s.Goal
	}
	if word == ladder.Undetermined {
		return fmt.Sprintf("Undetermined: there is no evidence for or against the intent that %s, %s; %s.", s.Outcome, relative, goal)
	}
	return fmt.Sprintf("Evidence of %s, %s, as to the outcome that %s; %s.", word, relative, s.Outcome, goal)
}
