package metric

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"

	"intentprobe/capture/hint"
)

// Pooling makes the score of a sample of those of its tokens.
type Pooling struct {
	// Kind is "mean", "max", "last", or "first": the mean of the first K tokens from After on.
	Kind  string
	K     int
	After int // place among the sample's scores, counted from 0
}

// The kinds of pooling.
const (
	PoolMean  = "mean"
	PoolMax   = "max"
	PoolLast  = "last"
	PoolFirst = "first"
)

// Check refuses a pooling that there is not.
func (p Pooling) Check() error {
	switch {
	case !slices.Contains([]string{PoolMean, PoolMax, PoolLast, PoolFirst}, p.Kind):
		return hint.Usage(fmt.Errorf("there is no pooling %q", p.Kind), "there are: mean, max, last, first")
	case p.Kind == PoolFirst && (p.K < 1 || p.After < 0):
		return hint.Usage(fmt.Errorf("pooling the first %d tokens from token %d on", p.K, p.After), "take at least one token, counted from 0")
	}
	return nil
}

// Of pools the scores of a sample's tokens, in their order. It refuses a sample that has no
// token that the rule needs; of fewer than K tokens it takes those that there are.
func (p Pooling) Of(scores []float64) (float64, error) {
	if err := p.Check(); err != nil {
		return 0, err
	}
	if len(scores) == 0 {
		return 0, errors.New("the sample has no scored tokens")
	}
	switch p.Kind {
	case PoolMax:
		return slices.Max(scores), nil
	case PoolLast:
		return scores[len(scores)-1], nil
	case PoolFirst:
		if p.After >= len(scores) {
			return 0, fmt.Errorf("the sample has %d scored tokens, none from token %d on", len(scores), p.After)
		}
		scores = scores[p.After:min(len(scores), p.After+p.K)]
	}
	return stat.Mean(scores, nil), nil
}
