package rows

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"intentprobe/capture/selection"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// files are the samples that have rows in each file, in the order of these.
type files map[string][]*Sample

// filesOf refuses samples whose rows cannot be.
func filesOf(run *rundir.Run, samples []Sample) (files, error) {
	out := files{}
	for i := range samples {
		s := &samples[i]
		if s.Rows < 0 || s.FirstRow < 0 || s.FirstRow > math.MaxInt64-s.Rows {
			return nil, &disk.DamageError{Path: run.Dir, Where: fmt.Sprintf("sample %d", s.SampleID), Err: fmt.Errorf("has %d rows from %d on", s.Rows, s.FirstRow)}
		}
		if s.None = s.Rows == 0; !s.None {
			name := filepath.Base(s.File)
			out[name] = append(out[name], s)
		}
	}
	for _, of := range out {
		slices.SortStableFunc(of, func(a, b *Sample) int { return int(min(max(a.FirstRow-b.FirstRow, -1), 1)) })
	}
	return out, nil
}

// choose decides which rows of the samples are used: those whose tokens an expression
// selects, as [Selected] has it. Memory: a byte for each row.
func (s *Source) choose(ctx context.Context, tokens *selection.Selection) (err error) {
	if s.files, err = filesOf(s.Run, s.Samples); err != nil || tokens == nil {
		return err
	}
	d := newDecider(s.Run, tokens)
	return s.tokens(ctx, func(x *Sample, rows []rundir.Row) (err error) {
		x.chosen, err = d.of(x.Sample, rows)
		x.None = !slices.Contains(x.chosen, true)
		return err
	})
}
