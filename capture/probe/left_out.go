package probe

import (
	"context"
	"math"
	"slices"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
)

// heldOutBy are the keys whose values are held out from training, each once.
var heldOutBy = []string{"style", "template", "topic", "group"}

// leftOut measures the way the probe is made on styles, templates and topics that training
// had none of.
func (t *training) leftOut(ctx context.Context) error {
	if t.opt.Quick {
		return nil
	}
	inner := t.opt.Inner
	if len(t.candidates) == 1 {
		inner = 1
	}
	for _, key := range heldOutBy {
		by, err := t.set.By(key)
		if err != nil || !canHoldOut(by, t.cases.Positive) {
			continue // no run has the key, or there is nothing to hold out
		}
		cells, splits, err := nested.LeaveOut(by, t.set.Labels(), t.set.ByGroup(), inner, t.opt.Seed)
		if err != nil {
			t.warn("%s was not held out: %v", key, err)
			continue
		}
		t.opt.note("holding out each %s", key)
		found, err := nested.Search(ctx, t.set.Cases(cells), t.spaces, splits, t.candidates, nested.Options{})
		if err != nil {
			t.warn("%s was not held out: %v", key, err)
			continue
		}
		if err := t.leftOutBy(key, by, found.Scores); err != nil {
			return err
		}
	}
	return nil
}

// canHoldOut says whether values can be held out: there are two at least, and few enough, and one
// has samples of both classes.
func canHoldOut(by []string, positive []bool) bool {
	of := map[string][2]bool{}
	for i, v := range by {
		if v != "" {
			have := of[v]
			have[one(positive[i])] = true
			of[v] = have
		}
	}
	both := 0
	for _, have := range of {
		if have[0] && have[1] {
			both++
		}
	}
	return len(of) >= 2 && len(of) <= mostValues && both > 0
}

// mostValues are as many as there are cells for, with four folds each.
const mostValues = 16

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// leftOutBy measures each value, and all of them together, which is the figure with as many
// groups as the probe's.
func (t *training) leftOutBy(key string, by []string, scores []float64) error {
	var values []string
	for i, v := range by {
		if v != "" && !math.IsNaN(scores[i]) && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	for _, v := range append(values, "") { // the last one: all
		d, _ := t.some(scores, func(i int) bool { return v == "" || by[i] == v })
		auroc, err := metric.AUROC(d, t.opt.Level)
		if err != nil {
			return err
		}
		t.report.LeftOut = append(t.report.LeftOut, report.LeftOut{By: key, Value: v, AUROC: auroc})
	}
	return nil
}
