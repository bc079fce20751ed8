package storage

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
)

// tableCheck is what differs between the two kinds of Arrow files.
type tableCheck struct {
	hashed    bool
	batchRows int64 // of every record batch but the last; 0: as the first, negative: any
	schema    func(got flatTable) *arrow.Schema
	batch     func(r *batchReader) error // nil where batches are not read
}

// table checks one Arrow file; false where it could not be read to its end.
func (v *verifier) table(info FileInfo, c tableCheck) bool {
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
	s := newFileStream(v.ctx, f, stat.Size(), c.hashed)
	defer s.close()
	whole := false
	v.guard(info.Name, func() { whole = v.tableRows(info, c, s) })
	sum, err := s.sum()
	switch {
	case v.ctx.Err() != nil:
	case err != nil:
		v.add(info.Name, "", "cannot be read: %v", err)
	case c.hashed && sum != info.SHA256:
		v.add(info.Name, "", "has the sha256 %s; the manifest says %s", sum, info.SHA256)
	}
	return whole
}

func (v *verifier) tableRows(info FileInfo, c tableCheck, s *fileStream) bool {
	a, err := readArrow(s.from, s.size)
	if err != nil {
		v.add(info.Name, "", "%v", err)
		return false
	}
	want := c.schema(a.schema)
	if !v.checkSchema(info.Name, a.schema, want) {
		return false
	}
	if err := v.checkDictionaries(info.Name, s, a, want); err != nil {
		v.add(info.Name, "dictionaries", "%v", err)
		return false
	}
	rows, reader := int64(0), &batchReader{fileStream: s}
	for i, block := range a.batches {
		where := fmt.Sprintf("record batch %d", i)
		b, err := s.batch(block, flatRecordBatch)
		if err == nil {
			v.checkBatchRows(info.Name, where, b.rows, i == len(a.batches)-1, &c)
			if c.batch != nil {
				reader.arrowBatch, reader.first = b, rows
				err = c.batch(reader)
			}
		}
		if err != nil {
			if v.ctx.Err() == nil {
				v.add(info.Name, where, "%v", err)
			}
			return false
		}
		rows += b.rows
	}
	if rows != info.Rows {
		v.add(info.Name, "", "has %d rows; the manifest says %d", rows, info.Rows)
	}
	return true
}

func (v *verifier) checkBatchRows(file, where string, rows int64, last bool, c *tableCheck) {
	if c.batchRows == 0 {
		c.batchRows = rows
	}
	if rows == 0 || c.batchRows > 0 && (rows > c.batchRows || rows < c.batchRows && !last) {
		v.add(file, where, "has %d rows, not %d", rows, c.batchRows)
	}
}

// checkDictionaries checks that phases and roles have their codes.
func (v *verifier) checkDictionaries(file string, s *fileStream, a *arrowFile, want *arrow.Schema) error {
	promised := map[int64][]string{} // by the ids that the file gives them
	fields := a.schema.tables(1, maxFields)
	for i, f := range want.Fields() {
		if f.Type.ID() != arrow.DICTIONARY {
			continue
		}
		id := fields[i].table(4).long(0)
		if promised[id] != nil {
			return fmt.Errorf("two columns share dictionary %d", id)
		}
		promised[id] = map[string][]string{"phase": Phases, "role": Roles}[f.Name]
	}
	if len(a.dictionaries) != len(promised) && (len(a.dictionaries) > 0 || len(a.batches) > 0) {
		return fmt.Errorf("there are %d, not %d", len(a.dictionaries), len(promised))
	}
	for _, block := range a.dictionaries {
		b, err := s.batch(block, flatDictionaryBatch)
		if err != nil {
			return err
		}
		values := promised[b.id]
		if delete(promised, b.id); b.rows != int64(len(values)) {
			return fmt.Errorf("dictionary %d has %d values, not %d", b.id, b.rows, len(values))
		}
		var got []string
		r := &batchReader{fileStream: s, arrowBatch: b}
		err = r.texts(b.rows, false, func(_ int, text []byte) { got = append(got, string(bytes.Clone(text))) })
		if err != nil {
			return err
		}
		if !slices.Equal(got, values) {
			return fmt.Errorf("dictionary %d is %q, not %q", b.id, got, values)
		}
	}
	return nil
}
