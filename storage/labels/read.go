package labels

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// ErrNone says that a run has no such label table.
var ErrNone = errors.New("no such label table")

// List gives the headers of a run's label tables, in order of names and
// versions. Errors are those of Read.
func List(dir string) (out []Header, err error) {
	files, err := rundir.LabelFiles(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		t, err := openLabelFile(filepath.Join(dir, f.File))
		if err != nil {
			return nil, err
		}
		h, err := headerOf(t)
		t.Close()
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}

// Read reads a label table of a run; version 0 is the newest. The error wraps ErrNone, is
// a *disk.DamageError where the file is not as docs/labels.md promises, or comes from the
// file system. The result is the caller's; memory holds all of it.
func Read(dir, name string, version int32) (*Table, error) {
	files, err := rundir.LabelFiles(dir)
	if err != nil {
		return nil, err
	}
	var there []string
	for _, f := range slices.Backward(files) {
		if f.Name == name && (version == 0 || f.Version == version) {
			return ReadFile(filepath.Join(dir, f.File))
		}
		there = append(there, fmt.Sprintf("%s@%d", f.Name, f.Version))
	}
	if version != 0 {
		name = fmt.Sprintf("%s@%d", name, version)
	}
	if slices.Reverse(there); len(there) == 0 {
		there = []string{"none"}
	}
	return nil, fmt.Errorf("%w: %s has no %q; there are: %s", ErrNone, dir, name, strings.Join(there, ", "))
}

// openLabelFile opens a label table that is a plain file.
func openLabelFile(path string) (*arrowfile.File, error) {
	in, err := disk.OpenPlain(path)
	if err != nil {
		return nil, &disk.DamageError{Path: path, Err: err}
	}
	in.Close()
	return rundir.OpenTable(path)
}

// ReadFile reads a label table, and checks all that its file can show by itself.
func ReadFile(path string) (*Table, error) {
	t, err := openLabelFile(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return TableOf(t)
}

// TableOf reads a label table from its open file, and checks all that it can show by
// itself.
func TableOf(t *arrowfile.File) (out *Table, err error) {
	out = &Table{}
	if out.Header, err = headerOf(t); err != nil {
		return nil, err
	}
	err = t.Each(0, t.Rows(), func(batch int, b *arrowfile.BatchHeader, _ arrowfile.Span) error {
		labels, err := labelsOf(t, out.Header, batch, b)
		out.Labels = append(out.Labels, labels...)
		return err
	})
	if err == nil {
		err = t.Damaged("", Check(out.Header, out.Labels))
	}
	text, _ := t.Schema().Metadata().GetValue(labelsKey)
	if err == nil && labelSum(rundir.WithSum([]byte(text), out.SHA256, rundir.NoSum), out.Labels) != out.SHA256 {
		err = t.Damaged("", errors.New("was changed: its own sha256 is another"))
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// headerOf reads the header of a label table, and checks its schema.
func headerOf(t *arrowfile.File) (h Header, err error) {
	if rundir.KindOf(t) != "labels" {
		return h, t.Damaged("schema", fmt.Errorf("is a table of %q, not of labels", rundir.KindOf(t)))
	}
	text, _ := t.Schema().Metadata().GetValue(labelsKey)
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return h, t.Damaged("schema", fmt.Errorf("%s: %w", labelsKey, err))
	}
	if !slices.EqualFunc(t.Schema().Fields(), labelFields, func(got, want arrow.Field) bool { return got.Equal(want) }) {
		return h, t.Damaged("schema", errors.New("has other columns than a label table"))
	}
	if rundir.LabelPath(h.Name, h.Version) != filepath.Base(t.Path()) {
		return h, t.Damaged("schema", fmt.Errorf("%s: is version %d of %q", labelsKey, h.Version, h.Name))
	}
	return h, nil
}

// labelsOf reads a record batch of labels.
func labelsOf(t *arrowfile.File, h Header, batch int, b *arrowfile.BatchHeader) ([]Label, error) {
	var numbers [labelColumns]arrowfile.Values
	var texts [labelColumns][]*string // nil where null
	for i, field := range labelFields {
		var each func(int, []byte)
		if field.Type.ID() == arrow.STRING {
			texts[i] = make([]*string, b.Rows)
			each = func(row int, text []byte) {
				s := string(text)
				texts[i][row] = &s
			}
		}
		var err error
		if numbers[i], err = t.Plain(b, t.At(batch).First, field, each); err != nil {
			return nil, err
		}
	}
	out := make([]Label, b.Rows)
	for i := range out {
		out[i] = Label{
			SampleID: numbers[labSampleID].Int64(i), Value: *texts[labValue][i], Confidence: numbers[labConfidence].FloatOrNil(i),
			Prompt: texts[labPrompt][i], Answer: texts[labAnswer][i], Note: texts[labNote][i],
		}
		source, name, version := *texts[labSource][i], *texts[labName][i], numbers[labVersion].Int32(i)
		if at := time.UnixMicro(numbers[labTime].Int64(i)); source != h.Source || name != h.Name || version != h.Version || !at.Equal(h.Time) {
			return nil, fmt.Errorf("row %d is of %s %s@%d at %s; the file is not", t.At(batch).First+int64(i), source, name, version, at.UTC().Format(time.RFC3339))
		}
	}
	return out, nil
}
