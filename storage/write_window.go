package storage

import (
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// buffers is how many buffers a window has: one to fill while the other is
// written.
const buffers = 2

// buffer is the memory of one record batch. A row may be filled before the rows
// ahead of it are.
type buffer struct {
	*rowmem.Slab
	samples []int64 // of each row, the sample's id
	rows    []rundir.Row
	filled  int // rows that are whole
}

// window is the part of a group's rows that is open for writing: the buffers of
// the next record batches. The first is handed to a goroutine as soon as all its
// rows are filled, and comes back as the last. One goroutine runs at a time, and
// none once await has returned.
type window struct {
	layout  *rowmem.Layout
	size    int // rows of a buffer
	write   func(b *buffer, rows int) error
	ring    [buffers]*buffer // made when first needed
	first   int64            // row of the group at which the first buffer begins
	writing chan error       // while the last buffer is being written, nil otherwise
}

// place gives the place of a row of the group; false where the window has not
// come that far. Waits while the row's buffer is being written, and gives the
// error of that.
func (w *window) place(at int64) (rowmem.Place, bool, error) {
	i := int(at-w.first) / w.size
	if i >= buffers {
		return rowmem.Place{}, false, nil
	}
	if i == buffers-1 {
		if err := w.await(); err != nil {
			return rowmem.Place{}, false, err
		}
	}
	if w.ring[i] == nil {
		w.ring[i] = &buffer{Slab: rowmem.NewSlab(w.layout, w.size), samples: make([]int64, w.size), rows: make([]rundir.Row, w.size)}
	}
	return w.ring[i].Place(int(at-w.first) % w.size), true, nil
}

// fill says that the activations of a row are at its place, and what else it
// carries. Errors come from the buffer that was handed over before.
func (w *window) fill(at, sample int64, row rundir.Row) error {
	b, i := w.ring[int(at-w.first)/w.size], int(at-w.first)%w.size
	b.samples[i], b.rows[i] = sample, row
	b.filled++
	for w.ring[0] != nil && w.ring[0].filled == w.size {
		if err := w.handOver(w.size); err != nil {
			return err
		}
	}
	return nil
}

// handOver begins to write the first rows of the first buffer.
func (w *window) handOver(rows int) error {
	if err := w.await(); err != nil {
		return err
	}
	b := w.ring[0]
	copy(w.ring[:], w.ring[1:])
	w.ring[buffers-1] = b
	w.first += int64(rows)
	done := make(chan error, 1)
	w.writing = done
	go func() { done <- w.write(b, rows) }()
	return nil
}

// await waits until nothing is being written.
func (w *window) await() error {
	if w.writing == nil {
		return nil
	}
	return w.written(<-w.writing)
}

// poll gives the error of a write that has ended.
func (w *window) poll() error {
	select {
	case err := <-w.writing: // a nil channel is never ready
		return w.written(err)
	default:
		return nil
	}
}

func (w *window) written(err error) error {
	w.writing = nil
	w.ring[buffers-1].filled = 0
	return err
}

// end writes the rows from the first buffer's on to the group's last, which lie
// in the first buffer, and makes the window ready for the next group. What else
// was filled is dropped.
func (w *window) end(rows int64) error {
	if n := int(rows - w.first); n > 0 {
		if err := w.handOver(n); err != nil {
			return err
		}
	}
	err := w.await()
	w.rewind(0)
	return err
}

// rewind empties the window and lets it begin at a row of the group. Nothing is
// being written.
func (w *window) rewind(first int64) {
	w.first = first
	for _, b := range w.ring {
		if b != nil {
			b.filled = 0
		}
	}
}
