package arrowfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/capture/hint"
	"intentprobe/storage/disk"
)

// File is an Arrow file of a run, opened for reading. Whatever the file says of
// itself, nothing is read outside of it and no more memory is asked for than a
// small multiple of what is read. Not safe for concurrent use.
type File struct {
	path   string
	src    disk.Source
	file   fileSource
	schema *Schema

	dictionaryBlocks []Block
	blocks           []Block
	batches          []Batch

	dictionaries map[int64][]string // those that were read
	last         *BatchHeader       // the header that was read last, of batch lastAt
	lastAt       int
}

// Batch is where a record batch lies among the rows of its file.
type Batch struct{ First, Rows int64 }

// Open opens a whole Arrow file and reads its metadata: the footer and the headers of all
// record batches. Every record batch lies in the file then, with room for all values of
// fixed width. Errors are *disk.DamageError or come from the file system. The file stays
// open until Close.
func Open(files disk.FS, path string) (*File, error) {
	return newTable(files, path, func(t *File) error {
		a, err := ReadFooter(t.file.from, t.file.size)
		if err != nil {
			return err
		}
		if t.schema, err = parseSchema(a.schema); err != nil {
			return err
		}
		t.dictionaryBlocks = a.Dictionaries
		for i, block := range a.Batches {
			b, err := ReadBatch(t.file, block, KindRecordBatch)
			if err == nil {
				err = t.append(b)
			}
			if err != nil {
				return t.Damaged(fmt.Sprintf("record batch %d", i), err)
			}
		}
		return nil
	})
}

// newTable opens a file and closes it again where its metadata cannot be read.
func newTable(files disk.FS, path string, read func(t *File) error) (*File, error) {
	src, err := files.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		err = &disk.DamageError{Path: path, Err: disk.ErrMissing}
	}
	if err != nil {
		return nil, err
	}
	t := &File{path: path, src: src, dictionaries: map[int64][]string{}, lastAt: -1}
	size, err := src.Seek(0, io.SeekEnd)
	if err == nil {
		t.file = fileSource{src, size}
		err = t.Damaged("", read(t))
	}
	if err != nil {
		src.Close()
		return nil, err
	}
	return t, nil
}

// append adds a record batch if the columns of the schema have room in it.
func (t *File) append(b *BatchHeader) error {
	if err := t.schema.fits(b); err != nil {
		return err
	}
	t.blocks = append(t.blocks, b.block)
	t.batches = append(t.batches, Batch{t.Rows(), b.Rows})
	t.last, t.lastAt = b, len(t.batches)-1
	return nil
}

// Close closes the file.
func (t *File) Close() error { return t.src.Close() }

// Rows counts the rows of the whole record batches.
func (t *File) Rows() int64 {
	if n := len(t.batches); n > 0 {
		return t.batches[n-1].First + t.batches[n-1].Rows
	}
	return 0
}

// At gives a record batch.
func (t *File) At(batch int) Batch { return t.batches[batch] }

// Batches gives the record batches, in order.
func (t *File) Batches() []Batch { return slices.Clone(t.batches) }

// Schema is the schema of the file.
func (t *File) Schema() *arrow.Schema { return t.schema.Schema }

// Path is the path that the file was opened by.
func (t *File) Path() string { return t.path }

// Size is how many bytes the file has.
func (t *File) Size() int64 { return t.file.size }

// Field is a column of the schema.
func (t *File) Field(column int) arrow.Field { return t.schema.Field(column) }

// Columns gives the columns, in order.
func (t *File) Columns() []ColumnInfo { return slices.Clone(t.schema.columns) }

// Index gives the index of a column.
func (t *File) Index(name string) (int, error) {
	at := t.schema.FieldIndices(name)
	if len(at) != 1 {
		return 0, hint.With(fmt.Errorf("%s: no column %q", t.path, name), hint.Command{"inspect"}, " lists those that it has")
	}
	return at[0], nil
}

// batch gives the header of a record batch.
func (t *File) batch(i int) (*BatchHeader, error) {
	if t.lastAt == i {
		return t.last, nil
	}
	b, err := ReadBatch(t.file, t.blocks[i], KindRecordBatch)
	if err == nil {
		err = t.schema.fits(b) // again: the file may have changed
	}
	if err == nil && b.Rows != t.batches[i].Rows {
		err = errors.New("the file was changed while it was read")
	}
	if err != nil {
		return nil, t.Damaged(fmt.Sprintf("record batch %d", i), err)
	}
	t.last, t.lastAt = b, i
	return b, nil
}

// Each calls fn on the record batches that hold rows [from, to), with which of
// their rows these are.
func (t *File) Each(from, to int64, fn func(batch int, b *BatchHeader, rows Span) error) error {
	if from < 0 || to < from || to > t.Rows() {
		return fmt.Errorf("%s: rows %d to %d of %d", t.path, from, to, t.Rows())
	}
	i := sort.Search(len(t.batches), func(i int) bool { return t.batches[i].First+t.batches[i].Rows > from })
	for ; i < len(t.batches) && t.batches[i].First < to; i++ {
		first := t.batches[i].First
		b, err := t.batch(i)
		if err == nil {
			err = fn(i, b, Span{max(from-first, 0), min(to-first, b.Rows)})
		}
		if err != nil {
			return t.Damaged(fmt.Sprintf("record batch %d", i), err)
		}
	}
	return nil
}

// Span is a range of rows.
type Span struct{ From, To int64 }

// Has says whether there is a column of a name.
func (t *File) Has(name string) bool {
	return slices.ContainsFunc(t.schema.columns, func(c ColumnInfo) bool { return c.Name == name })
}
