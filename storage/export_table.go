package storage

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
)

// A piece of a column, as it is read, has at most so many rows and about so many
// bytes.
const (
	pieceRows  = 512
	pieceBytes = 8 << 20
)

// table is one table of a run, its files as one.
type table struct {
	ctx    context.Context
	fs     FS
	name   string
	paths  []string // of its files, in order
	counts []int64  // rows of each
	rows   int64
	schema *arrow.Schema
	chosen []int // columns, in order
	fix    func(column string, file int, a arrow.Array) arrow.Array
}

// openTable finds the files of a table by the manifest and reads their schema.
func openTable(ctx context.Context, fs FS, r *Run, name string) (*table, error) {
	t := &table{ctx: ctx, fs: fs, name: name}
	files := slices.Clone(r.Manifest.Files)
	slices.SortStableFunc(files, func(a, b FileInfo) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range files {
		if !strings.HasPrefix(f.Name, name+"-") {
			continue
		}
		t.paths = append(t.paths, filepath.Join(r.Dir, filepath.Base(f.Name)))
		t.counts = append(t.counts, f.Rows)
		t.rows += f.Rows
	}
	if len(t.paths) == 0 {
		return nil, fmt.Errorf("storage: %s holds no sample: there is nothing to export", r.Dir)
	}
	for i, path := range t.paths {
		f, err := openColumnFile(fs, path)
		if err != nil {
			return nil, err
		}
		f.close()
		if i == 0 {
			t.schema = f.schema
		} else if !f.schema.Equal(t.schema) {
			return nil, fmt.Errorf("storage: %s has other columns than %s", path, t.paths[0])
		}
	}
	for i := range t.schema.Fields() {
		t.chosen = append(t.chosen, i)
	}
	return t, nil
}

// span is a range of rows of the table.
type span struct{ from, to int64 }

func (t *table) all() span { return span{0, t.rows} }

// each calls fn on the pieces of a column in order. A piece is fn's for the
// length of the call, or longer: it borrows nothing.
func (t *table) each(column int, s span, fn func(arrow.Array) error) error {
	step := piece(t.schema.Field(column))
	first := int64(0)
	for i, path := range t.paths {
		from, to := max(s.from, first), min(s.to, first+t.counts[i])
		first += t.counts[i]
		if from >= to {
			continue
		}
		if err := t.eachOfFile(i, column, span{from - first + t.counts[i], to - first + t.counts[i]}, step, fn); err != nil {
			return fmt.Errorf("%s: column %q: %w", path, t.schema.Field(column).Name, err)
		}
	}
	return nil
}

func (t *table) eachOfFile(file, column int, s span, step int64, fn func(arrow.Array) error) error {
	f, err := openColumnFile(t.fs, t.paths[file])
	if err != nil {
		return err
	}
	defer f.close()
	first := int64(0)
	for _, b := range f.batches {
		batch, err := f.batch(b)
		if err != nil {
			return err
		}
		to := min(s.to-first, batch.rows)
		for from := max(s.from-first, 0); from < to; from += step {
			if err := t.ctx.Err(); err != nil {
				return err
			}
			a, err := batch.column(column, from, min(step, to-from))
			if err != nil {
				return err
			}
			if t.fix != nil {
				a = t.fix(t.schema.Field(column).Name, file, a)
			}
			if err := fn(a); err != nil {
				return err
			}
		}
		first += batch.rows
	}
	if first != t.counts[file] {
		return fmt.Errorf("%d rows, and %s says %d", first, ManifestName, t.counts[file])
	}
	return nil
}

// piece is how many rows of a column are read at once.
func piece(f arrow.Field) int64 {
	size := fieldBytes(f)
	return min(pieceRows, max(1, pieceBytes/size))
}

// fieldBytes is the size of a row of a column; 1 where it varies.
func fieldBytes(f arrow.Field) int64 {
	switch t := f.Type.(type) {
	case *arrow.FixedSizeListType:
		if elem, ok := t.Elem().(arrow.FixedWidthDataType); ok {
			return max(1, int64(t.Len())*int64(elem.BitWidth()/8))
		}
	case *arrow.DictionaryType:
		return 1
	case arrow.FixedWidthDataType:
		return max(1, int64(t.BitWidth()/8))
	}
	return 1
}
