package rows

import (
	"context"
	"fmt"
	"path/filepath"

	"intentprobe/capture/hint"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// rowsAtOnce bounds the rows whose tokens are in memory at once, but for those of one
// sample.
const rowsAtOnce = 1 << 14

// EachToken goes through what the chosen rows carry beside their activations (token,
// position, log-probability, ...), in the order of Each without pooling. Rows live until the
// function returns. Memory: some 10,000 rows, or those of a sample. The error is a
// *hint.UsageError where the run has reductions and no rows.
func (s *Source) EachToken(ctx context.Context, do func(x *Sample, row *rundir.Row) error) error {
	if s.Reduced {
		return hint.Usage(fmt.Errorf("%s has reductions, and no rows of tokens", s.Run.Dir), "use a run that has its rows")
	}
	return s.tokens(ctx, func(x *Sample, rows []rundir.Row) error {
		for i := range rows {
			if x.chosen != nil && !x.chosen[i] {
				continue
			}
			if err := do(x, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// tokens goes through the rows of each sample that has some, in the order of the files.
func (s *Source) tokens(ctx context.Context, do func(x *Sample, rows []rundir.Row) error) error {
	for _, g := range s.Run.Groups {
		name := rundir.GroupFile("activations", g.Number)
		if len(s.files[name]) == 0 {
			continue
		}
		t, err := rundir.OpenTable(filepath.Join(s.Run.Dir, name))
		if err != nil {
			return err
		}
		err = tokensIn(ctx, t, s.files[name], do)
		t.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// tokensIn is tokens of one file.
func tokensIn(ctx context.Context, t *arrowfile.File, samples []*Sample, do func(x *Sample, rows []rundir.Row) error) error {
	for len(samples) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := 1
		for n < len(samples) && samples[n].FirstRow+samples[n].Rows-samples[0].FirstRow <= rowsAtOnce {
			n++
		}
		from := samples[0].FirstRow
		all := *samples[0].Sample
		for _, s := range samples[:n] {
			if end := s.FirstRow + s.Rows; end > t.Rows() {
				return t.Damaged("", fmt.Errorf("sample %d has rows %d to %d; the file has %d", s.SampleID, s.FirstRow, end, t.Rows()))
			}
			all.Rows = max(all.Rows, s.FirstRow+s.Rows-from)
		}
		read, err := rundir.ReadActivations(t, all, nil)
		if err != nil {
			return err
		}
		for _, s := range samples[:n] {
			if err := do(s, read.Rows[s.FirstRow-from:][:s.Rows]); err != nil {
				return err
			}
		}
		samples = samples[n:]
	}
	return nil
}
