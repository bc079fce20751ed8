package storage

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// Commit ends a shard: its files are synced and get their names, and are whole
// from then on. Every sample begun must have ended.
func (w *Writer) Commit() error {
	if err := w.check(); err != nil {
		return err
	}
	if len(w.open) > 0 {
		return w.fail(fmt.Errorf("commit with sample %d still open", w.open[0].id))
	}
	if w.shard == nil {
		return nil
	}
	return w.fail(w.commitShard())
}

// commitShard writes the rest of the samples that have ended, and the samples
// themselves.
func (w *Writer) commitShard() error {
	s := w.shard
	if err := w.window.end(s.rows()); err != nil {
		return err
	}
	activations, err := s.activations.commit()
	if err != nil {
		return err
	}
	samples, err := s.commitSamples(w.fs, w.cfg.Dir)
	if err == nil {
		err = w.fs.SyncDir(w.cfg.Dir)
	}
	if err != nil {
		return err
	}
	w.files = append(w.files, samples, activations)
	w.samples += int64(len(s.samples))
	w.rows += activations.Rows
	w.shard, w.shards = nil, w.shards+1
	return nil
}

// Abandon drops the samples that have not ended, and those that ended behind
// them, and commits the others, so that a run that must stop keeps what it
// finished. The ids of dropped samples are free again; their places are lent no
// longer.
func (w *Writer) Abandon() error {
	if err := w.check(); err != nil {
		return err
	}
	if w.shard == nil {
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
	if len(w.shard.samples) == 0 {
		w.shard.activations.discard()
		w.shard = nil
		w.window.rewind(0)
		return nil
	}
	if w.shard.rows() < w.window.first {
		if err := w.takeBack(w.shard.rows()); err != nil {
			return err
		}
	}
	return w.commitShard()
}

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

// takeBack leaves the first rows of the shard: whole record batches in the file,
// the rest in the window, as if no more had been written.
func (w *Writer) takeBack(rows int64) error {
	batches := rows / int64(w.cfg.Rows)
	w.window.rewind(batches * int64(w.cfg.Rows))
	shorter, err := w.shard.activations.truncate(int(batches), func(r arrow.Record) error {
		return w.refill(r, int(rows-w.window.first))
	})
	if err == nil {
		w.shard.activations = shorter
	}
	return err
}

// refill fills the window with the first rows, fewer than a buffer's, of a
// record batch that lay there.
func (w *Writer) refill(record arrow.Record, rows int) error {
	ids := record.Column(0).(*array.Int64)
	plain, err := rowsOf(record)
	if err != nil {
		return err
	}
	for i := range rows {
		at := w.window.first + int64(i)
		place, _, err := w.window.place(at)
		if err != nil {
			return err
		}
		for c, size := range w.layout.size {
			column := record.Column(int(record.NumCols()) - len(w.layout.size) + c).(*array.FixedSizeList)
			copy(w.layout.bytes(place, c), column.ListValues().Data().Buffers()[1].Bytes()[i*size:])
		}
		if err := w.window.fill(at, ids.Value(i), plain[i]); err != nil {
			return err
		}
	}
	return nil
}

// fail keeps the first error, waits for the goroutine, and removes what is not
// whole. It gives the error that was kept, nil if there is none.
func (w *Writer) fail(err error) error {
	if w.err != nil || err == nil {
		return w.err
	}
	w.err = fmt.Errorf("storage: %s: %w", w.cfg.Dir, err)
	w.window.await() // an error of it is not the first
	w.drop()
	if w.shard != nil {
		w.shard.activations.discard()
		w.shard = nil
	}
	return w.err
}
