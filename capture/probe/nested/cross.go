package nested

import (
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
)

// Cross holds each of some folds out once. Folds are of whole groups, with labels spread as
// evenly as groups allow ([metric.Folds]); those of the choice are made the same way inside
// each of them. inner is 1 where nothing is chosen, and 2 or more where something is.
func Cross(label, group []string, folds, inner int, seed uint64) (cells []int8, splits []Split, err error) {
	if err := fewCells(folds, inner, "folds"); err != nil {
		return nil, nil, err
	}
	s, err := metric.Folds(label, group, folds, inner, seed)
	if err != nil {
		return nil, nil, err
	}
	for i := range label {
		cells = append(cells, int8(s.Cell(i)))
	}
	return cells, grid(folds, inner, func(k int) string { return fmt.Sprintf("fold %d of %d", k+1, folds) }), nil
}

// fewCells refuses more cells than there may be.
func fewCells(parts, inner int, what string) error {
	if parts > 0 && inner > fit.MostFolds/parts {
		return hint.Usage(fmt.Errorf("%d %s with %d inner folds each make %d cells, more than %d", parts, what, inner, parts*inner, fit.MostFolds),
			"take fewer inner folds, or fewer ", what)
	}
	return nil
}

// grid gives the splits that hold out each of some parts, whose cells are part·inner + k.
// Where a part is held out, inner fold k is the cells k of all others.
func grid(parts, inner int, name func(part int) string) (splits []Split) {
	all := fit.First(parts * inner)
	for part := range parts {
		s := Split{Name: name(part), Test: (fit.First(inner)) << (part * inner)}
		s.Train = all &^ s.Test
		for k := range inner {
			if inner < 2 {
				break
			}
			test := fit.Folds(0)
			for other := range parts {
				test |= 1 << (other*inner + k)
			}
			s.Inner = append(s.Inner, Inner{Train: s.Train &^ test, Test: s.Train & test})
		}
		splits = append(splits, s)
	}
	return splits
}
