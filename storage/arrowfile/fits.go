package arrowfile

import (
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
)

// fits checks that every column has its rows in a batch, and buffers of the size
// that they need, as far as that is known without reading them.
func (s *Schema) fits(b *BatchHeader) error {
	var at cursor
	for _, f := range s.Fields() {
		if err := b.fits(&at, f.Type, b.Rows); err != nil {
			return fmt.Errorf("column %q %w", f.Name, err)
		}
	}
	return nil
}

func (b *BatchHeader) fits(at *cursor, t arrow.DataType, rows int64) error {
	start := *at
	at.skip(t)
	if at.node > len(b.nodes) || at.buffer > len(b.buffers) {
		return errors.New("is missing from the batch")
	}
	node, buffers := b.nodes[start.node], b.buffers[start.buffer:]
	if node.rows != rows && rows >= 0 || node.rows < 0 || node.rows > maxElements || node.nulls < 0 || node.nulls > node.rows {
		return fmt.Errorf("has %d rows, %d null, in a batch of %d", node.rows, node.nulls, b.Rows)
	}
	need := []int64{0, 0}
	if node.nulls > 0 {
		need[0] = (node.rows + 7) / 8
	}
	child := cursor{start.node + 1, start.buffer + 2}
	switch t := t.(type) {
	case *arrow.FixedSizeListType:
		need, child.buffer = need[:1], start.buffer+1
		if err := b.fits(&child, t.Elem(), node.rows*int64(t.Len())); err != nil {
			return err
		}
	case *arrow.ListType:
		need[1] = offsetBytes(node.rows)
		if err := b.fits(&child, t.Elem(), -1); err != nil {
			return err
		}
	case *arrow.StringType:
		need[1] = offsetBytes(node.rows)
	case *arrow.DictionaryType:
		need[1] = bitBytes(node.rows, t.IndexType)
	default:
		need[1] = bitBytes(node.rows, t)
	}
	for i, n := range need {
		if buffers[i].Length < n {
			return fmt.Errorf("has %d bytes where %d are needed", buffers[i].Length, n)
		}
	}
	return nil
}

// maxElements bounds the items of a batch's lists, which may have no bytes each.
const maxElements = 1 << 53

func offsetBytes(rows int64) int64 {
	if rows == 0 {
		return 0
	}
	return 4 * (rows + 1)
}

func bitBytes(rows int64, t arrow.DataType) int64 {
	return (rows*int64(t.(arrow.FixedWidthDataType).BitWidth()) + 7) / 8
}
