package arrowfile

import (
	"errors"
	"fmt"
)

// walk goes through the nodes and buffers of a record batch, in the order of its
// columns. All that reads values reads through one.
type walk struct {
	source
	*BatchHeader
	cursor
}

// walk begins at a column of a batch.
func (t *File) walk(b *BatchHeader, column int) walk {
	return walk{t.file, b, t.schema.starts[column]}
}

// nextNode gives how many rows the field at hand has, and how many are null.
func (w *walk) nextNode() (arrowNode, error) {
	if w.node >= len(w.nodes) {
		return arrowNode{}, errors.New("is missing from the batch")
	}
	w.node++
	return w.nodes[w.node-1], nil
}

// NextBuffer gives where the next buffer lies, which must have at least need bytes.
func (w *walk) NextBuffer(need int64) (Extent, error) {
	if w.buffer >= len(w.buffers) {
		return Extent{}, errors.New("is missing from the batch")
	}
	b := w.buffers[w.buffer]
	w.buffer++
	if b.Length < need {
		return b, fmt.Errorf("has %d bytes where %d are needed", b.Length, need)
	}
	return b, nil
}

// valid reads the bitmap of rows that are not null, from byte first on; nil where none
// of the field is null.
func (w *walk) valid(node arrowNode, first, end int64) ([]byte, error) {
	if node.nulls == 0 {
		_, err := w.NextBuffer(0)
		return nil, err
	}
	b, err := w.NextBuffer(end)
	if err != nil {
		return nil, err
	}
	return w.take(nil, b.At+first, end-first)
}
