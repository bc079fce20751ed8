package label

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
	"intentprobe/hooks"
	"intentprobe/models/chat"
	"intentprobe/storage/labels"
)

// fileRow is a row of a file of labels.
type fileRow struct {
	place  string  // file and line
	id     *int64  // one of id
	prompt *string // and prompt is set
	sample *int32  // of the prompt; nil: all
	arm    *string // likewise
	label  labels.Label
}

// fileKeys are the columns of a table of labels, or the keys of an object.
var fileKeys = []string{"sample_id", "prompt_id", "sample", "arm", "value", "label", "confidence", "note"}

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

// readFileRow reads the keys of a row; null and empty cells are none.
func readFileRow(place string, object *chat.Object) (r fileRow, err error) {
	r.place = place
	wrong := func(key string, err error) (fileRow, error) {
		return r, hint.Usage(fmt.Errorf("%s: key %q: %w", place, key, err), "docs/labels.md says what a row of labels holds")
	}
	texts := map[string]*string{}
	for _, key := range object.Keys() {
		value := object.Get(key)
		if indexKey.MatchString(key) {
			text, err := textfile.Scalar(value)
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
		if !slices.Contains(fileKeys, key) {
			return r, hint.Usage(fmt.Errorf("%s: no key %q in a row of labels", place, key), "nearest: "+strings.Join(hooks.Nearest(key, fileKeys), ", "))
		}
		if texts[key], err = textfile.Scalar(object.Get(key)); err != nil {
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
	r.prompt, r.arm, r.label.Note = texts["prompt_id"], texts["arm"], texts["note"]
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
	if (r.id == nil) == (r.prompt == nil) || (r.sample != nil || r.arm != nil) && r.prompt == nil {
		return r, hint.Usage(fmt.Errorf("%s: names no sample", place), "every row needs either `sample_id`, or `prompt_id` with or without `sample` and `arm`")
	}
	return r, nil
}
