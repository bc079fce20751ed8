package baseline

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/verdict"
)

// Control is a control task (Hewitt and Liang 2019, arXiv 1909.03368): every type has a label
// drawn once at random. A probe can only learn it by telling types apart and remembering them.
type Control struct {
	Name string   // "token", "question", "template"
	Type []string // of each case
	// Unit is what stays on one side of its folds, where cases are rows: the sample. nil: each
	// case by itself, since types must be on both sides; the groups of the task do not count.
	Unit []string
}

// Labels gives each type its class: as large a share of the types is positive as of the
// cases, and one of each class at least. Which ones follows from the seed and the type alone,
// and the number of types.
func (k Control) Labels(share float64, seed uint64) ([]bool, error) {
	var types []string
	seen := map[string]bool{}
	for _, t := range k.Type {
		if !seen[t] {
			seen[t] = true
			types = append(types, t)
		}
	}
	switch {
	case len(types) < 2:
		return nil, hint.With(fmt.Errorf("the control task by %s: there is one type, and types are what it tells apart", k.Name), "leave it out")
	case len(types) == len(k.Type):
		return nil, hint.With(fmt.Errorf("the control task by %s: each of %d cases has a type of its own, and none is in training and held out", k.Name, len(types)), "take several samples of each "+k.Name+", or leave it out")
	}
	draw := func(t string) uint64 {
		h := fnv.New64a()
		h.Write([]byte(strconv.FormatUint(seed, 10) + "\x00" + t))
		x := h.Sum64() // mixed, as FNV's first bits hardly change with the last letter (SplitMix64)
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		return x ^ x>>31
	}
	slices.SortFunc(types, func(a, b string) int { return cmp.Or(cmp.Compare(draw(a), draw(b)), cmp.Compare(a, b)) })
	positive := map[string]bool{}
	n := int(math.Round(share * float64(len(types))))
	for _, t := range types[:min(max(n, 1), len(types)-1)] {
		positive[t] = true
	}
	out := make([]bool, len(k.Type))
	for i, t := range k.Type {
		out[i] = positive[t]
	}
	return out, nil
}

// Selectivity is a task beside a control task.
type Selectivity struct {
	Name        string          `json:"name"`
	Types       int             `json:"types"`
	Task        metric.Interval `json:"task"`        // accuracy
	Control     metric.Interval `json:"control"`     // accuracy
	Selectivity metric.Interval `json:"selectivity"` // the task's less the control's
}

// Select measures the selectivity of a search, whose answer is the class of the larger
// probability. Cases, spaces and candidates are those with which the task was found. The
// control task is searched over in the same way, in folds of its own: in those of the task a
// type would often be on one side alone, where nothing can be remembered.
func Select(ctx context.Context, c nested.Cases, spaces []nested.Space, candidates []nested.Candidate, task *nested.Found, k Control, folds, inner int, seed uint64, opt nested.Options) (*Selectivity, error) {
	n := len(c.Positive)
	if len(task.Probability) != n || len(k.Type) != n || k.Unit != nil && len(k.Unit) != n {
		return nil, fmt.Errorf("baseline: %d cases, %d probabilities, %d types, %d units", n, len(task.Probability), len(k.Type), len(k.Unit))
	}
	var part []int // the cases that take part
	positives := 0.0
	for i, p := range c.Positive {
		if c.Cell == nil || c.Cell[i] >= 0 {
			part = append(part, i)
			positives += yes(p)
		}
	}
	types := Control{Name: k.Name, Type: pick(k.Type, part)}
	drawn, err := types.Labels(positives/float64(max(1, len(part))), seed)
	if err != nil {
		return nil, err
	}
	unit, label := make([]string, len(part)), make([]string, len(part))
	for j, i := range part {
		label[j], unit[j] = strconv.FormatBool(drawn[j]), strconv.Itoa(i)
		if k.Unit != nil {
			unit[j] = k.Unit[i]
		}
	}
	if len(candidates) == 1 {
		inner = 1
	}
	cells, splits, err := nested.Cross(label, unit, folds, inner, seed)
	if err != nil {
		return nil, fmt.Errorf("the control task by %s: %w", k.Name, err)
	}
	control := nested.Cases{Positive: make([]bool, n), Cell: slices.Repeat([]int8{-1}, n), Group: k.Unit}
	for j, i := range part {
		control.Positive[i], control.Cell[i] = drawn[j], cells[j]
	}
	found, err := nested.Search(ctx, control, spaces, splits, candidates, opt)
	if err != nil {
		return nil, fmt.Errorf("the control task by %s: %w", k.Name, err)
	}
	own, other := answers(task, c.Positive, c.Group), answers(found, control.Positive, c.Group)
	out := &Selectivity{Name: k.Name, Types: distinct(types.Type)}
	if out.Task, err = metric.Rate(own.Right, own.Group, verdict.Level); err != nil {
		return nil, err
	}
	if out.Control, err = metric.Rate(other.Right, other.Group, verdict.Level); err != nil {
		return nil, err
	}
	out.Selectivity, err = metric.SelectivityOf(own, other, verdict.Level)
	return out, err
}

// answers says which held-out samples are given their class.
func answers(found *nested.Found, positive []bool, group []string) (a metric.Answers) {
	for i, p := range found.Probability {
		if math.IsNaN(p) {
			continue
		}
		a.Right = append(a.Right, (p > 0.5) == positive[i])
		if group != nil {
			a.Group = append(a.Group, group[i])
		} else {
			a.Group = append(a.Group, strconv.Itoa(i))
		}
	}
	return a
}

// pick gives the values at places.
func pick(of []string, at []int) (out []string) {
	for _, i := range at {
		out = append(out, of[i])
	}
	return out
}

func distinct(of []string) int {
	of = slices.Clone(of)
	slices.Sort(of)
	return len(slices.Compact(of))
}

// ByRow makes a case of each row of a space of tokens, for a control task by token: its class
// and group are the sample's, and the sample is the unit. Row says of each case which sample
// it is of.
func ByRow(c nested.Cases, s nested.Space) (cases nested.Cases, space nested.Space, unit []string) {
	space = s
	space.Sample = nil
	if s.Sample == nil {
		for i := range c.Positive {
			unit = append(unit, strconv.Itoa(i))
		}
		return c, space, unit
	}
	for _, at := range s.Sample {
		cases.Positive, cases.Cell = append(cases.Positive, c.Positive[at]), append(cases.Cell, c.Cell[at])
		if c.Group != nil {
			cases.Group = append(cases.Group, c.Group[at])
		}
		unit = append(unit, strconv.Itoa(int(at)))
	}
	return cases, space, unit
}
