package storage

import (
	"fmt"
	"path/filepath"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// StartGroup says which group the samples belong to that are begun next, and the
// id of its first. Where it is not called, groups follow each other.
func (w *Writer) StartGroup(number int, firstSample int64) error {
	if err := w.check(); err != nil {
		return err
	}
	if w.group != nil {
		return w.fail(fmt.Errorf("group %d is started and group %d not committed", number, w.group.number))
	}
	w.number, w.next = number, firstSample
	return nil
}

// Begin opens the next sample. rows is how many it will have, negative where
// that is not known before. Errors show at the sample's next call.
func (w *Writer) Begin(rows int) *SampleWriter {
	s := &SampleWriter{w: w, id: w.next, told: int64(rows), start: -1, overflows: make([]int64, len(w.cfg.Columns))}
	s.queue = queue{pool: &w.pool, create: func() (*spill, error) {
		return createSpill(w.fs, filepath.Join(w.cfg.Dir, spillName(s.id)))
	}}
	if w.check() != nil {
		return s
	}
	if w.group == nil {
		if w.fail(w.beginGroup()) != nil {
			return s
		}
	}
	w.next++
	w.open = append(w.open, s)
	w.locate()
	return s
}

func (w *Writer) beginGroup() error {
	path := filepath.Join(w.cfg.Dir, rundir.GroupFile("activations", w.number))
	a, err := arrowfile.Create(w.fs, path, disk.PartSuffix, w.rowSchema())
	if err == nil {
		w.group = &openGroup{
			number: w.number, first: w.next, activations: a, overflows: make([]int64, len(w.cfg.Columns)),
			schema: w.sampleSchema(),
		}
	}
	return err
}

// writeBatch writes one record batch; it runs in the window's goroutine.
func (w *Writer) writeBatch(b *buffer, rows int) error {
	a := w.group.activations
	return a.Write(w.dicts.record(a.Schema, w.layout, b, rows))
}

// wait gives a row of memory that is none of the file's yet. Where there is none
// it moves rows that wait to files, of the last samples first, until half of
// the pool is free.
func (w *Writer) wait() (rowmem.Place, error) {
	if w.pool.full() {
		for i := len(w.open) - 1; i >= 0 && !w.pool.roomy(); i-- {
			if err := w.open[i].queue.spill(); err != nil {
				return rowmem.Place{}, err
			}
		}
	}
	return w.pool.take(), nil
}

// locate says of the open samples where they begin, as far as that is known.
func (w *Writer) locate() {
	at := w.group.rows()
	for _, s := range w.open {
		s.start = at
		if s.length() < 0 {
			return
		}
		at += s.length()
	}
}

// settle moves what waits to its places, as far as these are known and free, and
// closes the samples at the front that have ended.
func (w *Writer) settle() error {
	w.locate()
	for _, s := range w.open {
		if s.start < 0 {
			break
		}
		if err := s.drain(); err != nil {
			return w.fail(err)
		}
	}
	for len(w.open) > 0 && w.open[0].result != nil {
		s := w.open[0]
		w.open = w.open[1:]
		done := s.result
		done.SampleID, done.FirstRow, done.Rows = s.id, s.start, s.length()
		done.File = rundir.GroupFile("activations", w.group.number)
		if w.reducer.Finish(&s.reduced); len(w.reducer.Kinds) > 0 {
			rows := s.reduced.Rows
			done.ReducedTokens = &rows
		}
		w.group.samples, w.group.reduced = append(w.group.samples, *done), append(w.group.reduced, s.reduced)
		for c, n := range s.overflows {
			w.group.overflows[c] += n
		}
	}
	return nil
}
