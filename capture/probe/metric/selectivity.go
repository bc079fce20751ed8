package metric

import (
	"fmt"
	"math"
)

// Selectivity is the accuracy on a task less that on its control task, whose labels are drawn
// at random for each type (Hewitt and Liang 2019, arXiv 1909.03368). A probe that learns any
// label learns the control task too.
func Selectivity(task, control float64) float64 { return task - control }

// Answers say of rows whether a probe's answer was right. Without Group each row is a group
// of its own.
type Answers struct {
	Right []bool
	Group []string
}

// SelectivityOf is [Selectivity] with its interval: of a task and its control task on the same
// groups, the jackknife over groups; rows need not be the same.
func SelectivityOf(task, control Answers, level float64) (Interval, error) {
	if err := levelFault(level); err != nil {
		return Interval{}, err
	}
	if (task.Group == nil) != (control.Group == nil) || task.Group == nil && len(task.Right) != len(control.Right) {
		return Interval{}, fmt.Errorf("%d rows of the task and %d of the control task: name the groups of both", len(task.Right), len(control.Right))
	}
	if task.Group == nil {
		for i := range task.Right {
			task.Group = append(task.Group, fmt.Sprint(i))
		}
		control.Group = task.Group
	}
	if len(task.Group) != len(task.Right) || len(control.Group) != len(control.Right) {
		return Interval{}, fmt.Errorf("%d and %d rows, but %d and %d groups", len(task.Right), len(control.Right), len(task.Group), len(control.Group))
	}
	// The two tasks are the two classes of one layout.
	n := len(task.Right)
	positive, group := make([]bool, n+len(control.Right)), make([]string, 0, n+len(control.Right))
	for i := range n {
		positive[i] = true
	}
	group = append(append(group, task.Group...), control.Group...)
	l, err := layoutOf(len(positive), positive, group)
	if err != nil {
		return Interval{}, err
	}
	right := [2][]float64{make([]float64, l.groups()), make([]float64, l.groups())}
	all := [2]float64{}
	for i, g := range l.of {
		of, yes := 0, i < n && task.Right[i]
		if i >= n {
			of, yes = 1, control.Right[i-n]
		}
		if yes {
			right[of][g]++
			all[of]++
		}
	}
	return l.difference(func(without int) float64 {
		t, c, nt, nc := all[0], all[1], n, len(control.Right)
		if without >= 0 {
			t, c, nt, nc = t-right[0][without], c-right[1][without], nt-l.pos[without], nc-l.neg[without]
		}
		if nt == 0 || nc == 0 {
			return math.NaN()
		}
		return Selectivity(t/float64(nt), c/float64(nc))
	}, len(positive), level), nil
}
