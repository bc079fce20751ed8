package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Codes of Arrow's flatbuffers.
const (
	flatVersion5        = 4
	flatSchema          = 1
	flatDictionaryBatch = 2
	flatRecordBatch     = 3
)

// continuation begins every message; the length of its metadata follows.
const continuation = 0xFFFFFFFF

// maxBatchRows is how many rows a batch may have, so that a damaged one asks for
// no more memory.
const maxBatchRows = 1 << 22

// arrowBatch is the header of a record batch or a dictionary batch.
type arrowBatch struct {
	block   arrowBlock
	id      int64 // of a dictionary
	delta   bool  // a dictionary whose values come behind those before
	rows    int64
	nodes   []arrowNode
	buffers []arrowSpan
}

type arrowNode struct{ rows, nulls int64 }

type arrowSpan struct{ at, length int64 } // at counts from the beginning of the file

// readBatch reads the header of a block, which lies in the file, and checks that
// its buffers lie in its body, one behind the other.
func readBatch(s source, block arrowBlock, kind int) (*arrowBatch, error) {
	text, err := s.take(nil, block.at, block.meta)
	if err != nil {
		return nil, err
	}
	length := int64(binary.LittleEndian.Uint32(text[4:]))
	if binary.LittleEndian.Uint32(text) != continuation || length > block.meta-8 {
		return nil, errors.New("no message where the footer says one is")
	}
	message := (&flatBuffer{b: text[8 : 8+length]}).root()
	if got := message.byte(1); got != kind {
		return nil, fmt.Errorf("a message of kind %d, not %d", got, kind)
	}
	if body := message.long(3); body != block.body {
		return nil, fmt.Errorf("a body of %d bytes; the footer says %d", body, block.body)
	}
	return parseBatch(message, block)
}

// parseBatch reads the header of a batch from its message.
func parseBatch(message flatTable, block arrowBlock) (*arrowBatch, error) {
	b := &arrowBatch{block: block}
	header := message.table(2)
	if message.byte(1) == flatDictionaryBatch {
		b.id, b.delta = header.long(0), header.byte(2) != 0
		header = header.table(1)
	}
	if header.field(3) >= 0 {
		return nil, errors.New("it is compressed, which no file of a run is")
	}
	b.rows = header.long(0)
	at, n := header.vector(1, 16)
	b.nodes = make([]arrowNode, n)
	for i := range b.nodes {
		b.nodes[i] = arrowNode{header.i64(at + 16*i), header.i64(at + 16*i + 8)}
	}
	at, n = header.vector(2, 16)
	b.buffers = make([]arrowSpan, n)
	for i := range b.buffers {
		b.buffers[i] = arrowSpan{header.i64(at + 16*i), header.i64(at + 16*i + 8)}
	}
	if header.bad || header.at < 0 {
		return nil, errMetadata
	}
	return b, b.place()
}

// place checks the buffers and makes their places those of the file.
func (b *arrowBatch) place() error {
	from := int64(0)
	for i, s := range b.buffers {
		if s.at < from || s.at%8 != 0 || s.length < 0 || s.at > b.block.body || s.length > b.block.body-s.at {
			return fmt.Errorf("buffer %d does not lie in the body behind the one before", i)
		}
		from = s.at + s.length
		b.buffers[i].at += b.block.at + b.block.meta
	}
	if b.rows < 0 || b.rows > maxBatchRows {
		return fmt.Errorf("%d rows", b.rows)
	}
	return nil
}
