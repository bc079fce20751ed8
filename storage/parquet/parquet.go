package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/file"
)

// Limits are what is read of a Parquet file that may come from anywhere.
type Limits struct {
	File    int64 // bytes of the file
	Row     int   // bytes of a row as JSON
	Columns int   // values of a row that are no lists or structs
	Memory  int64 // bytes that pages may take while they are read
}

// mostFooter is how long the description of a file may be.
const mostFooter = 8 << 20

// EachRow calls take on each row of a Parquet file, as a JSON object whose keys
// are the columns in their order. Lists and structs keep theirs; a null within a struct
// is a key that is not there. Times, dates and decimals are written as they are read by
// people. The error says what of the file cannot be read; one of take is given back.
func EachRow(path string, most Limits, take func(row int64, object []byte) error) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var taking bool
	defer func() {
		if r := recover(); r != nil {
			if taking {
				panic(r)
			}
			err = fmt.Errorf("damaged: %v", r)
		}
	}()
	if err := checkParquetFile(f, most); err != nil {
		return err
	}
	props := parquet.NewReaderProperties(&boundedMemory{Allocator: memory.NewGoAllocator(), most: most.Memory})
	reader, err := file.NewParquetReader(f, file.WithReadProps(props))
	if err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	defer reader.Close()
	columns := reader.MetaData().Schema
	if columns.NumColumns() > most.Columns {
		return fmt.Errorf("%d columns; at most %d are read", columns.NumColumns(), most.Columns)
	}
	root, err := newRowNode(columns.Root(), levels{}, 0)
	if err != nil {
		return err
	}
	leaves := root.allLeaves()
	if len(leaves) != columns.NumColumns() {
		return errors.New("damaged: its columns are not those of its schema")
	}
	row := int64(0)
	for g := range reader.NumRowGroups() {
		group := reader.RowGroup(g)
		for i, leaf := range leaves {
			if meta, err := group.MetaData().ColumnChunk(i); err == nil {
				if _, err := compress.GetCodec(meta.Compression()); err != nil {
					return fmt.Errorf("column %q is compressed with %s, which is not read", leaf.name, meta.Compression())
				}
			}
			chunk, err := group.Column(i)
			if err != nil {
				return fmt.Errorf("damaged: %w", err)
			}
			leaf.open(chunk)
		}
		for range group.NumRows() {
			w := rowWriter{most: most.Row}
			if err := root.object(&w, false); err != nil {
				return fmt.Errorf("row %d: %w", row, err)
			}
			for _, leaf := range leaves {
				if rep, _, err := leaf.peek(); err == nil && rep != 0 {
					return fmt.Errorf("row %d: damaged: column %q goes on behind it", row, leaf.name)
				}
			}
			taking = true
			if err := take(row, w.text); err != nil {
				return err
			}
			taking = false
			row++
		}
	}
	return nil
}

// checkParquetFile looks at what the library would take for granted.
func checkParquetFile(f *os.File, most Limits) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a file")
	}
	if info.Size() > most.File {
		return fmt.Errorf("%d bytes; at most %d are read", info.Size(), most.File)
	}
	end := make([]byte, 8)
	if _, err := f.ReadAt(end, max(0, info.Size()-8)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if info.Size() < 12 || string(end[4:]) != "PAR1" {
		return errors.New("not a Parquet file, or cut short: it does not end with PAR1")
	}
	if n := binary.LittleEndian.Uint32(end); int64(n) > info.Size()-12 || n > mostFooter {
		return fmt.Errorf("damaged: its description has %d bytes", n)
	}
	return nil
}
