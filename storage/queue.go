package storage

// queue is the rows of one sample that wait for the samples before it, first in
// first out: the older ones in a spill file, the newer in the pool.
type queue struct {
	pool   *pool
	waits  []waiting
	file   *spill // nil where nothing is spilled
	create func() (*spill, error)
}

// waiting is a row in the pool.
type waiting struct {
	row   Row
	place Place
}

func (q *queue) empty() bool { return len(q.waits) == 0 && q.file == nil }

// push takes a row whose activations are at a place of the pool.
func (q *queue) push(row Row, place Place) { q.waits = append(q.waits, waiting{row, place}) }

// pop copies the activations of the oldest row to a place and gives the rest.
func (q *queue) pop(to Place) (Row, error) {
	if q.file != nil {
		row, err := q.file.read(q.pool.layout, to)
		if err == nil && q.file.rows == 0 {
			err = q.close()
		}
		return row, err
	}
	oldest := q.waits[0]
	q.waits = q.waits[1:]
	q.pool.layout.copy(to, oldest.place)
	q.pool.give(oldest.place)
	return oldest.row, nil
}

// spill moves the rows in the pool to the file.
func (q *queue) spill() error {
	if len(q.waits) == 0 {
		return nil
	}
	if q.file == nil {
		file, err := q.create()
		if err != nil {
			return err
		}
		q.file = file
	}
	if err := q.file.write(q.pool.layout, q.waits); err != nil {
		return err
	}
	for _, w := range q.waits {
		q.pool.give(w.place)
	}
	q.waits = nil
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
