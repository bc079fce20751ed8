package vector

import (
	"context"
	"fmt"
	"path/filepath"

	"intentprobe/capture/hint"
	"intentprobe/storage/rundir"
)

// source is where the items come from that directions are made of: the samples' pooled
// rows or, without pooling, rows. It can be gone through any number of times.
type source struct {
	run     *rundir.Run
	all     []rundir.Sample // of the run
	samples []sample        // of a class, which point into all
	pool    string
	reduced bool // the items are reductions in the samples table
}

// item is one of them. Its values are valid until the next.
type item struct {
	*sample
	values []float64
}

// hasRows says whether rows are there of some sample.
func (s *source) hasRows() bool {
	for i := range s.samples {
		if s.samples[i].Rows > 0 {
			return true
		}
	}
	return false
}

// reduce turns to the reductions of a run that has no rows; the error is a
// *hint.UsageError where it has none of this pooling.
func (s *source) reduce(tokens string, points []string) error {
	s.reduced = true
	if tokens != "" || s.pool == PoolNone {
		return hint.Usage(fmt.Errorf("%s has reductions, and no rows to choose tokens from", s.run.Dir), "leave out the tokens, and choose the pooling that the run has: mean, last or max")
	}
	for _, g := range s.run.Groups[:min(1, len(s.run.Groups))] {
		t, err := rundir.OpenTable(filepath.Join(s.run.Dir, rundir.GroupFile("samples", g.Number)))
		if err != nil {
			return err
		}
		defer t.Close()
		for _, point := range points {
			if !t.Has(point + "." + s.pool) {
				return hint.Usage(fmt.Errorf("%s has neither rows nor the reduction %s.%s", s.run.Dir, point, s.pool), hint.Command{"inspect", s.run.Dir}, " shows what it has")
			}
		}
	}
	for i := range s.samples {
		n := s.samples[i].ReducedTokens
		s.samples[i].none = n == nil || *n == 0
	}
	return nil
}

// each goes through the items of a point, in the order of the files. Memory: a MiB, and an
// item.
func (s *source) each(ctx context.Context, point string, do func(item) error) error {
	if s.reduced {
		return s.eachReduced(ctx, point, do)
	}
	p := pooling{pool: s.pool, point: point, do: do}
	var left []*sample // of the group: their rows are still to come
	group, rows := -1, int64(0)
	for piece, err := range s.run.Column(point) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if number := piece.Group.Number; number != group {
			if len(left) > 0 {
				return p.cut(left[0], rows)
			}
			group, left = number, ofFile(s.samples, rundir.GroupFile("activations", number))
		}
		rows = piece.First + int64(piece.Rows)
		if left, err = p.take(piece, left); err != nil {
			return err
		}
	}
	if len(left) > 0 {
		return p.cut(left[0], rows)
	}
	return nil
}

func (s *source) eachReduced(ctx context.Context, point string, do func(item) error) error {
	p := pooling{pool: PoolNone, point: point, do: do}
	row, at := 0, 0 // of all samples, and of those that are of a class
	for piece, err := range s.run.Reduction(point + "." + s.pool) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		width := len(piece.Values) / max(1, piece.Rows)
		for i := range piece.Rows {
			if at < len(s.samples) && row < len(s.all) && s.samples[at].Sample == &s.all[row] {
				if x := &s.samples[at]; !x.none {
					if err := p.add(x, piece.Values[i*width:(i+1)*width]); err != nil {
						return err
					}
				}
				at++
			}
			row++
		}
	}
	return nil
}
