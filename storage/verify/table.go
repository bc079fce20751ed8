package verify

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// tableCheck is what differs between the two kinds of Arrow files.
type tableCheck struct {
	hashed    bool
	batchRows int64 // of every record batch but the last; 0: as the first, negative: any
	schema    func(got *arrow.Schema) *arrow.Schema
	batch     func(s *arrowfile.Scanner, r *arrowfile.BatchReader) error // nil where batches are not read
}

// table checks one Arrow file; false where it could not be read to its end.
func (v *verifier) table(info rundir.FileInfo, c tableCheck) bool {
	f, err := os.Open(filepath.Join(v.dir, info.Name))
	if err != nil {
		v.add(info.Name, "", "%v", err)
		return false
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		v.add(info.Name, "", "%v", err)
		return false
	}
	s := arrowfile.NewScanner(v.ctx, f, stat.Size(), c.hashed)
	defer s.Close()
	whole := false
	v.guard(info.Name, func() { whole = v.tableRows(info, c, s) })
	sum, err := s.Sum()
	switch {
	case v.ctx.Err() != nil:
	case err != nil:
		v.add(info.Name, "", "cannot be read: %v", err)
	case c.hashed && sum != info.SHA256:
		v.keep(Problem{File: info.Name, What: fmt.Sprintf("has the sha256 %s; the manifest says %s", sum, info.SHA256), Kind: Checksum})
	}
	return whole
}

func (v *verifier) tableRows(info rundir.FileInfo, c tableCheck, s *arrowfile.Scanner) bool {
	a, err := arrowfile.ReadFooter(s.From, s.Size)
	if err != nil {
		v.add(info.Name, "", "%v", err)
		return false
	}
	schema, err := a.Schema()
	if err != nil {
		v.add(info.Name, "schema", "%v", err)
		return false
	}
	if !v.checkSchema(info.Name, schema.Schema, c.schema(schema.Schema)) {
		return false
	}
	if err := v.checkDictionaries(s, a, schema); err != nil {
		v.add(info.Name, "dictionaries", "%v", err)
		return false
	}
	rows, text := int64(0), []byte(nil)
	for i, block := range a.Batches {
		where := fmt.Sprintf("record batch %d", i)
		b, err := arrowfile.ReadBatch(s, block, arrowfile.KindRecordBatch)
		if err == nil {
			v.checkBatchRows(info.Name, where, b.Rows, i == len(a.Batches)-1, &c)
			if c.batch != nil {
				r := arrowfile.NewBatchReader(s, b, rows, text)
				err = c.batch(s, r)
				text = r.Text
			}
		}
		if err != nil {
			if v.ctx.Err() == nil {
				v.add(info.Name, where, "%v", err)
			}
			return false
		}
		rows += b.Rows
	}
	if rows != info.Rows {
		v.add(info.Name, "", "has %s; the manifest says %d", plural.Count(rows, "row"), info.Rows)
	}
	return true
}

func (v *verifier) checkBatchRows(file, where string, rows int64, last bool, c *tableCheck) {
	if c.batchRows == 0 {
		c.batchRows = rows
	}
	if rows == 0 || c.batchRows > 0 && (rows > c.batchRows || rows < c.batchRows && !last) {
		v.add(file, where, "has %s, not %d", plural.Count(rows, "row"), c.batchRows)
	}
}

// checkDictionaries checks that phases and roles have their codes.
func (v *verifier) checkDictionaries(s *arrowfile.Scanner, a *arrowfile.Footer, schema *arrowfile.Schema) error {
	promised := map[int64][]string{} // by the ids that the file gives them
	for i, f := range schema.Fields() {
		if f.Type.ID() != arrow.DICTIONARY {
			continue
		}
		id := schema.Dictionaries[i]
		if promised[id] != nil {
			return fmt.Errorf("two columns share dictionary %d", id)
		}
		promised[id] = rundir.NamesIn(v.m.FormatVersion, f.Name)
	}
	if len(a.Dictionaries) != len(promised) && (len(a.Dictionaries) > 0 || len(a.Batches) > 0) {
		return fmt.Errorf("there are %d, not %d", len(a.Dictionaries), len(promised))
	}
	for _, block := range a.Dictionaries {
		b, err := arrowfile.ReadBatch(s, block, arrowfile.KindDictionaryBatch)
		if err != nil {
			return err
		}
		if b.Delta {
			return errors.New("one that adds to another")
		}
		values := promised[b.Dictionary]
		if delete(promised, b.Dictionary); b.Rows != int64(len(values)) {
			return fmt.Errorf("dictionary %d has %d values, not %d", b.Dictionary, b.Rows, len(values))
		}
		got, err := arrowfile.ReadDictionary(s, b, nil)
		if err != nil {
			return err
		}
		if !slices.Equal(got, values) {
			return fmt.Errorf("dictionary %d is %q, not %q", b.Dictionary, got, values)
		}
	}
	return nil
}
