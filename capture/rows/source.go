package rows

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/selection"
	"intentprobe/storage/rundir"
)

// How the rows of a sample become one.
const (
	PoolMean = "mean"
	PoolLast = "last"
	PoolMax  = "max"
	PoolNone = "none" // each row counts by itself
)

// Pools lists them.
var Pools = []string{PoolMean, PoolLast, PoolMax, PoolNone}

// Source gives the items that directions and probes are made of: the samples' pooled rows
// or, without pooling, rows. It can be gone through any number of times. Of a run that has
// reductions and no rows, the items are the reductions.
type Source struct {
	Run     *rundir.Run
	Samples []Sample // of a class, in order of their ids
	Tokens  string   // the expression that chose the rows; empty: all that the run has
	Pool    string   // one of Pools
	Reduced bool     // the items are reductions in the samples table

	files files
}

// ParseTokens reads an expression of tokens that is to choose among rows of a run; nil where
// it is empty. The error is a *hint.UsageError.
func ParseTokens(text string) (*selection.Selection, error) {
	switch {
	case text == "":
		return nil, nil
	case strings.Contains(text, "prefill"):
		return nil, hint.Usage(fmt.Errorf("tokens %q: the rows of a run do not say what was prefilled", text), "capture those tokens alone, in a run of their own")
	}
	return selection.ParseKey("tokens", text)
}

// CheckPool refuses a pooling that there is not.
func CheckPool(pool string) error {
	if !slices.Contains(Pools, pool) {
		return hint.Usage(fmt.Errorf("rows cannot be pooled by %q", pool), "use one of "+strings.Join(Pools, ", "))
	}
	return nil
}

// Open chooses the rows of samples that Classes.Of gave, and keeps them. Points are those
// that will be asked for: a run without rows must have their reductions. Tokens are read
// once where there is an expression. Memory: the samples, and a byte for each of their rows
// where tokens are chosen. Errors are *hint.UsageError, or come from the files.
func Open(ctx context.Context, run *rundir.Run, samples []Sample, tokens, pool string, points []string) (*Source, error) {
	expression, err := ParseTokens(tokens)
	if err != nil {
		return nil, err
	}
	if err := CheckPool(pool); err != nil {
		return nil, err
	}
	s := &Source{Run: run, Samples: samples, Tokens: tokens, Pool: pool}
	if !s.hasRows() && slices.ContainsFunc(samples, func(x Sample) bool { return x.ReducedTokens != nil }) {
		return s, s.reduce(points)
	}
	return s, s.choose(ctx, expression)
}

// hasRows says whether rows are there of some sample.
func (s *Source) hasRows() bool {
	return slices.ContainsFunc(s.Samples, func(x Sample) bool { return x.Rows > 0 })
}

// reduce turns to the reductions of a run that has no rows; the error is a
// *hint.UsageError where it has none of this pooling.
func (s *Source) reduce(points []string) error {
	s.Reduced = true
	if s.Tokens != "" || s.Pool == PoolNone {
		return hint.Usage(fmt.Errorf("%s has reductions, and no rows to choose tokens from", s.Run.Dir), "leave out the tokens, and choose the pooling that the run has: mean, last or max")
	}
	for _, g := range s.Run.Groups[:min(1, len(s.Run.Groups))] {
		t, err := rundir.OpenTable(filepath.Join(s.Run.Dir, rundir.GroupFile("samples", g.Number)))
		if err != nil {
			return err
		}
		defer t.Close()
		for _, point := range points {
			if !t.Has(point + "." + s.Pool) {
				return hint.Usage(fmt.Errorf("%s has neither rows nor the reduction %s.%s", s.Run.Dir, point, s.Pool), hint.Command{"inspect", s.Run.Dir}, " shows what it has")
			}
		}
	}
	for i := range s.Samples {
		n := s.Samples[i].ReducedTokens
		s.Samples[i].None = n == nil || *n == 0
	}
	return nil
}

// Chosen counts the rows of a sample that were chosen.
func (x *Sample) Chosen() int {
	if x.chosen == nil {
		return int(x.Rows)
	}
	n := 0
	for _, yes := range x.chosen {
		if yes {
			n++
		}
	}
	return n
}

// InOrder gives the samples that have items, in the order of Each.
func (s *Source) InOrder() (out []*Sample) {
	if s.Reduced {
		for i := range s.Samples {
			if x := &s.Samples[i]; !x.None {
				out = append(out, x)
			}
		}
		return out
	}
	for _, g := range s.Run.Groups {
		for _, x := range s.files[rundir.GroupFile("activations", g.Number)] {
			if !x.None {
				out = append(out, x)
			}
		}
	}
	return out
}

// Items counts the items of a sample.
func (s *Source) Items(x *Sample) int {
	switch {
	case x.None:
		return 0
	case s.Pool != PoolNone:
		return 1
	}
	return x.Chosen()
}
