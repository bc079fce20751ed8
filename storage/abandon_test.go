package storage

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// What is kept has the bytes that it had if nothing else had been begun, with
// the unfinished rows in memory, partly written, lent or in a file.
func TestAbandonKeepsFinishedSamples(t *testing.T) {
	kept := []int{5, 6}
	want := inTurn(t, kept)
	for _, unfinished := range []int{0, 1, 2, 9, 30} {
		w := create(t, Config{})
		for _, n := range kept {
			s := w.Begin(-1)
			require.NoError(t, writeRows(s, 0, n))
			require.NoError(t, s.End(sample("a")))
		}
		first, second, third := w.Begin(-1), w.Begin(unfinished+1), w.Begin(-1)
		require.NoError(t, writeRows(first, 0, unfinished))
		require.NoError(t, writeRows(second, 0, unfinished))
		require.NoError(t, writeRows(third, 0, unfinished))
		for _, s := range []*SampleWriter{first, second} {
			_, err := s.Reserve()
			require.NoError(t, err)
		}
		require.NoError(t, third.End(sample("behind one that did not end")))
		require.NoError(t, w.Abandon())
		checkRun(t, w.cfg.Dir, kept)
		sameFiles(t, want, w.cfg.Dir)
		finish(t, w, rundir.Interrupted)
	}
}

func TestAfterAbandonTheWriterGoesOn(t *testing.T) {
	w := create(t, Config{})
	done := w.Begin(-1)
	require.NoError(t, writeRows(done, 0, 5))
	require.NoError(t, done.End(sample("a")))
	dropped, waits := w.Begin(-1), w.Begin(-1)
	require.NoError(t, writeRows(dropped, 0, 3))
	require.NoError(t, writeRows(waits, 0, 20))
	require.NoError(t, w.Abandon())
	s := w.Begin(-1)
	require.EqualValues(t, 1, s.ID(), "the ids of dropped samples are free again")
	require.NoError(t, writeRows(s, 0, 7))
	require.NoError(t, s.End(sample("a")))
	require.NoError(t, w.Commit())
	checkRun(t, w.cfg.Dir, []int{5, 7})
	require.ErrorContains(t, dropped.Add(row(3)), "after its end")
}

func TestAbandonWithoutAFinishedSampleLeavesNoFile(t *testing.T) {
	w := create(t, Config{})
	require.NoError(t, writeRows(w.Begin(-1), 0, 9))
	require.NoError(t, writeRows(w.Begin(-1), 0, 9))
	require.NoError(t, w.Abandon())
	assert.Empty(t, dataFiles(t, w.cfg.Dir))
}

// Errors of the caller stop the writer as others do, and leave nothing behind.
// A run that is stopped earlier in a group than before keeps the part it had.
func TestAbandonKeepsTheLongerPart(t *testing.T) {
	cfg := faultyConfig(filepath.Join(t.TempDir(), "run"), disk.OS{})
	require.NoError(t, writeFaulty(cfg)) // leaves one sample of group 1
	for _, step := range []struct{ finished, want int64 }{{0, 4}, {1, 4}, {2, 5}, {1, 5}} {
		require.NoError(t, withWriter(cfg, Resume, func(w *Writer) error {
			require.NoError(t, w.StartGroup(1, 3))
			samples := []*SampleWriter{w.Begin(-1), w.Begin(-1), w.Begin(-1)}
			for _, s := range samples[:step.finished] {
				require.NoError(t, writeRows(s, 0, 1))
				require.NoError(t, s.End(sample("a")))
			}
			require.NoError(t, w.Abandon())
			require.Equal(t, step.want, w.Samples())
			finish(t, w, rundir.Interrupted)
			return nil
		}))
		r, err := rundir.OpenRecorded(cfg.Dir)
		require.NoError(t, err)
		require.Equal(t, step.want, r.Manifest.Samples)
		wholeGroups(t, cfg.Dir)
	}
	require.NoError(t, resumeFaulty(cfg))
	checkRun(t, cfg.Dir, []int{5, 5, 5, 5, 1, 5, 4, 6, 2})
}

func TestMisuse(t *testing.T) {
	reserve := func(t *testing.T, s *SampleWriter) {
		_, err := s.Reserve()
		require.NoError(t, err)
	}
	for name, c := range map[string]struct {
		says string
		do   func(*testing.T, *Writer) error
	}{
		"too few rows": {"sample 0 was to have 3 rows and ended with 2", func(t *testing.T, w *Writer) error {
			s := w.Begin(3)
			require.NoError(t, writeRows(s, 0, 2))
			return s.End(sample("a"))
		}},
		"too many rows": {"sample 0 was to have 3 rows and asks for more", func(_ *testing.T, w *Writer) error {
			return writeRows(w.Begin(3), 0, 4)
		}},
		"end with a place out": {"1 places reserved and not added", func(t *testing.T, w *Writer) error {
			s := w.Begin(-1)
			reserve(t, s)
			return s.End(sample("a"))
		}},
		"add without a place": {"did not reserve", func(_ *testing.T, w *Writer) error { return w.Begin(-1).Add(rundir.Row{}) }},
		"use after end": {"after its end", func(t *testing.T, w *Writer) error {
			s := w.Begin(-1)
			require.NoError(t, s.End(sample("a")))
			return s.End(sample("a"))
		}},
		"commit while open": {"sample 0 still open", func(_ *testing.T, w *Writer) error {
			w.Begin(-1)
			return w.Commit()
		}},
		"finish without commit": {"not committed", func(t *testing.T, w *Writer) error {
			require.NoError(t, w.Begin(-1).End(sample("a")))
			_, err := w.Finish(rundir.Complete, nil)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := create(t, Config{})
			err := c.do(t, w)
			require.ErrorContains(t, err, c.says)
			require.ErrorIs(t, w.Commit(), err, "sticky")
			require.Empty(t, dataFiles(t, w.cfg.Dir))
		})
	}
}
