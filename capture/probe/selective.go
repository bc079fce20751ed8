package probe

import (
	"context"
	"strconv"

	"intentprobe/capture/probe/baseline"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/storage/rundir"
)

// selectivity measures control tasks, whose labels are random by type: by question, by
// template, and by token where rows are tokens.
func (t *training) selectivity(ctx context.Context) error {
	if t.opt.Quick {
		return nil
	}
	t.opt.note("fitting control tasks")
	search := task{t.cases, t.spaces, t.candidates, t.found}
	t.control(ctx, search, baseline.Control{Name: "question", Type: t.set.ByGroup()})
	if template, err := t.set.By("template"); err == nil {
		t.control(ctx, search, baseline.Control{Name: "template", Type: template})
	}
	if t.opt.Data.Rows == data.RowsToken {
		return t.byToken(ctx)
	}
	return ctx.Err()
}

// task is what a control task is held against.
type task struct {
	cases      nested.Cases
	spaces     []nested.Space
	candidates []nested.Candidate
	found      *nested.Found
}

// outer is how many folds the task has; where the run's split stands for them, those that were
// asked for.
func (t *training) outer() int {
	if len(t.splits) > 1 {
		return len(t.splits)
	}
	return t.opt.Folds
}

// control measures one control task; why it cannot be is a warning.
func (t *training) control(ctx context.Context, of task, control baseline.Control) {
	s, err := baseline.Select(ctx, of.cases, of.spaces, of.candidates, of.found, control, t.outer(), t.opt.Inner, t.opt.Seed, nested.Options{})
	if err != nil {
		if ctx.Err() == nil {
			t.warn("no selectivity: %v", err)
		}
		return
	}
	t.report.Selectivity = append(t.report.Selectivity, report.Selectivity{Task: s.Name, Accuracy: s.Task, Control: s.Control, Difference: s.Selectivity})
}

// byToken makes a case of each row of the probe that is kept, whose type is its token.
func (t *training) byToken(ctx context.Context) error {
	final := t.candidates[t.found.Final]
	cases, space, unit := baseline.ByRow(t.cases, t.spaces[final.Space])
	one := []nested.Candidate{{Method: final.Method}}
	found, err := nested.Search(ctx, cases, []nested.Space{space}, t.splits, one, nested.Options{})
	if err != nil {
		return err
	}
	var token []string
	err = t.set.EachToken(ctx, t.rule, func(_ int, row *rundir.Row) error {
		token = append(token, strconv.Itoa(int(row.TokenID)))
		return nil
	})
	if err != nil {
		return err
	}
	t.control(ctx, task{cases, []nested.Space{space}, one, found}, baseline.Control{Name: "token", Type: token, Unit: unit})
	return ctx.Err()
}

// code is the online code length of the labels.
func (t *training) code(ctx context.Context) error {
	if t.opt.Quick {
		return nil
	}
	t.opt.note("coding the labels")
	code, err := baseline.CodeLength(ctx, t.cases, t.spaces, t.candidates, t.opt.Seed, nested.Options{})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		t.warn("no code length: %v", err)
	default:
		t.report.CodeLength = &report.CodeLength{Point: t.places[t.candidates[code.Last].Space].point, CodeLength: code.CodeLength}
	}
	return nil
}
