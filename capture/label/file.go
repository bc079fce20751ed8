package label

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
	"intentprobe/storage/labels"
)

// File is a file of labels that somebody or something else made: a .csv or
// .jsonl file, whose rows name a sample and a value.
type File struct {
	Path   string
	Values []string // that are allowed; none: those of the name's newest version, or any
}

// FromFile labels the samples that a file names. All labels are written or none.
// Errors are *hint.UsageError, which name file and line, a *disk.LockedError, or come
// from the files.
func FromFile(dir string, file File, opt Options) (*Summary, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	if len(opt.Where) > 0 {
		return nil, hint.Usage(errors.New("conditions on samples with a file of labels"), "the file says which samples are labelled")
	}
	if err := checkValues(file.Values); err != nil {
		return nil, err
	}
	text, err := textfile.Read(file.Path, textfile.MaxBytes)
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("labels: %w", err), "name a .jsonl or .csv file that can be read")
	}
	rows, err := readFileRows(file.Path, text)
	if err != nil {
		return nil, err
	}
	r, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	values := file.Values
	if len(values) == 0 {
		if values, err = earlierValues(dir, opt.Name); err != nil {
			return nil, err
		}
	}
	list, err := r.named(rows, values)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	how := map[string]any{"file": filepath.Base(file.Path), "sha256": hex.EncodeToString(sum[:]), "rows": len(rows)}
	return r.write(labels.File, opt, values, how, list)
}

// earlierValues gives the values that the newest version of a name allows; nil where
// there is none, or where it allows any.
func earlierValues(dir, name string) ([]string, error) {
	t, err := labels.Read(dir, name, 0)
	if errors.Is(err, labels.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return t.Values, nil
}
