package storage

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	flatbuffers "github.com/google/flatbuffers/go"
)

// columnFile is an Arrow file of which single columns are read. Arrow's own
// reader gives whole record batches, all columns at once: hundreds of megabytes
// for a large model. This one finds in the file's metadata where a column's
// buffers lie and reads these alone.
type columnFile struct {
	src     Source
	size    int64
	schema  *arrow.Schema
	batches []block
}

// block is where a record batch lies: its metadata, and then its buffers.
type block struct {
	offset, metadata, body int64
}

// The slots of Arrow's flatbuffers that are read here, from File.fbs and
// Message.fbs.
const (
	footerBatches    = 10 // Footer.recordBatches: [Block]
	messageHeader    = 8  // Message.header
	batchLength      = 4  // RecordBatch.length
	batchNodes       = 6  // .nodes: [FieldNode]
	batchBuffers     = 8  // .buffers: [Buffer]
	batchCompression = 10 // .compression
	blockSize        = 24
	nodeSize         = 16 // also of a Buffer
)

func openColumnFile(fs FS, path string) (f *columnFile, err error) {
	src, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	f = &columnFile{src: src}
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("storage: %s is not a whole Arrow file: %v", path, e)
		}
		if err != nil {
			src.Close()
		}
	}()
	reader, err := ipc.NewFileReader(src)
	if err != nil {
		return nil, fmt.Errorf("storage: %s is not a whole Arrow file: %w", path, err)
	}
	defer reader.Close()
	f.schema = reader.Schema()
	if f.size, err = src.Seek(0, io.SeekEnd); err != nil {
		return nil, err
	}
	return f, f.readFooter()
}

func (f *columnFile) close() { f.src.Close() }

// readFooter finds the record batches. Arrow's reader has found the footer sound.
func (f *columnFile) readFooter() error {
	const tail = 10 // the footer's length and "ARROW1"
	end, err := f.read(f.size-tail, 4)
	if err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(end))
	text, err := f.read(f.size-tail-n, n)
	if err != nil {
		return err
	}
	blocks, count := vector(rootTable(text), footerBatches)
	for i := range count {
		at := blocks[i*blockSize:]
		f.batches = append(f.batches, block{int64At8(at, 0), int64(int32(binary.LittleEndian.Uint32(at[8:]))), int64At8(at, 16)})
	}
	return nil
}

// read reads bytes of the file, and only if they are there.
func (f *columnFile) read(at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || at > f.size || n > f.size-at {
		return nil, fmt.Errorf("storage: %d bytes at %d lie outside the file: it is damaged", n, at)
	}
	out := make([]byte, n)
	_, err := f.src.ReadAt(out, at)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return out, err
}

// batch reads the metadata of a record batch.
func (f *columnFile) batch(b block) (batch *columnBatch, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("storage: record batch at %d is damaged: %v", b.offset, e)
		}
	}()
	text, err := f.read(b.offset, b.metadata)
	if err != nil {
		return nil, err
	}
	message := rootTable(text[8:]) // behind the marker and the length
	var header flatbuffers.Table
	message.Union(&header, flatbuffers.UOffsetT(message.Offset(messageHeader)))
	if header.Offset(batchCompression) != 0 {
		return nil, fmt.Errorf("storage: record batch at %d is compressed, which a run never is", b.offset)
	}
	batch = &columnBatch{file: f, at: b.offset + b.metadata, size: b.body}
	if o := header.Offset(batchLength); o != 0 {
		batch.rows = header.GetInt64(flatbuffers.UOffsetT(o) + header.Pos)
	}
	nodes, n := vector(&header, batchNodes)
	for i := range n {
		batch.nulls = append(batch.nulls, int64At8(nodes, i*nodeSize+8))
	}
	buffers, n := vector(&header, batchBuffers)
	for i := range n {
		batch.buffers = append(batch.buffers, extent{int64At8(buffers, i*nodeSize), int64At8(buffers, i*nodeSize+8)})
	}
	return batch, nil
}

func rootTable(text []byte) *flatbuffers.Table {
	return &flatbuffers.Table{Bytes: text, Pos: flatbuffers.GetUOffsetT(text)}
}

// vector gives the bytes from a vector's first element on, and its length.
func vector(t *flatbuffers.Table, slot flatbuffers.VOffsetT) ([]byte, int) {
	o := flatbuffers.UOffsetT(t.Offset(slot))
	if o == 0 {
		return nil, 0
	}
	return t.Bytes[t.Vector(o):], t.VectorLen(o)
}

func int64At8(b []byte, at int) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }
