package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
)

// ErrNoLabels says that a run has no such label table.
var ErrNoLabels = errors.New("storage: no such label table")

// labelFile is a label table's file, by its name.
type labelFile struct {
	file, name string
	version    int32
}

// labelFiles gives the files of a folder that have a label table's name, in order of
// names and versions.
func labelFiles(dir string) (out []labelFile, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if name, version, ok := parseLabelPath(e.Name()); ok {
			out = append(out, labelFile{e.Name(), name, version})
		}
	}
	slices.SortFunc(out, func(a, b labelFile) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return int(a.version) - int(b.version)
	})
	return out, nil
}

// ListLabels gives the headers of a run's label tables, in order of names and
// versions. Errors are those of ReadLabels.
func ListLabels(dir string) (out []LabelHeader, err error) {
	files, err := labelFiles(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		t, err := openLabelFile(filepath.Join(dir, f.file))
		if err != nil {
			return nil, err
		}
		h, err := t.labelHeader()
		t.Close()
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}

// ReadLabels reads a label table of a run; version 0 is the newest. The error wraps
// ErrNoLabels, is a *DamageError where the file is not as docs/labels.md promises, or
// comes from the file system. The result is the caller's; memory holds all of it.
func ReadLabels(dir, name string, version int32) (*LabelTable, error) {
	files, err := labelFiles(dir)
	if err != nil {
		return nil, err
	}
	var there []string
	for _, f := range slices.Backward(files) {
		if f.name == name && (version == 0 || f.version == version) {
			return readLabelFile(filepath.Join(dir, f.file))
		}
		there = append(there, fmt.Sprintf("%s@%d", f.name, f.version))
	}
	if version != 0 {
		name = fmt.Sprintf("%s@%d", name, version)
	}
	if slices.Reverse(there); len(there) == 0 {
		there = []string{"none"}
	}
	return nil, fmt.Errorf("%w: %s has no %q; there are: %s", ErrNoLabels, dir, name, strings.Join(there, ", "))
}

// openLabelFile opens a label table that is a plain file.
func openLabelFile(path string) (*Table, error) {
	in, err := openPlain(path)
	if err != nil {
		return nil, &DamageError{Path: path, Err: err}
	}
	in.Close()
	return OpenTable(path)
}

// readLabelFile reads a label table, and checks all that its file can show by itself.
func readLabelFile(path string) (*LabelTable, error) {
	t, err := openLabelFile(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return t.labelTable()
}

func (t *Table) labelTable() (out *LabelTable, err error) {
	out = &LabelTable{}
	if out.LabelHeader, err = t.labelHeader(); err != nil {
		return nil, err
	}
	err = t.each(0, t.Rows(), func(batch int, b *arrowBatch, _ span) error {
		labels, err := t.labelsOf(out.LabelHeader, batch, b)
		out.Labels = append(out.Labels, labels...)
		return err
	})
	if err == nil {
		err = t.damaged("", checkLabels(out.LabelHeader, out.Labels))
	}
	text, _ := t.schema.Metadata().GetValue(labelsKey)
	if err == nil && labelSum(withSum([]byte(text), out.SHA256, noSum), out.Labels) != out.SHA256 {
		err = t.damaged("", errors.New("was changed: its own sha256 is another"))
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// labelHeader reads the header of a label table, and checks its schema.
func (t *Table) labelHeader() (h LabelHeader, err error) {
	if t.Kind() != "labels" {
		return h, t.damaged("schema", fmt.Errorf("is a table of %q, not of labels", t.Kind()))
	}
	text, _ := t.schema.Metadata().GetValue(labelsKey)
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return h, t.damaged("schema", fmt.Errorf("%s: %w", labelsKey, err))
	}
	if !slices.EqualFunc(t.schema.Fields(), labelFields, func(got, want arrow.Field) bool { return got.Equal(want) }) {
		return h, t.damaged("schema", errors.New("has other columns than a label table"))
	}
	if LabelPath(h.Name, h.Version) != filepath.Base(t.path) {
		return h, t.damaged("schema", fmt.Errorf("%s: is version %d of %q", labelsKey, h.Version, h.Name))
	}
	return h, nil
}

// labelsOf reads a record batch of labels.
func (t *Table) labelsOf(h LabelHeader, batch int, b *arrowBatch) ([]Label, error) {
	var numbers [labelColumns]cells
	var texts [labelColumns][]*string // nil where null
	for i, field := range labelFields {
		var each func(int, []byte)
		if field.Type.ID() == arrow.STRING {
			texts[i] = make([]*string, b.rows)
			each = func(row int, text []byte) {
				s := string(text)
				texts[i][row] = &s
			}
		}
		var err error
		if numbers[i], err = t.plain(b, t.batches[batch].First, field, each); err != nil {
			return nil, err
		}
	}
	out := make([]Label, b.rows)
	for i := range out {
		out[i] = Label{
			SampleID: numbers[labSampleID].int64(i), Value: *texts[labValue][i], Confidence: numbers[labConfidence].floatOrNil(i),
			Prompt: texts[labPrompt][i], Answer: texts[labAnswer][i], Note: texts[labNote][i],
		}
		source, name, version := *texts[labSource][i], *texts[labName][i], numbers[labVersion].int32(i)
		if at := time.UnixMicro(numbers[labTime].int64(i)); source != h.Source || name != h.Name || version != h.Version || !at.Equal(h.Time) {
			return nil, fmt.Errorf("row %d is of %s %s@%d at %s; the file is not", t.batches[batch].First+int64(i), source, name, version, at.UTC().Format(time.RFC3339))
		}
	}
	return out, nil
}
