package arrowfile

import (
	"context"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"intentprobe/storage/disk"
)

// Writer is an Arrow IPC file being written under its temporary name.
type Writer struct {
	*disk.Part
	writer *ipc.FileWriter
	Schema *arrow.Schema
	Rows   int64
}

// Create begins a file of a schema, under its path with a suffix until it is committed.
func Create(fs disk.FS, path, suffix string, schema *arrow.Schema) (*Writer, error) {
	p, err := disk.CreatePart(fs, path, suffix)
	if err != nil {
		return nil, err
	}
	w, err := ipc.NewFileWriter(p, ipc.WithSchema(schema))
	if err != nil {
		p.Discard()
		return nil, err
	}
	return &Writer{Part: p, writer: w, Schema: schema}, nil
}

// Write writes a record batch and releases it; one without rows is left out.
func (a *Writer) Write(r arrow.Record) error {
	defer r.Release()
	if r.NumRows() == 0 {
		return nil
	}
	a.Rows += r.NumRows()
	return a.writer.Write(r)
}

// Commit writes the footer and gives the file its name.
func (a *Writer) Commit() (disk.Sum, error) {
	if err := a.writer.Close(); err != nil {
		a.Discard()
		return disk.Sum{}, err
	}
	return a.Part.Commit()
}

// Copy writes the first rows of a table, and calls each with what it writes. A
// *disk.DamageError is about the table.
func (a *Writer) Copy(ctx context.Context, from *File, rows int64, each func(arrow.Record)) error {
	for i, b := range from.batches {
		if b.First >= rows {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		record, err := from.Record(i)
		if err != nil {
			return &disk.DamageError{Path: from.path, Where: fmt.Sprintf("record batch %d", i), Err: err}
		}
		if b.First+b.Rows > rows {
			record = record.NewSlice(0, rows-b.First)
		}
		if each != nil {
			each(record)
		}
		if err := a.Write(record); err != nil {
			return err
		}
	}
	return nil
}

// Truncate gives a file with the first record batches of this one in place of
// it, and calls next with all that was written. What is written cannot be taken
// back, so the finished part is read and its beginning written anew; memory holds
// one batch at a time.
func (a *Writer) Truncate(batches int, next func(*File) error) (*Writer, error) {
	defer a.Discard()
	if err := a.writer.Close(); err != nil {
		return nil, err
	}
	if err := a.Check(); err != nil {
		return nil, err
	}
	whole, err := Open(a.FS, a.Temp)
	if err != nil {
		return nil, err
	}
	defer whole.Close()
	shorter, err := Create(a.FS, a.Path, disk.ShortSuffix, a.Schema)
	if err != nil {
		return nil, err
	}
	for i := 0; i < batches && err == nil; i++ {
		var record arrow.Record
		if record, err = whole.Record(i); err == nil {
			err = shorter.Write(record)
		}
	}
	if err == nil {
		err = next(whole)
	}
	if err != nil {
		shorter.Discard()
		return nil, err
	}
	return shorter, nil
}

var _ io.WriteSeeker = (*disk.Part)(nil)
