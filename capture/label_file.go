package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

// LabelFile is a file of labels that somebody or something else made: a .csv or
// .jsonl file, whose rows name a sample and a value.
type LabelFile struct {
	Path   string
	Values []string // that are allowed; none: those of the name's newest version, or any
}

// LabelFromFile labels the samples that a file names. All labels are written or none.
// Errors are *hint.UsageError, which name file and line, a *storage.LockedError, or come
// from the files.
func LabelFromFile(dir string, file LabelFile, opt LabelOptions) (*Labelled, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	if len(opt.Where) > 0 {
		return nil, hint.Usage(errors.New("--where with --from"), "the file says which samples are labelled")
	}
	if err := checkValues(file.Values); err != nil {
		return nil, err
	}
	text, err := readLimited(file.Path, mostDatasetBytes)
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("labels: %w", err), "name a .jsonl or .csv file that can be read")
	}
	rows, err := readLabelRows(file.Path, text)
	if err != nil {
		return nil, err
	}
	l, err := openLabelling(dir)
	if err != nil {
		return nil, err
	}
	values := file.Values
	if len(values) == 0 {
		if values, err = earlierValues(dir, opt.Name); err != nil {
			return nil, err
		}
	}
	labels, err := l.match(rows, values)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	how := map[string]any{"file": filepath.Base(file.Path), "sha256": hex.EncodeToString(sum[:]), "rows": len(rows)}
	return l.write(storage.LabelFile, opt, values, how, labels)
}

// earlierValues gives the values that the newest version of a name allows; nil where
// there is none, or where it allows any.
func earlierValues(dir, name string) ([]string, error) {
	t, err := storage.ReadLabels(dir, name, 0)
	if errors.Is(err, storage.ErrNoLabels) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return t.Values, nil
}

// labelRow is a row of a file of labels.
type labelRow struct {
	place  string  // file and line
	id     *int64  // one of id
	prompt *string // and prompt is set
	sample *int32  // of the prompt; nil: all
	label  storage.Label
}

// readLabelRows reads the rows of a file by its ending.
func readLabelRows(path string, text []byte) ([]labelRow, error) {
	text, err := asUTF8(path, text)
	if err != nil {
		return nil, err
	}
	var rows []labelRow
	add := func(place string, object *models.Object) error {
		row, err := labelRowOf(place, object)
		if err == nil && len(rows) == mostSamples {
			err = hint.Usage(fmt.Errorf("%s: more than %d rows", place, mostSamples), "no run has as many samples")
		}
		rows = append(rows, row)
		return err
	}
	switch ending := strings.ToLower(filepath.Ext(path)); ending {
	case ".jsonl", ".ndjson":
		err = eachLabelLine(path, text, add)
	case ".csv", ".tsv":
		err = eachLabelRecord(path, text, add)
	default:
		err = hint.Usage(fmt.Errorf("labels: %s: ending %q is not known", path, ending), "use .jsonl, .csv or .tsv")
	}
	if err == nil && len(rows) == 0 {
		err = hint.Usage(fmt.Errorf("%s holds no labels", path), "add at least one")
	}
	return rows, err
}

var labelKeys = []string{"sample_id", "prompt_id", "sample", "value", "label", "confidence", "note"}

// indexKey matches the names that pandas gives a table's index: none, "Unnamed: 0"
// where it was read again, "__index_level_0__".
var indexKey = regexp.MustCompile(`^(|Unnamed: \d+(\.\d+)?|__index_level_\d+__)$`)

// wholeNumber reads a number that pandas may have made a float of: "7" or "7.0".
func wholeNumber(text string, bits int) (int64, error) {
	text = strings.TrimSpace(text)
	if whole, zeros, ok := strings.Cut(text, "."); ok && zeros != "" && strings.Trim(zeros, "0") == "" {
		text = whole
	}
	return strconv.ParseInt(text, 10, bits)
}

// labelRowOf reads the keys of a row; null and empty cells are none.
func labelRowOf(place string, object *models.Object) (r labelRow, err error) {
	r.place = place
	wrong := func(key string, err error) (labelRow, error) {
		return r, hint.Usage(fmt.Errorf("%s: key %q: %w", place, key, err), "docs/labels.md says what a row of labels holds")
	}
	texts := map[string]*string{}
	for _, key := range object.Keys() {
		value := object.Get(key)
		if indexKey.MatchString(key) {
			text, err := wantScalar(value)
			if err == nil && text != nil {
				if _, err = wholeNumber(*text, 64); err != nil {
					err = fmt.Errorf("%q is no row number of a pandas index", *text)
				}
			}
			if err != nil {
				return r, hint.Usage(fmt.Errorf("%s: key %q: %w", place, key, err), "give the column a name that docs/labels.md has, or leave it out (index=False)")
			}
			continue
		}
		if !slices.Contains(labelKeys, key) {
			return r, hint.Usage(fmt.Errorf("%s: no key %q in a row of labels", place, key), "nearest: "+strings.Join(hooks.Nearest(key, labelKeys), ", "))
		}
		if texts[key], err = wantScalar(object.Get(key)); err != nil {
			return wrong(key, err)
		}
	}
	if text := texts["sample_id"]; text != nil {
		id, err := wholeNumber(*text, 64)
		if err != nil {
			return wrong("sample_id", fmt.Errorf("%q is no id of a sample", *text))
		}
		r.id = &id
	}
	if text := texts["sample"]; text != nil {
		n, err := wholeNumber(*text, 32)
		if err != nil {
			return wrong("sample", fmt.Errorf("%q is no number of a sample", *text))
		}
		n32 := int32(n)
		r.sample = &n32
	}
	if text := texts["confidence"]; text != nil {
		c, err := strconv.ParseFloat(strings.TrimSpace(*text), 64)
		if err != nil || !(c >= 0 && c <= 1) {
			return wrong("confidence", fmt.Errorf("%q is no number from 0 to 1", *text))
		}
		r.label.Confidence = &c
	}
	r.prompt, r.label.Note = texts["prompt_id"], texts["note"]
	value := texts["value"]
	if value == nil {
		value = texts["label"]
	} else if texts["label"] != nil {
		return wrong("label", errors.New("both value and label"))
	}
	if value == nil || *value == "" {
		return r, hint.Usage(fmt.Errorf("%s: no value", place), "every row needs a `value` (or `label`); leave rows out that have none")
	}
	r.label.Value = *value
	if (r.id == nil) == (r.prompt == nil) || r.sample != nil && r.prompt == nil {
		return r, hint.Usage(fmt.Errorf("%s: names no sample", place), "every row needs either `sample_id`, or `prompt_id` with or without `sample`")
	}
	return r, nil
}
