package probe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/storage/plural"
)

// answered names the set of samples that are no follow-ups; a follow-up's name has no space.
const answered = "the answer"

// sets are the sets of samples that a transfer is between.
type sets struct {
	names  []string
	of     []int  // of each sample its set; -1: none
	trains []bool // of each set: both classes have two groups, so that one can be held out
	folds  int
}

// setsOf parts samples by a column or key.
func setsOf(set *data.Set, by string) (*sets, error) {
	values, err := set.By(by)
	if usage := (*hint.UsageError)(nil); by == ByFollowup && errors.As(err, &usage) {
		values, err = make([]string, len(set.Samples)), nil
	}
	if err != nil {
		return nil, err
	}
	s := &sets{}
	for _, v := range values {
		if v == "" && by == ByFollowup {
			v = answered
		}
		at := slices.Index(s.names, v)
		if v != "" && at < 0 {
			at = len(s.names)
			s.names = append(s.names, v)
		}
		s.of = append(s.of, at)
	}
	switch {
	case len(s.names) < 2 && by == ByFollowup:
		return nil, hint.Usage(fmt.Errorf("the runs have no follow-ups"), "run with the key ", hint.Key("followups"), ", or part the samples by another column")
	case len(s.names) < 2:
		return nil, hint.Usage(fmt.Errorf("all samples have the same %s", by), "give two runs or more, or part them by another column")
	case len(s.names) > fit.MostFolds/2:
		return nil, hint.Usage(fmt.Errorf("%d values of %s", len(s.names), by), fmt.Sprintf("there may be %d: use fewer", fit.MostFolds/2))
	}
	return s, nil
}

// fit finds which sets can be trained on, and how many folds they allow, of so many at most.
func (s *sets) fit(set *data.Set, by string, most int) error {
	groups := make([][2]map[string]bool, len(s.names))
	for i, k := range s.of {
		if k < 0 {
			continue
		}
		c := one(set.Samples[i].Positive)
		if groups[k][c] == nil {
			groups[k][c] = map[string]bool{}
		}
		groups[k][c][set.Samples[i].Group] = true
	}
	s.folds = min(most, fit.MostFolds/len(s.names))
	for k := range s.names {
		least := min(len(groups[k][0]), len(groups[k][1]))
		if s.trains = append(s.trains, least > 1); least > 1 {
			s.folds = min(s.folds, least)
		}
	}
	if !slices.Contains(s.trains, true) {
		return hint.Usage(fmt.Errorf("no %s has two groups with %s and two with %s: nothing can be held out of any", by, set.Positive, set.Negative),
			"part the samples by another column, or take more questions of each class")
	}
	return nil
}

// cells puts samples into folds of groups over all sets: cell = set·folds + fold. Groups that
// no set trains on are dealt out one after the other.
func (s *sets) cells(set *data.Set, seed uint64) ([]int8, error) {
	var label, group []string
	for i, x := range set.Samples {
		if k := s.of[i]; k >= 0 && s.trains[k] {
			label, group = append(label, fmt.Sprintf("%t of %s", x.Positive, s.names[k])), append(group, x.Group)
		}
	}
	split, err := metric.Folds(label, group, s.folds, 1, seed)
	if err != nil {
		return nil, err
	}
	fold := map[string]int{}
	for i, g := range group {
		fold[g] = split.Outer[i]
	}
	cells := make([]int8, len(s.of))
	next := 0
	for i, k := range s.of {
		cells[i] = -1
		if k < 0 {
			continue
		}
		g := set.Samples[i].Group
		if _, placed := fold[g]; !placed {
			fold[g] = next % s.folds
			next++
		}
		cells[i] = int8(k*s.folds + fold[g]) //nolint:gosec // below fit.MostFolds
	}
	return cells, nil
}

// splits hold out each fold of all sets from what a set trains on.
func (s *sets) splits(set int) (out []nested.Split) {
	own := fit.First(s.folds) << (set * s.folds)
	for k := range s.folds {
		test := fit.Folds(0)
		for other := range s.names {
			test |= 1 << (other*s.folds + k)
		}
		out = append(out, nested.Split{Train: own &^ test, Test: test})
	}
	return out
}

// samples parts samples by a column or key, and scores each set by a probe of each.
func (t *transfer) samples(ctx context.Context) error {
	if len(t.set.Points) > 1 || len(t.set.Rules) > 1 {
		return hint.Usage(fmt.Errorf("%s and %s of tokens", plural.Count(len(t.set.Points), "point"), plural.Count(len(t.set.Rules), "rule")), "a transfer by "+t.by+" is at one point under one rule: choose them by ", hint.Option("points"), " and ", hint.Option("tokens"))
	}
	s, err := setsOf(t.set, t.by)
	if err != nil {
		return err
	}
	if err := s.fit(t.set, t.by, t.opt.Folds); err != nil {
		return err
	}
	cells, err := s.cells(t.set, t.opt.Seed)
	if err != nil {
		return err
	}
	t.report.Task.Split = fmt.Sprintf("%d folds by group over all of them", s.folds)
	t.cases = t.set.Cases(cells)
	t.matrix(s.names)
	space, err := t.set.Space(t.set.Points[0], t.set.Rules[0].Tokens)
	if err != nil {
		return err
	}
	for i := range s.names {
		if err := t.from(ctx, space, s, i); err != nil {
			return err
		}
	}
	return nil
}

// from trains on one set and scores all. A set that cannot be trained on has no figures, and
// a warning says so.
func (t *transfer) from(ctx context.Context, space nested.Space, s *sets, set int) error {
	splits := s.splits(set)
	trains := trainsOf(splits)
	if lacking := t.lacking(s, set, trains); lacking != "" {
		t.warn("nothing was trained on %s %q: %s", t.by, s.names[set], lacking)
		for j := range s.names {
			t.report.Matrix.AUROC[set][j] = none(lacking)
		}
		return nil
	}
	probes, err := nested.Fit(ctx, t.cases, space, t.method, trains, nested.Options{})
	if err != nil {
		return fmt.Errorf("training on %s %s: %w", t.by, s.names[set], err)
	}
	scores, err := nested.Score(ctx, t.cases, space, probes)
	if err != nil {
		return err
	}
	t.scores = merge(scores, splits, t.cases.Cell)
	for j := range s.names {
		if err := t.cell(set, j, s.of); err != nil {
			return err
		}
	}
	return nil
}

// lacking says which class a set has too little of to train and to hold something out.
func (t *transfer) lacking(s *sets, set int, trains []fit.Folds) string {
	few := func(positive bool) string {
		name := t.set.Negative
		if positive {
			name = t.set.Positive
		}
		any := false
		for i, k := range s.of {
			any = any || k == set && t.cases.Positive[i] == positive
		}
		if !any {
			return "no sample is " + name
		}
		for _, train := range trains {
			some := false
			for i, cell := range t.cases.Cell {
				some = some || train.Has(cell) && t.cases.Positive[i] == positive
			}
			if !some {
				return "too few groups are " + name
			}
		}
		return ""
	}
	var out []string
	for _, positive := range []bool{true, false} {
		if why := few(positive); why != "" {
			out = append(out, why)
		}
	}
	if out == nil && !s.trains[set] {
		return "too few groups"
	}
	return strings.Join(out, ", and ")
}

// trainsOf gives what each split trains on.
func trainsOf(splits []nested.Split) (out []fit.Folds) {
	for _, s := range splits {
		out = append(out, s.Train)
	}
	return out
}

// merge takes of each sample the score by the probe of the split that holds it out.
func merge(scores [][]float64, splits []nested.Split, cells []int8) []float64 {
	out := make([]float64, len(cells))
	for i, cell := range cells {
		out[i] = math.NaN()
		for k, s := range splits {
			if s.Test.Has(cell) {
				out[i] = scores[k][i]
			}
		}
	}
	return out
}
