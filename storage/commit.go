package storage

import (
	"encoding/binary"
	"fmt"
	"slices"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// Commit ends a group: its files are synced and get their names, and are whole
// from then on. Every sample begun must have ended.
func (w *Writer) Commit() error {
	if err := w.check(); err != nil {
		return err
	}
	if len(w.open) > 0 {
		return w.fail(fmt.Errorf("commit with sample %d still open", w.open[0].id))
	}
	if w.group == nil {
		return nil
	}
	return w.fail(w.commitGroup(false))
}

// commitGroup writes the rest of the samples that have ended, and the samples
// themselves, and then the journal's word that they are there.
func (w *Writer) commitGroup(partial bool) error {
	s := w.group
	if err := w.window.end(s.rows()); err != nil {
		return err
	}
	if err := w.dropPartial(s.number); err != nil {
		return err
	}
	w.group, w.number = nil, s.number+1
	g, err := w.commitFiles(s)
	if err != nil {
		return err
	}
	g.Partial = partial
	return w.enter(g)
}

// commitFiles gives the files of a group their names, the samples last.
func (w *Writer) commitFiles(s *openGroup) (g rundir.Group, err error) {
	activations, err := committed(s.activations)
	if err != nil {
		return g, err
	}
	if slices.ContainsFunc(s.overflows, func(n int64) bool { return n > 0 }) {
		activations.Overflows = s.overflows
	}
	samples, err := s.commitSamples(w.fs, w.cfg.Dir)
	if err == nil {
		err = w.fs.SyncDir(w.cfg.Dir)
	}
	return rundir.Group{
		Number: s.number, FirstSample: s.first, Samples: int64(len(s.samples)), Rows: activations.Rows,
		Files: []rundir.FileInfo{samples, activations},
	}, err
}

// enter writes into the journal that a group is there, whose files are.
func (w *Writer) enter(g rundir.Group) error {
	if err := w.journal.Add(g); err != nil {
		return err
	}
	at, _ := w.find(g.Number)
	w.groups = slices.Insert(w.groups, at, g)
	return nil
}

// dropPartial takes back the word that a part of a group is there, before its
// files are replaced by those of the whole.
func (w *Writer) dropPartial(number int) error {
	at, ok := w.find(number)
	if !ok {
		return nil
	}
	w.groups = slices.Delete(w.groups, at, at+1)
	return w.journal.Drop(number)
}

// Abandon drops the samples that have not ended, and the ended ones that come after them,
// and commits the others, so that a run that must stop keeps what it finished; where an
// earlier part of the group has as many, that stays. The ids of dropped samples are free
// again; their places are lent no longer.
func (w *Writer) Abandon() error {
	if err := w.check(); err != nil {
		return err
	}
	if w.group == nil {
		return nil
	}
	return w.fail(w.abandon())
}

func (w *Writer) abandon() error {
	if len(w.open) > 0 {
		w.next = w.open[0].id
	}
	if err := w.drop(); err != nil {
		return err
	}
	if err := w.window.await(); err != nil {
		return err
	}
	if len(w.group.samples) <= w.kept(w.group.number) {
		w.group.activations.Discard()
		w.next, w.group = w.group.first, nil
		w.window.rewind(0)
		return nil
	}
	if w.group.rows() < w.window.first {
		if err := w.takeBack(w.group.rows()); err != nil {
			return err
		}
	}
	return w.commitGroup(true)
}

// kept counts the samples of a group that are there from an earlier time.
func (w *Writer) kept(number int) int {
	if at, ok := w.find(number); ok {
		return int(w.groups[at].Samples)
	}
	return 0
}

// Discard drops all that is not committed and ends the writer with an error, which
// it gives back: what was written is not to be kept.
func (w *Writer) Discard(cause error) error { return w.fail(cause) }

// drop closes the open samples, and gives the first error of it.
func (w *Writer) drop() (err error) {
	for _, s := range w.open {
		s.dropped = true
		if cerr := s.queue.close(); err == nil {
			err = cerr
		}
	}
	w.open = nil
	w.pool = pool{layout: w.layout, limit: w.cfg.Rows}
	return err
}

// takeBack leaves the first rows of the group: whole record batches in the file,
// the rest in the window, as if no more had been written.
func (w *Writer) takeBack(rows int64) error {
	batches := rows / int64(w.cfg.Rows)
	w.window.rewind(batches * int64(w.cfg.Rows))
	shorter, err := w.group.activations.Truncate(int(batches), func(t *arrowfile.File) error { return w.refill(t, rows) })
	if err == nil {
		w.group.activations = shorter
	}
	return err
}

// refill fills the window, fewer rows than a buffer's, with those that lay in a
// file before row end.
func (w *Writer) refill(t *arrowfile.File, end int64) error {
	rows, err := rundir.ReadRowsOf(t, w.window.first, end)
	if err != nil {
		return err
	}
	for i, row := range rows {
		at := w.window.first + int64(i)
		place, _, err := w.window.place(at)
		if err != nil {
			return err
		}
		for c, column := range w.cfg.Columns {
			if err := t.ReadColumn(column.Name, at, at+1, w.layout.Bytes(place, c)); err != nil {
				return err
			}
		}
		id := make([]byte, 8)
		if err := t.ReadColumn("sample_id", at, at+1, id); err != nil {
			return err
		}
		if err := w.window.fill(at, int64(binary.LittleEndian.Uint64(id)), row); err != nil {
			return err
		}
	}
	return nil
}

// WriteError is why a writer ended before its run did. What was committed stays.
type WriteError struct {
	Dir string
	Err error
}

// Error names the folder and the cause.
func (e *WriteError) Error() string { return fmt.Sprintf("%s: %v", e.Dir, e.Err) }

// Unwrap gives the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// fail keeps the first error, waits for the goroutine, and removes what is not
// whole. It gives the error that was kept, nil if there is none.
func (w *Writer) fail(err error) error {
	if w.err != nil || err == nil {
		return w.err
	}
	w.err = &WriteError{w.cfg.Dir, err}
	w.window.await() // an error of it is not the first
	w.drop()
	if w.group != nil {
		w.group.activations.Discard()
		w.group = nil
	}
	return w.err
}
