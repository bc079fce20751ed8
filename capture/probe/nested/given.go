package nested

import (
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
)

// The names of the parts of a run's own split.
const (
	Train      = "train"
	Validation = "validation" // "val" is the same
	Test       = "test"
)

// Given holds out what a run's own split calls test; samples without a name take no part.
// Candidates are chosen by the validation part, after which the chosen one is fitted to both
// others together, as scikit-learn's PredefinedSplit does. Without a validation part they are
// chosen by inner folds of the training part, by group; inner is 1 where nothing is chosen.
func Given(split, label, group []string, inner int, seed uint64) (cells []int8, splits []Split, err error) {
	if len(split) != len(label) || len(group) != len(label) {
		return nil, nil, fmt.Errorf("nested: %d names of a split, %d labels, %d groups", len(split), len(label), len(group))
	}
	if inner < 1 {
		return nil, nil, hint.Usage(fmt.Errorf("%d inner folds", inner), "take 2 or more, or 1 where nothing is chosen")
	}
	if err := fewCells(1, inner+2, "parts"); err != nil {
		return nil, nil, err
	}
	side := make([]string, len(split))
	var train []int
	n := map[string]int{}
	for i, name := range split {
		switch name {
		case "val":
			name = Validation
		case Train:
			train = append(train, i)
		case "", Validation, Test:
		default:
			return nil, nil, hint.Usage(fmt.Errorf("sample %d is in the part %q of the split", i, name), "there are train, validation and test: choose other folds")
		}
		side[i] = name
		n[name]++
	}
	for _, name := range []string{Train, Test} {
		if n[name] == 0 {
			return nil, nil, hint.Usage(fmt.Errorf("the split has no samples in its part %q", name), "let folds be made by group instead: ", hint.Option("split"), " folds")
		}
	}
	if err := metric.Leaks(side, group); err != nil {
		return nil, nil, err
	}
	s := Split{Name: Test}
	folds := make([]int, len(train))
	if n[Validation] == 0 && inner > 1 {
		made, err := metric.Folds(pick(label, train), pick(group, train), inner, 1, seed)
		if err != nil {
			return nil, nil, fmt.Errorf("inner folds of the training part: %w", err)
		}
		folds = made.Outer
		s.Train, s.Test = fit.First(inner), 1<<inner
		for k := range inner {
			s.Inner = append(s.Inner, Inner{Train: s.Train.Without(k), Test: 1 << k})
		}
	} else if s.Train, s.Test = 1, 1<<1; n[Validation] > 0 {
		s.Train, s.Test = 1|1<<1, 1<<2
		s.Inner = []Inner{{Train: 1, Test: 1 << 1}}
	}
	cells = make([]int8, len(split))
	next := 0
	for i, name := range side {
		switch name {
		case "":
			cells[i] = -1
		case Train:
			cells[i] = int8(folds[next])
			next++
		case Validation:
			cells[i] = 1
		case Test:
			cells[i] = int8(highest(s.Test))
		}
	}
	return cells, []Split{s}, nil
}

// highest is the largest fold of a set.
func highest(f fit.Folds) (at int) {
	for ; f > 1; f >>= 1 {
		at++
	}
	return at
}

// pick gives the values at places.
func pick[T any](of []T, at []int) (out []T) {
	for _, i := range at {
		out = append(out, of[i])
	}
	return out
}
