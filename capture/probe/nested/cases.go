package nested

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
)

// Cases are the samples. All slices are of one length, or nil where that is allowed.
type Cases struct {
	Positive []bool
	Group    []string // independent units (questions); nil: each sample is one
	Stratum  []string // labels are exchanged within it (a run); nil: one. Of permutations alone
	Cell     []int8   // fold cell of each sample, below fit.MostFolds; -1: takes no part
}

// Split is one held-out part. Sets of cells are written as sets of folds, as the rows of a
// cell are a fold to package fit.
type Split struct {
	Name        string
	Train, Test fit.Folds
	Inner       []Inner // by which candidates are chosen; not needed of one candidate
}

// Inner is one held-out part of a split's training samples.
type Inner struct{ Train, Test fit.Folds }

// Check refuses splits by which Search cannot hold out and choose: those that train on one
// class, hold nothing out, or have a group on both sides.
func (c Cases) Check(splits []Split) error { return c.check(splits) }

// check refuses cases and splits that do not fit, and groups on both sides of a split.
func (c Cases) check(splits []Split) error {
	n := len(c.Positive)
	if len(c.Cell) != n || c.Group != nil && len(c.Group) != n || c.Stratum != nil && len(c.Stratum) != n {
		return fmt.Errorf("nested: %d labels, %d cells, %d groups, %d strata", n, len(c.Cell), len(c.Group), len(c.Stratum))
	}
	if len(splits) == 0 {
		return errors.New("nested: there are no splits")
	}
	for i, cell := range c.Cell {
		if cell < -1 || cell >= fit.MostFolds {
			return fmt.Errorf("nested: sample %d is in cell %d", i, cell)
		}
	}
	tested := fit.Folds(0)
	for _, s := range splits {
		if tested&s.Test != 0 {
			return fmt.Errorf("nested: %s holds out samples that another split holds out, too", s.Name)
		}
		tested |= s.Test
		if err := c.sides(s.Name, s.Train, s.Test); err != nil {
			return err
		}
		for k, in := range s.Inner {
			if (in.Train|in.Test)&^s.Train != 0 {
				return fmt.Errorf("nested: inner fold %d of %s has samples that do not train it", k, s.Name)
			}
			if err := c.sides(fmt.Sprintf("inner fold %d of %s", k, s.Name), in.Train, in.Test); err != nil {
				return err
			}
		}
	}
	return nil
}

// sides checks the two sides of one split.
func (c Cases) sides(name string, train, test fit.Folds) error {
	if train&test != 0 {
		return fmt.Errorf("nested: %s trains on samples that it holds out", name)
	}
	if err := c.trains(name, train); err != nil {
		return err
	}
	if held := c.classes(test); held[0]+held[1] == 0 {
		return hint.Usage(fmt.Errorf("%s holds no samples out", name), "take fewer folds")
	}
	if c.Group == nil {
		return nil
	}
	side := make([]string, len(c.Cell))
	for i, cell := range c.Cell {
		switch {
		case train.Has(cell):
			side[i] = "in training"
		case test.Has(cell):
			side[i] = "held out"
		}
	}
	if err := metric.Leaks(side, c.Group); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// trains refuses cells without samples of both classes.
func (c Cases) trains(name string, cells fit.Folds) error {
	n := c.classes(cells)
	for class, word := range []string{"negative", "positive"} {
		if n[class] == 0 {
			return hint.Usage(fmt.Errorf("%s has no %s samples to train on", name, word), "take fewer folds, or other labels")
		}
	}
	return nil
}

// classes counts the negative and the positive samples of cells.
func (c Cases) classes(cells fit.Folds) (n [2]int) {
	for i, cell := range c.Cell {
		switch {
		case !cells.Has(cell):
		case c.Positive[i]:
			n[1]++
		default:
			n[0]++
		}
	}
	return n
}

// of gives the samples of cells.
func (c Cases) of(cells fit.Folds) (samples []int) {
	for i, cell := range c.Cell {
		if cells.Has(cell) {
			samples = append(samples, i)
		}
	}
	return samples
}

// plan is what splits need to be fitted.
type plan struct {
	splits []Split
	trains []fit.Folds // each once: those of the splits first
	outer  []int       // of each split: place in trains
	inner  [][]int     // of each split's inner folds
	final  fit.Folds   // cells that train any split
	whole  int         // place of final in trains, or -1: the probe is fitted when it is known which
}

// planOf lists the training sets; inner ones only where something is chosen.
func planOf(splits []Split, choose bool) *plan {
	p := &plan{splits: splits, inner: make([][]int, len(splits))}
	place := func(train fit.Folds) int {
		at := slices.Index(p.trains, train)
		if at < 0 {
			at = len(p.trains)
			p.trains = append(p.trains, train)
		}
		return at
	}
	for _, s := range splits {
		p.outer = append(p.outer, place(s.Train))
		p.final |= s.Train
	}
	for i, s := range splits {
		if !choose {
			break
		}
		for _, in := range s.Inner {
			p.inner[i] = append(p.inner[i], place(in.Train))
		}
	}
	if p.whole = slices.Index(p.trains, p.final); !choose {
		p.whole = place(p.final)
	}
	return p
}

// cells counts the cells that take part.
func (p *plan) cells() int {
	used := p.final
	for _, s := range p.splits {
		used |= s.Test
	}
	return bits.OnesCount64(uint64(used))
}
