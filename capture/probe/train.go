package probe

import (
	"context"
	"fmt"
	"math"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/capture/vector"
	"intentprobe/storage/plural"
)

// Trained is a probe, how it was made, and what was measured of the way that it was made.
type Trained struct {
	Report    *report.Report
	Meta      vector.Meta
	Direction *vector.Direction
}

// Train fits probes to the rows of runs at every point under every rule of tokens by every
// method, chooses one inside the folds, and measures the choice on what was held out. The
// probe that is kept is fitted to all samples that train. Errors are *hint.UsageError, or come
// from the files.
func Train(ctx context.Context, runs []string, opt Options) (*Trained, error) {
	opt.defaults()
	methods, err := opt.check(true)
	if err != nil {
		return nil, err
	}
	opt.Data.IgnoreSplit = opt.Data.IgnoreSplit || opt.Split == SplitFolds
	set, err := data.Open(ctx, runs, opt.Data)
	if err != nil {
		return nil, err
	}
	if err := checkControls(ctx, set, &opt); err != nil {
		return nil, err
	}
	t := &training{evaluation: evaluation{set: set, opt: &opt}, methods: methods}
	if err := t.fit(ctx); err != nil {
		return nil, err
	}
	if err := t.keepFinal(ctx); err != nil {
		return nil, err
	}
	if err := t.measure(ctx); err != nil {
		return nil, err
	}
	return t.keep(ctx)
}

// training is one call of Train.
type training struct {
	evaluation
	methods []nested.Method

	spaces     []nested.Space
	places     []place // of each space
	candidates []nested.Candidate
	split      string // in words
	found      *nested.Found
	null       *nested.Null
	fitted     []nested.Fitted // by the final candidate, of each split
	kept       nested.Fitted
	trained    fit.Folds // what the kept one was fitted to
}

// Sweep is Train for its report alone: nothing is meant to be written.
func Sweep(ctx context.Context, runs []string, opt Options) (*report.Report, error) {
	trained, err := Train(ctx, runs, opt)
	if err != nil {
		return nil, err
	}
	trained.Report.Kind = report.Sweep
	return trained.Report, nil
}

// place is a point under a rule of tokens.
type place struct{ point, tokens string }

// fit makes the spaces and folds, and searches.
func (t *training) fit(ctx context.Context) error {
	var err error
	if t.spaces, t.places, err = spacesOf(t.set); err != nil {
		return err
	}
	t.candidates = candidatesOf(t.spaces, t.methods)
	var cells []int8 // with inner folds even of one candidate: baselines choose by them
	least := 2
	if len(t.candidates) == 1 {
		least = 1
	}
	if cells, t.splits, t.split, err = splitsOf(t.set, t.opt, t.opt.Inner, least); err != nil {
		return err
	}
	t.cases = t.set.Cases(cells)
	t.opt.note("fitting %s in %s", plural.Count(len(t.candidates), "candidate"), plural.Count(len(t.splits), "split"))
	if t.found, err = nested.Search(ctx, t.cases, t.spaces, t.splits, t.candidates, nested.Options{}); err != nil {
		return err
	}
	t.rule = t.at().tokens
	t.scores, t.probability, t.p = t.found.Scores, t.found.Probability, math.NaN()
	draws := t.opt.draws(t.methods)
	if draws == 0 {
		return nil
	}
	t.opt.note("permuting labels %s", plural.Count(draws, "time"))
	t.null, err = nested.Permute(ctx, t.cases, t.spaces, t.splits, t.candidates, draws, t.opt.Seed, nested.Options{})
	if err != nil {
		return err
	}
	t.p, t.draws = t.null.P, t.null.Draws
	return nil
}

// at is the place of the candidate that is kept.
func (t *training) at() place { return t.places[t.candidates[t.found.Final].Space] }

// spacesOf gives each point under each rule.
func spacesOf(set *data.Set) (spaces []nested.Space, places []place, err error) {
	for _, rule := range set.Rules {
		for _, point := range set.Points {
			space, err := set.Space(point, rule.Tokens)
			if err != nil {
				return nil, nil, err
			}
			spaces, places = append(spaces, space), append(places, place{point, rule.Tokens})
		}
	}
	return spaces, places, nil
}

// candidatesOf gives each method in each space.
func candidatesOf(spaces []nested.Space, methods []nested.Method) (out []nested.Candidate) {
	for i := range spaces {
		for _, m := range methods {
			out = append(out, nested.Candidate{Space: i, Method: m})
		}
	}
	return out
}

// splitsOf makes the folds, or takes the run's split.
func splitsOf(set *data.Set, opt *Options, inner, least int) (cells []int8, splits []nested.Split, what string, err error) {
	of := map[string]int{}
	for _, s := range set.BySplit() {
		of[s]++
	}
	if opt.Split == SplitRun || opt.Split == SplitAuto && of[nested.Train] > 0 && of[nested.Test] > 0 {
		cells, splits, err = nested.Given(set.BySplit(), set.Labels(), set.ByGroup(), inner, opt.Seed)
		return cells, splits, fmt.Sprintf("of the run: train %d, validation %d, test %d", of[nested.Train], of[nested.Validation]+of["val"], of[nested.Test]), err
	}
	cells, splits, err = foldsOf(set, opt, inner, least)
	return cells, splits, fmt.Sprintf("%d folds by group", len(splits)), err
}

// foldsOf makes folds of groups: as many as are asked for, or as groups allow; of few groups
// there are fewer inner folds first, and at least so many: 1 where nothing has to be chosen.
func foldsOf(set *data.Set, opt *Options, inner, least int) ([]int8, []nested.Split, error) {
	return foldsWithout(set, opt, inner, least, func(int) bool { return false })
}

// foldsWithout makes folds of the samples that are not left out; the others have the cell -1.
func foldsWithout(set *data.Set, opt *Options, inner, least int, left func(i int) bool) ([]int8, []nested.Split, error) {
	var labels, groups []string
	label := set.Labels()
	of := [2]map[string]bool{{}, {}}
	for i := range set.Samples {
		if !left(i) {
			labels, groups = append(labels, label[i]), append(groups, set.Samples[i].Group)
			of[one(set.Samples[i].Positive)][set.Samples[i].Group] = true
		}
	}
	most := min(opt.Folds, len(of[0]), len(of[1]))
	if most < 2 {
		most = opt.Folds // refused, by the number of groups
	}
	var first error
	all := func(some []int8) (cells []int8) {
		next := 0
		for i := range set.Samples {
			cells = append(cells, -1)
			if !left(i) {
				cells[i] = some[next]
				next++
			}
		}
		return cells
	}
	for folds := most; folds >= 2; folds-- {
		for in := min(inner, max(2, folds)); in >= min(inner, least); in-- {
			some, splits, err := nested.Cross(labels, groups, folds, in, opt.Seed)
			var cells []int8
			if err == nil {
				cells = all(some)
				err = set.Cases(cells).Check(splits)
			}
			if err == nil {
				return cells, splits, nil
			}
			if first == nil {
				first = err
			}
		}
	}
	if least > 1 && min(len(of[0]), len(of[1])) >= 2 {
		return nil, nil, hint.Usage(fmt.Errorf("too few groups to choose inside the folds: %d with a sample that is %s, %d with one that is %s (%w)", len(of[1]), set.Positive, len(of[0]), set.Negative, first),
			"add questions, or give one point, one rule of tokens and one method, so that nothing has to be chosen")
	}
	return nil, nil, first
}

// draws is how many permutations are made.
func (o *Options) draws(methods []nested.Method) int {
	if o.Permutations != 0 {
		return max(o.Permutations, 0)
	}
	for _, m := range methods {
		if m.Kind != nested.Mean && m.Kind != nested.LDA || o.Data.Rows == data.RowsToken {
			return 100
		}
	}
	return 1000
}
