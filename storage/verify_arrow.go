package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// What an Arrow file may declare: its metadata are held in memory whole.
const (
	maxFooter   = 64 << 20
	maxMetadata = 16 << 20
	maxFields   = 1 << 16
	arrowMagic  = "ARROW1"
)

// Codes of Arrow's flatbuffers.
const (
	flatVersion5        = 4
	flatDictionaryBatch = 2
	flatRecordBatch     = 3
)

var errMetadata = errors.New("metadata that point outside of themselves")

// arrowFile is the layout of an Arrow file, as its footer declares it. It is read
// without the Arrow library, which trusts what a file says of itself.
type arrowFile struct {
	schema       flatTable
	dictionaries []arrowBlock
	batches      []arrowBlock
}

// arrowBlock says where a message lies: metadata, and behind them the body.
type arrowBlock struct{ at, meta, body int64 }

// readArrow reads the footer and checks that every block lies in the file, one
// behind the other.
func readArrow(f io.ReaderAt, size int64) (*arrowFile, error) {
	const tail = 4 + len(arrowMagic)
	head, end := make([]byte, 8), make([]byte, tail)
	if size < int64(len(head)+tail) {
		return nil, fmt.Errorf("is no whole Arrow file: %d bytes", size)
	}
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	if _, err := f.ReadAt(end, size-int64(tail)); err != nil {
		return nil, err
	}
	if string(head) != arrowMagic+"\x00\x00" || string(end[4:]) != arrowMagic {
		return nil, errors.New("is no whole Arrow file: it does not begin and end with " + arrowMagic)
	}
	length := int64(binary.LittleEndian.Uint32(end))
	at := size - int64(tail) - length
	if length > maxFooter || at < int64(len(head)) {
		return nil, fmt.Errorf("a footer of %d bytes", length)
	}
	text := make([]byte, length)
	if _, err := f.ReadAt(text, at); err != nil {
		return nil, err
	}
	return parseFooter(text, at)
}

func parseFooter(text []byte, at int64) (*arrowFile, error) {
	f := &flatBuffer{b: text}
	footer := f.root()
	a := &arrowFile{schema: footer.table(1), dictionaries: footer.blocks(2), batches: footer.blocks(3)}
	if f.bad || a.schema.at < 0 {
		return nil, errMetadata
	}
	if v := footer.short(0); v != flatVersion5 {
		return nil, fmt.Errorf("metadata version %d, not 5", v+1)
	}
	from := int64(8)
	for _, list := range [][]arrowBlock{a.dictionaries, a.batches} {
		for i, b := range list {
			if b.at < from || b.at%8 != 0 || b.meta < 8 || b.meta%8 != 0 || b.meta > maxMetadata || b.body < 0 || b.body%8 != 0 || b.at > at-b.meta || b.body > at-b.meta-b.at {
				return nil, fmt.Errorf("block %d does not lie in the file behind the one before", i)
			}
			from = b.at + b.meta + b.body
		}
	}
	return a, nil
}

func (t flatTable) blocks(n int) []arrowBlock {
	at, length := t.vector(n, 24)
	out := make([]arrowBlock, length)
	for i := range out {
		p := at + 24*i
		out[i] = arrowBlock{t.i64(p), int64(t.i32(p + 8)), t.i64(p + 16)}
	}
	return out
}

// arrowBatch is the header of a record batch or a dictionary batch.
type arrowBatch struct {
	block   arrowBlock
	id      int64 // of a dictionary
	rows    int64
	nodes   []arrowNode
	buffers []arrowSpan
}

type arrowNode struct{ rows, nulls int64 }

type arrowSpan struct{ at, length int64 } // at counts from the beginning of the file

// batch reads the header of a block and checks that its buffers lie in its body,
// one behind the other.
func (s *fileStream) batch(block arrowBlock, kind int) (*arrowBatch, error) {
	text, err := s.take(nil, block.at, block.meta)
	if err != nil {
		return nil, err
	}
	length := int64(binary.LittleEndian.Uint32(text[4:]))
	if binary.LittleEndian.Uint32(text) != 0xFFFFFFFF || length > block.meta-8 {
		return nil, errors.New("no message where the footer says one is")
	}
	f := &flatBuffer{b: text[8 : 8+length]}
	message := f.root()
	if got := message.byte(1); got != kind {
		return nil, fmt.Errorf("a message of kind %d, not %d", got, kind)
	}
	if body := message.long(3); body != block.body {
		return nil, fmt.Errorf("a body of %d bytes; the footer says %d", body, block.body)
	}
	b := &arrowBatch{block: block}
	header := message.table(2)
	if kind == flatDictionaryBatch {
		b.id = header.long(0)
		if header.byte(2) != 0 {
			return nil, errors.New("a dictionary that adds to another")
		}
		header = header.table(1)
	}
	if header.field(3) >= 0 {
		return nil, errors.New("it is compressed")
	}
	b.rows = header.long(0)
	at, n := header.vector(1, 16)
	for i := range n {
		b.nodes = append(b.nodes, arrowNode{f.i64(at + 16*i), f.i64(at + 16*i + 8)})
	}
	at, n = header.vector(2, 16)
	for i := range n {
		b.buffers = append(b.buffers, arrowSpan{f.i64(at + 16*i), f.i64(at + 16*i + 8)})
	}
	if f.bad || header.at < 0 {
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
