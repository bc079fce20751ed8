package storage

import (
	"context"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"intentprobe/storage/disk"
)

// arrowPart is an Arrow IPC file being written under its temporary name.
type arrowPart struct {
	*disk.Part
	writer *ipc.FileWriter
	schema *arrow.Schema
	rows   int64
}

func createArrow(fs disk.FS, path, suffix string, schema *arrow.Schema) (*arrowPart, error) {
	p, err := disk.CreatePart(fs, path, suffix)
	if err != nil {
		return nil, err
	}
	w, err := ipc.NewFileWriter(p, ipc.WithSchema(schema))
	if err != nil {
		p.Discard()
		return nil, err
	}
	return &arrowPart{Part: p, writer: w, schema: schema}, nil
}

func (a *arrowPart) write(r arrow.Record) error {
	defer r.Release()
	if r.NumRows() == 0 {
		return nil
	}
	a.rows += r.NumRows()
	return a.writer.Write(r)
}

// commit writes the footer and gives the file its name.
func (a *arrowPart) commit() (disk.Sum, error) {
	if err := a.writer.Close(); err != nil {
		a.Discard()
		return disk.Sum{}, err
	}
	return a.Part.Commit()
}

// copy writes the first rows of a table, and calls each with what it writes. A
// *DamageError is the table's.
func (a *arrowPart) copy(ctx context.Context, from *Table, rows int64, each func(arrow.Record)) error {
	for i, b := range from.batches {
		if b.First >= rows {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		record, err := from.record(i)
		if err != nil {
			return &disk.DamageError{Path: from.path, Where: fmt.Sprintf("record batch %d", i), Err: err}
		}
		if b.First+b.Rows > rows {
			record = record.NewSlice(0, rows-b.First)
		}
		if each != nil {
			each(record)
		}
		if err := a.write(record); err != nil {
			return err
		}
	}
	return nil
}

// truncate gives a file with the first record batches of this one in place of
// it, and calls next with all that was written. What is written cannot be taken
// back, so the finished part is read and its beginning written anew; memory holds
// one batch at a time.
func (a *arrowPart) truncate(batches int, next func(*Table) error) (*arrowPart, error) {
	defer a.Discard()
	if err := a.writer.Close(); err != nil {
		return nil, err
	}
	if err := a.Check(); err != nil {
		return nil, err
	}
	whole, err := openArrow(a.FS, a.Temp)
	if err != nil {
		return nil, err
	}
	defer whole.Close()
	shorter, err := createArrow(a.FS, a.Path, disk.ShortSuffix, a.schema)
	if err != nil {
		return nil, err
	}
	for i := 0; i < batches && err == nil; i++ {
		var record arrow.Record
		if record, err = whole.record(i); err == nil {
			err = shorter.write(record)
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
