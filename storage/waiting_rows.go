package storage

import (
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// queue is the rows of one sample that wait, first in first out: first those that
// are kept and wait for the samples before theirs, then those that are held until
// it is known whether they are kept. Of the activations the older are in a spill
// file, the newer in the pool.
type queue struct {
	pool   *pool
	kept   []waiting
	held   []waiting
	file   *spill // nil where nothing is spilled
	create func() (*spill, error)
}

// empty says that no row is kept that waits.
func (q *queue) empty() bool { return len(q.kept) == 0 }

// hold takes a row whose activations are at a place of the pool.
func (q *queue) hold(place rowmem.Place) { q.held = append(q.held, waiting{place: place}) }

// keep says that the oldest row held is kept, and what else it carries.
func (q *queue) keep(row rundir.Row) {
	w := q.held[0]
	w.row = row
	q.held, q.kept = q.held[1:], append(q.kept, w)
}

// drop throws the oldest row held away.
func (q *queue) drop() error {
	w := q.held[0]
	q.held = q.held[1:]
	if !w.spilled {
		q.pool.give(w.place)
		return nil
	}
	w.dropped = true
	q.kept = append(q.kept, w)
	return q.pass()
}

// pass goes over dropped rows at the front of the file.
func (q *queue) pass() error {
	for len(q.kept) > 0 && q.kept[0].dropped {
		q.kept = q.kept[1:]
		if err := q.read(nil); err != nil {
			return err
		}
	}
	return nil
}

// pop copies the activations of the oldest row kept to a place and gives the rest.
func (q *queue) pop(to rowmem.Place) (rundir.Row, error) {
	oldest := q.kept[0]
	q.kept = q.kept[1:]
	if !oldest.spilled {
		q.pool.layout.Copy(to, oldest.place)
		q.pool.give(oldest.place)
		return oldest.row, nil
	}
	if err := q.read(&to); err != nil {
		return rundir.Row{}, err
	}
	return oldest.row, q.pass()
}

// read reads the oldest row of the file, to a place unless that is nil.
func (q *queue) read(to *rowmem.Place) error {
	err := q.file.read(q.pool.layout, to)
	if err == nil && q.file.rows == 0 {
		err = q.close()
	}
	return err
}

// spill moves the rows in the pool to the file.
func (q *queue) spill() error {
	var rows []*waiting
	for _, list := range [][]waiting{q.kept, q.held} {
		for i := range list {
			if !list[i].spilled {
				rows = append(rows, &list[i])
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if q.file == nil {
		file, err := q.create()
		if err != nil {
			return err
		}
		q.file = file
	}
	if err := q.file.write(q.pool.layout, rows); err != nil {
		return err
	}
	for _, w := range rows {
		q.pool.give(w.place)
		w.spilled, w.place = true, rowmem.Place{}
	}
	return nil
}

// close removes the file.
func (q *queue) close() error {
	if q.file == nil {
		return nil
	}
	file := q.file
	q.file = nil
	return file.remove()
}
