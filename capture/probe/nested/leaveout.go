package nested

import (
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
)

// LeaveOut holds out each value of a key (a style, a topic, a run) once; samples without a
// value take no part. Where no group has samples of two values, each value is a split, whose
// candidates are chosen by inner folds of the others' groups (none where inner is 1).
//
// Where groups have samples of several values (a question in every style), a held-out value
// would have its questions in training. Groups then are in folds, inner ones but three at
// least, and there is a split for each value and fold: its samples are held out, and neither
// the value's others nor the fold's are trained on. Candidates are chosen by the folds that
// are left.
func LeaveOut(by, label, group []string, inner int, seed uint64) (cells []int8, splits []Split, err error) {
	if len(by) != len(label) || len(group) != len(label) {
		return nil, nil, fmt.Errorf("nested: %d values, %d labels, %d groups", len(by), len(label), len(group))
	}
	if inner < 1 {
		return nil, nil, hint.Usage(fmt.Errorf("%d inner folds", inner), "take 2 or more, or 1 where nothing is chosen")
	}
	var names []string
	place, of := map[string]int{}, map[string]string{}
	var used []int
	crossed := false
	for i, v := range by {
		if v == "" {
			continue
		}
		used = append(used, i)
		if _, there := place[v]; !there {
			place[v] = len(names)
			names = append(names, v)
		}
		if first, there := of[group[i]]; there && first != v {
			crossed = true
		}
		of[group[i]] = v
	}
	if len(names) < 2 {
		return nil, nil, hint.With(fmt.Errorf("all samples have the same value, and none is left to train on when it is held out: %q", names), "leave out another key")
	}
	folds := inner
	if crossed {
		folds = max(inner, 3)
	}
	if err := fewCells(len(names), folds, "values"); err != nil {
		return nil, nil, err
	}
	in := make([]int, len(used))
	if folds > 1 {
		made, err := metric.Folds(pick(label, used), pick(group, used), folds, 1, seed)
		if err != nil {
			return nil, nil, fmt.Errorf("inner folds by group: %w", err)
		}
		in = made.Outer
	}
	cells = make([]int8, len(by))
	for i := range cells {
		cells[i] = -1
	}
	for k, i := range used {
		cells[i] = int8(place[by[i]]*folds + in[k])
	}
	if !crossed {
		return cells, grid(len(names), folds, func(part int) string { return names[part] }), nil
	}
	return cells, crossing(cells, names, folds), nil
}

// crossing gives the splits that hold out each value in each fold of groups, where it has
// samples. Cells are value·folds + fold.
func crossing(cells []int8, names []string, folds int) (splits []Split) {
	there, column := fit.Folds(0), fit.Folds(0) // the cells with samples; fold 0 of all values
	for _, cell := range cells {
		if cell >= 0 {
			there |= 1 << cell
		}
	}
	for value := range names {
		column |= 1 << (value * folds)
	}
	for value, name := range names {
		own := fit.First(folds) << (value * folds)
		for k := range folds {
			s := Split{Name: fmt.Sprintf("%s, fold %d of %d", name, k+1, folds)}
			s.Test = there & own & (column << k)
			s.Train = there &^ own &^ (column << k)
			if s.Test == 0 {
				continue
			}
			for other := range folds {
				if test := s.Train & (column << other); test != 0 && other != k {
					s.Inner = append(s.Inner, Inner{Train: s.Train &^ test, Test: test})
				}
			}
			splits = append(splits, s)
		}
	}
	return splits
}
