package nested

import (
	"context"
	"fmt"
	"math"
	"sync"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/metric"
)

// Null says what the same pipeline finds where labels have nothing to do with the rows.
type Null struct {
	Draws     int
	Statistic float64   // AUROC of the scores of all held-out samples together ([Found.Scores])
	Null      []float64 // the same of each draw of the labels
	P         float64   // (1 + draws that are as large) / (1 + draws)
	Of        []float64 // of each candidate, the AUROC of its scores without a choice ([Found.Each])
	Each      []float64 // its p, corrected by the largest over the candidates in each draw ([metric.MaxP])
	Ways      float64   // in which labels could be drawn
	Within    string    // "cells" or "strata": what labels were exchanged within
}

// enoughWays is how many times as many ways as draws there must be to draw labels within
// cells.
const enoughWays = 100

// Permute draws labels and does all that [Search] does with them: it fits, chooses inside the
// folds, and scores what is held out.
//
// Labels are exchanged by groups ([metric.Shuffle]), within the strata and within the cells
// that a group is in. As folds are made by the labels, so that each has a like share of them,
// labels that were exchanged across folds would have unlike shares, and be no fair
// comparison. Where there are too few ways for that (few groups a cell), they are exchanged
// within the strata alone, and p is less exact; [Null.Within] says which.
//
// The methods mean and lda are computed from products of samples: all draws for little more
// than one (fit.Permuted). So they are of rows of tokens where the method is mean and scores
// are pooled by their mean, since mean-mean of weighted rows is that of the samples' means.
// Other methods, and other rows of tokens, are fitted anew in every draw, as nothing shorter
// is the same pipeline: logistic regressions of many draws share passes. Memory, beside that
// of [Search]: 8 bytes for each draw and sample, once and for each space at work, and for the
// latter 8·samples² (at most 8·samples·width) a few times.
func Permute(ctx context.Context, c Cases, spaces []Space, splits []Split, candidates []Candidate, draws int, seed uint64, opt Options) (*Null, error) {
	if draws < 1 {
		return nil, hint.Usage(fmt.Errorf("%d permutations", draws), "draw 199 or more")
	}
	s, err := newSearch(c, spaces, splits, candidates, opt)
	if err != nil {
		return nil, err
	}
	s.draws = draws
	shuffle, within, err := s.shuffle(draws, seed)
	if err != nil {
		return nil, err
	}
	d := newTrials(s, shuffle, draws)
	err = s.spaces(ctx, func(ctx context.Context, space int) error { return d.space(ctx, space) })
	if err != nil {
		return nil, err
	}
	null, err := d.null()
	if err != nil {
		return nil, err
	}
	null.Ways, null.Within = shuffle.Ways(), within
	return null, nil
}

// takesPart lists the samples with a cell.
func (c Cases) takesPart() (at []int) {
	for i, cell := range c.Cell {
		if cell >= 0 {
			at = append(at, i)
		}
	}
	return at
}

// shuffle makes what draws the labels of the samples that take part.
func (s *search) shuffle(draws int, seed uint64) (*metric.Shuffle, string, error) {
	c := s.cases
	at := c.takesPart()
	positive := pick(c.Positive, at)
	var group []string
	stratum := make([]string, len(at))
	if c.Stratum != nil {
		stratum = pick(c.Stratum, at)
	}
	cells := make([]string, len(at)) // those that a sample's group is in
	if c.Group == nil {
		for k, i := range at {
			cells[k] = fmt.Sprint(c.Cell[i])
		}
	} else {
		group = pick(c.Group, at)
		of := map[string]uint64{}
		for k, i := range at {
			of[group[k]] |= 1 << c.Cell[i]
		}
		for k := range at {
			cells[k] = fmt.Sprint(of[group[k]])
		}
	}
	for k := range cells {
		cells[k] = fmt.Sprintf("%s in %q", cells[k], stratum[k])
	}
	if within, err := metric.NewShuffle(positive, group, cells, seed); err == nil && within.Ways() >= enoughWays*float64(draws) {
		return within, "cells", nil
	}
	shuffle, err := metric.NewShuffle(positive, group, stratum, seed)
	return shuffle, "strata", err
}

// trials gather what the candidates come to in each draw; draw 0 has the labels themselves.
type trials struct {
	*search
	positive [][]bool    // [draws][samples]
	lists    [][]int8    // the same
	at       []int       // samples that are held out by any split
	each     [][]float64 // [candidates][draws]: AUROC without a choice

	lock   sync.Mutex
	inner  []float64 // [draws, splits]: the best so far
	chosen []int32   // by candidate
	scores []float64 // [draws, samples]: by it
}

func newTrials(s *search, shuffle *metric.Shuffle, draws int) *trials {
	n, parts := len(s.cases.Positive), s.cases.takesPart()
	d := &trials{search: s, each: make([][]float64, len(s.candidates))}
	labels := make([]bool, len(parts))
	for k := range draws + 1 {
		positive := s.cases.Positive
		if k > 0 {
			shuffle.Next(labels)
			positive = make([]bool, n)
			for j, i := range parts {
				positive[i] = labels[j]
			}
		}
		list := make([]int8, n)
		for i, p := range positive {
			list[i] = int8(class(p))
		}
		d.positive, d.lists = append(d.positive, positive), append(d.lists, list)
	}
	for i := range d.each {
		d.each[i] = make([]float64, draws+1)
	}
	for _, tests := range s.tests {
		d.at = append(d.at, tests...)
	}
	d.inner = make([]float64, (draws+1)*len(s.tests))
	for i := range d.inner {
		d.inner[i] = math.Inf(-1)
	}
	d.chosen, d.scores = make([]int32, len(d.inner)), make([]float64, (draws+1)*n)
	return d
}

// take takes what a candidate came to in a draw: the mean inner AUROC and the held-out scores
// of each split. The first of equal candidates is chosen, in whatever order they are taken.
func (d *trials) take(candidate, draw int, inner, scores []float64, a *area) {
	n := len(d.cases.Positive)
	d.each[candidate][draw] = a.among(scores, d.positive[draw], d.at)
	d.lock.Lock()
	defer d.lock.Unlock()
	for k, tests := range d.tests {
		at, v := draw*len(d.tests)+k, 0.0
		if len(d.candidates) > 1 {
			v = inner[k]
		}
		if v < d.inner[at] || v == d.inner[at] && int32(candidate) > d.chosen[at] {
			continue
		}
		d.inner[at], d.chosen[at] = v, int32(candidate)
		for _, i := range tests {
			d.scores[draw*n+i] = scores[i]
		}
	}
}

// null is what is left when all candidates were taken.
func (d *trials) null() (*Null, error) {
	n, draws := len(d.cases.Positive), len(d.positive)-1
	var a area
	out := &Null{Draws: draws}
	for k, positive := range d.positive {
		v := a.among(d.scores[k*n:(k+1)*n], positive, d.at)
		if k == 0 {
			out.Statistic = v
		} else {
			out.Null = append(out.Null, v)
		}
	}
	if math.IsNaN(out.Statistic) {
		return nil, hint.With(fmt.Errorf("all samples that are held out are of one class"), "choose another split")
	}
	one := make([][]float64, draws)
	many := make([][]float64, draws)
	for k := range draws {
		one[k] = []float64{out.Null[k]}
		for _, of := range d.each {
			many[k] = append(many[k], of[k+1])
		}
	}
	for _, of := range d.each {
		out.Of = append(out.Of, of[0])
	}
	p, err := metric.MaxP([]float64{out.Statistic}, one)
	if err != nil {
		return nil, err
	}
	out.P = p[0]
	out.Each, err = metric.MaxP(out.Of, many)
	return out, err
}
