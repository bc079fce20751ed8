package rows

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"intentprobe/capture/selection"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// rowsAtOnce bounds the rows whose tokens are in memory at once, but for those of one
// sample.
const rowsAtOnce = 1 << 14

// choose decides which rows of the samples are used: those whose tokens an expression
// selects. Tokens of which the run has no row are counted by their places, as of the
// prompt or the response; of what else they are nothing is known. Memory: a byte for each
// row.
func choose(ctx context.Context, run *rundir.Run, samples []Sample, tokens *selection.Selection) error {
	for i := range samples {
		s := &samples[i]
		if s.Rows < 0 || s.FirstRow < 0 || s.FirstRow > math.MaxInt64-s.Rows {
			return &disk.DamageError{Path: run.Dir, Where: fmt.Sprintf("sample %d", s.SampleID), Err: fmt.Errorf("has %d rows from %d on", s.Rows, s.FirstRow)}
		}
		s.None = s.Rows == 0
	}
	if tokens == nil {
		return nil
	}
	for _, g := range run.Groups {
		name := rundir.GroupFile("activations", g.Number)
		of := ofFile(samples, name)
		if len(of) == 0 {
			continue
		}
		t, err := rundir.OpenTable(filepath.Join(run.Dir, name))
		if err != nil {
			return err
		}
		err = chooseIn(ctx, t, of, tokens)
		t.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// ofFile gives the samples that have rows in a file, in the order of these.
func ofFile(samples []Sample, name string) (out []*Sample) {
	for i := range samples {
		if s := &samples[i]; s.Rows > 0 && filepath.Base(s.File) == name {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *Sample) int { return int(min(max(a.FirstRow-b.FirstRow, -1), 1)) })
	return out
}

// chooseIn decides on the rows of one file.
func chooseIn(ctx context.Context, t *arrowfile.File, samples []*Sample, tokens *selection.Selection) error {
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
			s.chosen = chosenOf(s.Sample, read.Rows[s.FirstRow-from:][:s.Rows], tokens)
			s.None = !slices.Contains(s.chosen, true)
		}
		samples = samples[n:]
	}
	return nil
}
