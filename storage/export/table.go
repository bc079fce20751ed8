package export

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// A piece of a column, as it is read, has at most so many rows and about so many
// bytes.
const (
	pieceRows  = 512
	pieceBytes = 8 << 20
)

// exportTable is one table of a run, its files as one.
type exportTable struct {
	ctx    context.Context
	fs     disk.FS
	name   string
	paths  []string // of its files, in order
	counts []int64  // rows of each
	rows   int64    // that are written
	schema *arrow.Schema
	chosen []int                                                              // columns, in order
	fix    func(column string, file int, at int64, a arrow.Array) arrow.Array // at: the row of the export that a begins with

	kept   []arrowfile.Span // rows of the files, as one, that are written; nil: all
	ends   []int64          // how many rows there are up to the end of each of these
	places []int64          // of samples that are chosen: the row of the export with which each one's rows begin

	open   *arrowfile.File // the file that was read last
	opened int
}

// openExport finds the files of a table by the manifest and reads their schema.
func openExport(ctx context.Context, fs disk.FS, r *rundir.Run, name string) (*exportTable, error) {
	t := &exportTable{ctx: ctx, fs: fs, name: name}
	files := slices.Clone(r.Manifest.Files)
	slices.SortStableFunc(files, func(a, b rundir.FileInfo) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range files {
		if !strings.HasPrefix(f.Name, name+"-") {
			continue
		}
		t.paths = append(t.paths, filepath.Join(r.Dir, filepath.Base(f.Name)))
		t.counts = append(t.counts, f.Rows)
		t.rows += f.Rows
	}
	if len(t.paths) == 0 {
		return nil, fmt.Errorf("%s holds no sample: there is nothing to export", r.Dir)
	}
	for i := range t.paths {
		f, err := t.file(i)
		if err != nil {
			return t, err
		}
		if err := promised(f, t.counts[i]); err != nil {
			return t, err
		}
		if i == 0 {
			t.schema = f.Schema()
		} else if !f.Schema().Equal(t.schema) {
			return t, fmt.Errorf("%s has other columns than %s", t.paths[i], t.paths[0])
		}
	}
	for i := range t.schema.Fields() {
		t.chosen = append(t.chosen, i)
	}
	return t, nil
}

// file opens one of the files; it stays open until the next one is.
func (t *exportTable) file(i int) (*arrowfile.File, error) {
	if t.open != nil && t.opened == i {
		return t.open, nil
	}
	t.close()
	var err error
	if t.open, err = rundir.OpenTableIn(t.fs, t.paths[i]); err != nil {
		t.open = nil
	}
	t.opened = i
	return t.open, err
}

func (t *exportTable) close() {
	if t.open != nil {
		t.open.Close()
	}
	t.open = nil
}

// promised checks what an export takes for granted of a file: the number of its
// rows, and the dictionaries.
func promised(t *arrowfile.File, rows int64) error {
	if t.Rows() != rows {
		return t.Damaged("", fmt.Errorf("has %s; %s says %d", plural.Count(t.Rows(), "row"), rundir.ManifestName, rows))
	}
	for i, f := range t.Schema().Fields() {
		if f.Type.ID() != arrow.DICTIONARY || rows == 0 {
			continue
		}
		values, err := t.Dictionary(i)
		if names := rundir.NamesIn(rundir.FileFormat(t), f.Name); err == nil && !slices.Equal(values, names) {
			err = t.Damaged(fmt.Sprintf("column %q", f.Name), fmt.Errorf("its dictionary is %q, not %q", values, names))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *exportTable) all() arrowfile.Span { return arrowfile.Span{From: 0, To: t.rows} }

// each calls fn on the pieces of a column in order. A piece is fn's for the
// length of the call, or longer: it borrows nothing.
func (t *exportTable) each(column int, s arrowfile.Span, fn func(arrow.Array) error) error {
	at, first, i := s.From, int64(0), 0 // first is the row of all files that file i begins with
	for _, rows := range t.spans(s) {
		for rows.From < rows.To {
			for rows.From >= first+t.counts[i] {
				first += t.counts[i]
				i++
			}
			to := min(rows.To, first+t.counts[i])
			if err := t.eachOfFile(i, column, at, arrowfile.Span{From: rows.From - first, To: to - first}, fn); err != nil {
				return fmt.Errorf("%s: column %q: %w", t.paths[i], t.schema.Field(column).Name, err)
			}
			at += to - rows.From
			rows.From = to
		}
	}
	return nil
}

// eachOfFile is each for rows of a file, the first of which is row at of the export.
func (t *exportTable) eachOfFile(file, column int, at int64, s arrowfile.Span, fn func(arrow.Array) error) error {
	step := piece(t.schema.Field(column))
	f, err := t.file(file)
	if err != nil {
		return err
	}
	return f.Each(s.From, s.To, func(batch int, _ *arrowfile.BatchHeader, rows arrowfile.Span) error {
		for from := rows.From; from < rows.To; from += step {
			if err := t.ctx.Err(); err != nil {
				return err
			}
			a, err := f.Array(batch, column, arrowfile.Span{From: from, To: min(from+step, rows.To)})
			if err != nil {
				return err
			}
			if t.fix != nil {
				a = t.fix(t.schema.Field(column).Name, file, at, a)
			}
			at += int64(a.Len())
			if err := fn(a); err != nil {
				return err
			}
		}
		return nil
	})
}

// piece is how many rows of a column are read at once.
func piece(f arrow.Field) int64 {
	size := arrowfile.FieldBytes(f)
	return min(pieceRows, max(1, pieceBytes/size))
}
