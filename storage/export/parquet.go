package export

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// A row group has at most so many rows, and of its widest column about so many
// bytes: a column of a row group is in memory at once.
const (
	groupRows  = 8192
	groupBytes = 16 << 20
)

// parquet writes the tables. Samples get their name last: a samples.parquet belongs
// to the activations.parquet and the label tables beside it.
func (e *export) parquet() ([]rundir.FileInfo, error) {
	var parts []*disk.Part
	var files []rundir.FileInfo
	discard := func(err error) ([]rundir.FileInfo, error) {
		for _, p := range parts {
			p.Discard()
		}
		for _, f := range files { // without samples.parquet it is half an export
			e.cfg.FS.Remove(filepath.Join(e.cfg.Out, f.Name))
		}
		return nil, err
	}
	tables := append(append([]*exportTable{e.activations}, e.labels...), e.samples)
	for _, t := range tables {
		p, err := disk.CreatePart(e.cfg.FS, filepath.Join(e.cfg.Out, t.name+".parquet"), disk.PartSuffix)
		if err != nil {
			return discard(err)
		}
		parts = append(parts, p)
		if err := e.parquetTable(p, t); err != nil {
			return discard(err)
		}
	}
	if e.cfg.Overwrite {
		if err := e.removeEarlier(tables); err != nil {
			return discard(err)
		}
	}
	for i, t := range tables {
		sum, err := parts[i].Commit()
		if err != nil {
			parts = parts[i+1:]
			return discard(err)
		}
		files = append(files, rundir.NewFileInfo(parts[i].Path, t.rows, sum))
	}
	return files, nil
}

// removeEarlier removes what an earlier export has and this one does not replace: its
// label tables, which may be of another run. Its samples go first.
func (e *export) removeEarlier(tables []*exportTable) error {
	samples := exportTargets(e.cfg)[1]
	if _, err := os.Lstat(samples); os.IsNotExist(err) {
		return nil
	}
	entries, err := os.ReadDir(e.cfg.Out)
	if err == nil {
		err = removeOld(e.cfg.FS, samples)
	}
	for _, entry := range entries {
		name, parquet := strings.CutSuffix(entry.Name(), ".parquet")
		_, _, labels := rundir.ParseLabelPath(name + ".arrow")
		kept := slices.ContainsFunc(tables, func(t *exportTable) bool { return t.name == name })
		if err == nil && parquet && labels && !kept {
			err = removeOld(e.cfg.FS, filepath.Join(e.cfg.Out, entry.Name()))
		}
	}
	return err
}

func (e *export) parquetTable(p *disk.Part, t *exportTable) (err error) {
	defer func() { // the library panics where it finds something amiss
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: %v", filepath.Base(p.Path), r)
		}
	}()
	out := bufio.NewWriterSize(p, bufferBytes)
	schema, err := e.parquetSchema(t)
	if err != nil {
		return err
	}
	w, err := pqarrow.NewFileWriter(schema, out, parquetProperties(schema), pqarrow.DefaultWriterProps())
	if err != nil {
		return err
	}
	step := int64(groupRows)
	for _, c := range t.chosen {
		step = min(step, max(1, groupBytes/arrowfile.FieldBytes(t.schema.Field(c))))
	}
	for from := int64(0); from < t.rows; from += step {
		w.NewRowGroup()
		for _, c := range t.chosen {
			if err := writeChunk(w, t, c, arrowfile.Span{From: from, To: min(from+step, t.rows)}); err != nil {
				return err
			}
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return out.Flush()
}

// writeChunk writes a column of a row group.
func writeChunk(w *pqarrow.FileWriter, t *exportTable, column int, s arrowfile.Span) error {
	var pieces []arrow.Array
	err := t.each(column, s, func(a arrow.Array) error {
		pieces = append(pieces, listed(a))
		return nil
	})
	if err != nil {
		return err
	}
	return w.WriteColumnChunked(arrow.NewChunked(pieces[0].DataType(), pieces), 0, s.To-s.From)
}
