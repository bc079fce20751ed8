package arrowfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"intentprobe/storage/disk"
)

// Cut is where the whole messages of a file end, read from its beginning.
type Cut struct {
	At  int64 // byte after the last whole message
	Why error // what follows there; nil where it is the footer of a whole file
}

// OpenCut opens an Arrow file that may have no footer, such as a `.part` file of a run
// that was killed: it goes from message to message and gives a table of the record batches
// that are whole, before the first place where the file was cut or its metadata are
// damaged. What values are damaged it cannot tell. The error is a *disk.DamageError where
// the file ends before its schema does, or comes from the file system. The table keeps the
// file open until Close.
func OpenCut(files disk.FS, path string) (*File, *Cut, error) {
	cut := &Cut{}
	t, err := newTable(files, path, func(t *File) error { return t.readForward(cut) })
	if err != nil {
		return nil, nil, err
	}
	return t, cut, nil
}

// readForward adds what is whole; the error is that of a file without a schema.
func (t *File) readForward(cut *Cut) error {
	head, err := t.file.take(nil, 0, int64(len(Head)))
	if err != nil || string(head) != Head {
		return fmt.Errorf("does not begin with %s: there is nothing to read in it", Magic)
	}
	cut.At = int64(len(Head))
	for {
		end, err := t.readMessage(cut.At)
		if err == nil {
			cut.At = end
			continue
		}
		var system *fs.PathError
		switch {
		case errors.As(err, &system):
			return err
		case t.schema == nil:
			return fmt.Errorf("byte %d: %w: there is nothing to read before its schema", cut.At, err)
		case !t.footerAt(cut.At):
			cut.Why = err
		}
		return nil
	}
}

// readMessage adds the message at a place and gives where the next one begins.
func (t *File) readMessage(at int64) (end int64, err error) {
	if at == t.file.size {
		return 0, errors.New("the file ends")
	}
	head, err := t.bytes(at, 8)
	if err != nil {
		return 0, err
	}
	length := int64(binary.LittleEndian.Uint32(head[4:]))
	if binary.LittleEndian.Uint32(head) != continuation || length == 0 || length > maxMetadata {
		return 0, errors.New("no message begins here")
	}
	text, err := t.bytes(at+8, length)
	if err != nil {
		return 0, err
	}
	message := (&flatBuffer{b: text}).root()
	block := Block{at, 8 + length, message.long(3)}
	if message.bad || block.Meta%8 != 0 || block.Body < 0 || block.Body%8 != 0 || message.short(0) != flatVersion5 {
		return 0, errMetadata
	}
	if have := t.file.size - at - block.Meta; block.Body > have {
		return 0, fmt.Errorf("the file ends after %d bytes of a message of %d", have+block.Meta, block.Body+block.Meta)
	}
	return block.End(), t.add(message, block)
}

// add adds a message, whose body lies in the file.
func (t *File) add(message flatTable, block Block) (err error) {
	kind := message.byte(1)
	switch {
	case kind == flatSchema && t.schema == nil:
		t.schema, err = parseSchema(message.table(2))
	case kind == KindDictionaryBatch && t.schema != nil:
		t.dictionaryBlocks = append(t.dictionaryBlocks, block)
	case kind == KindRecordBatch && t.schema != nil:
		var b *BatchHeader
		if b, err = parseBatch(message, block); err == nil {
			err = t.append(b)
		}
		if err != nil {
			err = fmt.Errorf("record batch %d: %w", len(t.batches), err)
		}
	default:
		err = fmt.Errorf("a message of kind %d comes here", kind)
	}
	return err
}

// footerAt says whether the footer of a whole file begins at a place, or after the mark
// that ends a stream.
func (t *File) footerAt(at int64) bool {
	a, err := ReadFooter(t.file.from, t.file.size)
	if err != nil || len(a.Batches) != len(t.batches) {
		return false
	}
	const mark = "\xff\xff\xff\xff\x00\x00\x00\x00"
	if a.At-at != int64(len(mark)) {
		return a.At == at
	}
	text, err := t.file.take(nil, at, a.At-at)
	return err == nil && string(text) == mark
}

// bytes reads bytes that may lie beyond the end of the file.
func (t *File) bytes(at, n int64) ([]byte, error) {
	if n > t.file.size-at {
		return nil, fmt.Errorf("the file ends after %d bytes of a message", t.file.size-at)
	}
	return t.file.take(nil, at, n)
}

// Before counts the record batches that end before a byte of the file.
func (t *File) Before(end int64) int {
	n := 0
	for n < len(t.blocks) && t.blocks[n].End() <= end {
		n++
	}
	return n
}

// Keep leaves the first record batches and forgets the others.
func (t *File) Keep(batches int) {
	t.blocks, t.batches = t.blocks[:batches], t.batches[:batches]
}
