package arrowfile

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Codes of Arrow's flatbuffers.
const (
	flatVersion5        = 4
	flatSchema          = 1
	KindDictionaryBatch = 2
	KindRecordBatch     = 3
)

// continuation begins every message; the length of its metadata follows.
const continuation = 0xFFFFFFFF

// maxBatchRows is how many rows a batch may have, so that a damaged one asks for
// no more memory.
const maxBatchRows = 1 << 22

// BatchHeader is the header of a record batch or a dictionary batch.
type BatchHeader struct {
	block      Block
	Dictionary int64 // of a dictionary
	Delta      bool  // a dictionary whose values follow those before
	Rows       int64
	nodes      []arrowNode
	buffers    []Extent
}

type arrowNode struct{ rows, nulls int64 }

// Extent is a range of bytes of a file.
type Extent struct{ At, Length int64 } // At counts from the beginning of the file

// ReadBatch reads the header of a block, which lies in the file, and checks that its
// buffers lie in its body, one after the other.
func ReadBatch(s source, block Block, kind int) (*BatchHeader, error) {
	text, err := s.take(nil, block.At, block.Meta)
	if err != nil {
		return nil, err
	}
	length := int64(binary.LittleEndian.Uint32(text[4:]))
	if binary.LittleEndian.Uint32(text) != continuation || length > block.Meta-8 {
		return nil, errors.New("no message where the footer says one is")
	}
	message := (&flatBuffer{b: text[8 : 8+length]}).root()
	if got := message.byte(1); got != kind {
		return nil, fmt.Errorf("a message of kind %d, not %d", got, kind)
	}
	if body := message.long(3); body != block.Body {
		return nil, fmt.Errorf("a body of %d bytes; the footer says %d", body, block.Body)
	}
	return parseBatch(message, block)
}

// parseBatch reads the header of a batch from its message.
func parseBatch(message flatTable, block Block) (*BatchHeader, error) {
	b := &BatchHeader{block: block}
	header := message.table(2)
	if message.byte(1) == KindDictionaryBatch {
		b.Dictionary, b.Delta = header.long(0), header.byte(2) != 0
		header = header.table(1)
	}
	if header.field(3) >= 0 {
		return nil, errors.New("it is compressed, which no file of a run is")
	}
	b.Rows = header.long(0)
	at, n := header.vector(1, 16)
	b.nodes = make([]arrowNode, n)
	for i := range b.nodes {
		b.nodes[i] = arrowNode{header.i64(at + 16*i), header.i64(at + 16*i + 8)}
	}
	at, n = header.vector(2, 16)
	b.buffers = make([]Extent, n)
	for i := range b.buffers {
		b.buffers[i] = Extent{header.i64(at + 16*i), header.i64(at + 16*i + 8)}
	}
	if header.bad || header.at < 0 {
		return nil, errMetadata
	}
	return b, b.place()
}

// place checks the buffers and makes their places those of the file.
func (b *BatchHeader) place() error {
	from := int64(0)
	for i, s := range b.buffers {
		if s.At < from || s.At%8 != 0 || s.Length < 0 || s.At > b.block.Body || s.Length > b.block.Body-s.At {
			return fmt.Errorf("buffer %d does not lie in the body behind the one before", i)
		}
		from = s.At + s.Length
		b.buffers[i].At += b.block.At + b.block.Meta
	}
	if b.Rows < 0 || b.Rows > maxBatchRows {
		return fmt.Errorf("%d rows", b.Rows)
	}
	return nil
}
