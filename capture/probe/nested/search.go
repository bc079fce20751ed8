package nested

import (
	"context"
	"errors"
	"fmt"
	"math"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/fit"
)

// Options are what all candidates share. The zero value is the default.
type Options struct {
	Logistic fit.LogisticOptions // Raw is set by each method
	CCS      fit.CCSOptions
	Threads  int   // spaces that are fitted at once; 0: as many as there are cores
	Memory   int64 // bytes that the spaces being fitted may take; 0: 768 MiB. With little of it, fewer are fitted at once
}

// Found is what the held-out samples say of a choice.
type Found struct {
	// Scores are those of each sample by the candidate that its split chose, fitted without it:
	// (score - mean) / sd of the scores of the training samples, so that splits can be ranked
	// together, rounded to 2⁻³⁴. NaN where a sample was not held out.
	Scores []float64
	// Probability is that of the positive class: of a logistic fit (Platt) to the held-out scores
	// of the samples that train its split, which other splits have held out, each class of 10
	// at least. Where there are fewer, or one split: the sigmoid of the score where rows are
	// samples and the method gives log-odds (LDA, of classes as frequent as each other;
	// logistic), else of a fit to the training samples' own scores; both are surer than
	// held-out samples bear out where rows are few.
	Probability []float64
	Calibrated  []bool      // of each split: its probabilities are of the first kind
	Chosen      []int       // of each split: the candidate
	Inner       [][]float64 // [split][candidate]: mean AUROC over the inner folds that have both classes, by which it was chosen, the first of equals; nil of one candidate
	Each        [][]float64 // [candidate][sample]: the scores of each candidate, without a choice
	// Final is the candidate that all training samples choose: by the mean AUROC over the
	// splits' held-out parts that have both classes (over all held-out samples together, where
	// none has); of one split it is what that chose.
	Final       int
	Held        []float64  // of each candidate: the figure by which Final was chosen; nil of one candidate or one split without inner folds
	Platt       *Platt     // of all held-out scores: for Probe, standardised by its training samples; nil of fewer than 10 of a class
	Probe       *fit.Probe // Final fitted to all samples that any split trains on
	Unconverged int        // fits that ended by the most passes over the rows, and not by their tolerance
	Blank       []int      // candidates with a training set whose rows, or classes, do not differ; their scores there are 0
}

// Search scores every sample by candidates that are fitted and chosen without it.
//
// Rows of a space are read a few times: for moments, for what methods need, and for scores.
// All training sets of a space share these passes. Memory, for each space at work: 8·width²
// bytes for each cell and three more with mean-covariance, lda or components (for each C and
// three more with logistic alone, or none where there is no room: more passes then), some
// 400·width for each logistic regression or start of CCS, and 64 MiB of scores; and 8 bytes
// for each candidate and sample. Where one space takes more than [Options.Memory], as lda of
// width 4096 in 25 cells does (3.8 GiB), it is refused with what would take less.
func Search(ctx context.Context, c Cases, spaces []Space, splits []Split, candidates []Candidate, opt Options) (*Found, error) {
	s, err := newSearch(c, spaces, splits, candidates, opt)
	if err != nil {
		return nil, err
	}
	all := make([]*held, len(candidates))
	err = s.spaces(ctx, func(ctx context.Context, space int) error {
		at := s.in(space)
		out, err := s.held(ctx, space, pick(candidates, at))
		for i, h := range out {
			all[at[i]] = h
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	f := s.found(all)
	if f.Probe = all[f.Final].whole; f.Probe == nil {
		f.Probe, err = s.fitFinal(ctx, candidates[f.Final])
	}
	return f, err
}

// fitFinal fits a candidate to all samples that any split trains on.
func (s *search) fitFinal(ctx context.Context, c Candidate) (*fit.Probe, error) {
	rows, err := s.rows(c.Space)
	if err != nil {
		return nil, err
	}
	probes, err := rows.fitted(ctx, []Method{c.Method}, []fit.Folds{s.plan.final}, &s.opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rows.Name, err)
	}
	return probes[0][0], nil
}

// search is one search, checked and planned.
type search struct {
	cases      Cases
	all        []Space
	candidates []Candidate
	plan       *plan
	opt        Options
	tests      [][]int   // samples of each split's held-out part
	inner      [][][]int // of each inner fold's
	measured   []int     // of each split: inner folds of both classes
	trains     [][]int   // that train each split
	draws      int       // of permutations, for which only scores are wanted; 0: there are none
}

func newSearch(c Cases, spaces []Space, splits []Split, candidates []Candidate, opt Options) (*search, error) {
	if err := c.check(splits); err != nil {
		return nil, err
	}
	if len(candidates) == 0 {
		return nil, errors.New("nested: there are no candidates")
	}
	for i, k := range candidates {
		if k.Space < 0 || k.Space >= len(spaces) {
			return nil, fmt.Errorf("nested: candidate %d is in space %d, and there are %d", i, k.Space, len(spaces))
		}
		if err := k.Method.Check(); err != nil {
			return nil, err
		}
	}
	opt.defaults()
	choose := len(candidates) > 1
	s := &search{cases: c, all: spaces, candidates: candidates, plan: planOf(splits, choose), opt: opt}
	for i, split := range splits {
		s.tests = append(s.tests, c.of(split.Test))
		s.trains = append(s.trains, c.of(split.Train))
		s.inner = append(s.inner, nil)
		for k := range s.plan.inner[i] {
			s.inner[i] = append(s.inner[i], c.of(split.Inner[k].Test))
		}
		s.measured = append(s.measured, s.both(i))
		if choose && s.measured[i] == 0 {
			return nil, hint.With(fmt.Errorf("%s has no inner fold of both classes to choose among %d candidates by", split.Name, len(candidates)), "take other inner folds, or one candidate")
		}
	}
	return s, nil
}

// both counts the inner folds of a split that have both classes.
func (s *search) both(split int) (n int) {
	for _, samples := range s.inner[split] {
		var of [2]int
		for _, i := range samples {
			of[class(s.cases.Positive[i])]++
		}
		n += min(1, of[0], of[1])
	}
	return n
}

// with is the same search with other labels.
func (s *search) with(positive []bool) *search {
	other := *s
	other.cases.Positive = positive
	other.measured = make([]int, len(s.measured))
	for i := range other.measured {
		other.measured[i] = other.both(i)
	}
	return &other
}

// in gives the candidates of a space.
func (s *search) in(space int) (at []int) {
	for i, c := range s.candidates {
		if c.Space == space {
			at = append(at, i)
		}
	}
	return at
}

// rows gives those of a space.
func (s *search) rows(space int) (*sampled, error) { return s.all[space].over(s.cases) }

// found makes the choice.
func (s *search) found(all []*held) *Found {
	n := len(s.cases.Positive)
	f := &Found{Scores: nans(n), Probability: nans(n)}
	for i, h := range all {
		f.Each = append(f.Each, h.scores)
		f.Unconverged += h.unconverged
		if h.blank {
			f.Blank = append(f.Blank, i)
		}
	}
	for k, tests := range s.tests {
		chosen := 0
		if len(all) > 1 {
			inner := make([]float64, len(all))
			for i, h := range all {
				if inner[i] = h.inner[k]; inner[i] > inner[chosen] {
					chosen = i
				}
			}
			f.Inner = append(f.Inner, inner)
		}
		f.Chosen = append(f.Chosen, chosen)
		for _, i := range tests {
			f.Scores[i] = all[chosen].scores[i]
			f.Probability[i] = all[chosen].logit[k].Of(f.Scores[i])
		}
	}
	s.calibrate(f)
	s.choose(f)
	return f
}

// leastPlatt is how many held-out samples of each class a logistic fit needs.
const leastPlatt = 10

// calibrate takes probabilities from held-out scores where there are enough.
func (s *search) calibrate(f *Found) {
	positive := s.cases.Positive
	of := func(takes func(i int) bool) (at []int, enough bool) {
		var n [2]int
		for i, score := range f.Scores {
			if !math.IsNaN(score) && takes(i) {
				at = append(at, i)
				n[class(positive[i])]++
			}
		}
		return at, min(n[0], n[1]) >= leastPlatt
	}
	f.Calibrated = make([]bool, len(s.tests))
	for k, tests := range s.tests {
		train := s.plan.splits[k].Train
		if at, enough := of(func(i int) bool { return train.Has(s.cases.Cell[i]) }); enough {
			f.Calibrated[k] = true
			l := platt(f.Scores, positive, at)
			for _, i := range tests {
				f.Probability[i] = l.Of(f.Scores[i])
			}
		}
	}
	if at, enough := of(func(int) bool { return true }); enough {
		l := platt(f.Scores, positive, at)
		f.Platt = &l
	}
}

// choose takes the final candidate by the held-out parts of all splits, the first of equals.
func (s *search) choose(f *Found) {
	if len(s.tests) == 1 {
		f.Final = f.Chosen[0]
		if f.Inner != nil {
			f.Held = f.Inner[0]
		}
		return
	}
	var a area
	for i, scores := range f.Each {
		f.Held = append(f.Held, s.across(&a, scores, s.cases.Positive))
		if f.Held[i] > f.Held[f.Final] || math.IsNaN(f.Held[f.Final]) {
			f.Final = i
		}
	}
}

// across is the mean AUROC over held-out parts, or that of all of them together.
func (s *search) across(a *area, scores []float64, positive []bool) float64 {
	sum, n := 0.0, 0.0
	var all []int
	for _, tests := range s.tests {
		all = append(all, tests...)
		if v := a.of(pick(scores, tests), pick(positive, tests)); !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	if n == 0 {
		return a.of(pick(scores, all), pick(positive, all))
	}
	return sum / n
}

func nans(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}
