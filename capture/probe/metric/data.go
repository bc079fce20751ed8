package metric

import (
	"errors"
	"fmt"
	"math"

	"intentprobe/capture/hint"
)

// Data are the scores of rows with their classes and groups, all of one length. A higher
// score speaks for the positive class. Without Group each row is a group of its own.
type Data struct {
	Score    []float64
	Positive []bool
	Group    []string
}

// layout says in which group each row is, groups being numbered as they first occur.
type layout struct {
	of  []int // of each row
	pos []int // rows of the positive class, by group
	neg []int
}

func (l *layout) groups() int { return len(l.pos) }

// of gives the layout of rows; positive may be nil (all are negative).
func layoutOf(n int, positive []bool, group []string) (*layout, error) {
	if n == 0 {
		return nil, hint.With(errors.New("there are no rows to measure"), "look at the rows that the labels and tokens leave")
	}
	if positive != nil && len(positive) != n {
		return nil, fmt.Errorf("%d rows, but %d labels", n, len(positive))
	}
	if group != nil && len(group) != n {
		return nil, fmt.Errorf("%d rows, but %d groups", n, len(group))
	}
	l := &layout{of: make([]int, n)}
	seen := map[string]int{}
	for i := range n {
		g := len(l.pos)
		if group != nil {
			if at, there := seen[group[i]]; there {
				g = at
			} else {
				seen[group[i]] = g
			}
		}
		if g == len(l.pos) {
			l.pos, l.neg = append(l.pos, 0), append(l.neg, 0)
		}
		l.of[i] = g
		if positive != nil && positive[i] {
			l.pos[g]++
		} else {
			l.neg[g]++
		}
	}
	return l, nil
}

// check gives the layout of data whose scores are numbers.
func (d Data) check() (*layout, error) {
	if err := finite("score", d.Score); err != nil {
		return nil, err
	}
	if d.Positive == nil && len(d.Score) > 0 {
		return nil, errors.New("no labels are given")
	}
	return layoutOf(len(d.Score), d.Positive, d.Group)
}

// finite refuses what is no number and says in which rows it is.
func finite(what string, x []float64) error {
	var bad []int
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			bad = append(bad, i)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return hint.With(fmt.Errorf("the %s of %d of %d rows is no number: rows %v (counted from 0)", what, len(bad), len(x), bad[:min(10, len(bad))]),
		"leave these rows out, or find out where their activations went wrong")
}

// levelFault refuses a level that is none.
func levelFault(level float64) error {
	if !(level > 0 && level < 1) {
		return hint.Usage(fmt.Errorf("the level %g of an interval is not between 0 and 1", level), "0.95 is usual")
	}
	return nil
}

// classes counts the rows of both classes, and the groups that have any of each.
func (l *layout) classes() (pos, neg, posGroups, negGroups int) {
	for g := range l.pos {
		pos, neg = pos+l.pos[g], neg+l.neg[g]
		posGroups, negGroups = posGroups+min(1, l.pos[g]), negGroups+min(1, l.neg[g])
	}
	return pos, neg, posGroups, negGroups
}

// pure says whether no group has rows of both classes.
func (l *layout) pure() bool {
	for g := range l.pos {
		if l.pos[g] > 0 && l.neg[g] > 0 {
			return false
		}
	}
	return true
}

// pairs is how many pairs of one positive and one negative group there are at most, no group
// being in two pairs: what is measured of each pair is independent of the others.
func (l *layout) pairs() int {
	_, _, p, n := l.classes()
	return min(p, n, l.groups()/2)
}

// df are the degrees of freedom of a variance over groups: Satterthwaite's number where the
// rows of a group go together, so that a group with shares p and q of the two classes has a
// variance in proportion to w = p² + q²: (Σw)²/Σw², times (G - c)/G, where c = 2 means are
// estimated if each group has one class, else 1. Of groups of one size it is G - 1, or about
// Welch's number.
func (l *layout) df() float64 {
	pos, neg, _, _ := l.classes()
	sum, squares := 0.0, 0.0
	for g := range l.pos {
		w := square(share(l.pos[g], pos)) + square(share(l.neg[g], neg))
		sum, squares = sum+w, squares+w*w
	}
	means := 1.0
	if pos > 0 && neg > 0 && l.pure() {
		means = 2
	}
	groups := float64(l.groups())
	return max(1, sum*sum/squares*(groups-means)/groups)
}

func share(k, n int) float64 {
	if n == 0 {
		return 0
	}
	return float64(k) / float64(n)
}

func square(x float64) float64 { return x * x }
