package label

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
	"intentprobe/hooks"
	"intentprobe/models/chat"
)

// maxFileRows is how many rows are read: more than a run has samples.
const maxFileRows = 4_000_000

// readFileRows reads the rows of a file by its ending.
func readFileRows(path string, text []byte) ([]fileRow, error) {
	text, err := textfile.UTF8(path, text)
	if err != nil {
		return nil, err
	}
	var rows []fileRow
	add := func(place string, object *chat.Object) error {
		row, err := readFileRow(place, object)
		if err == nil && len(rows) == maxFileRows {
			err = hint.Usage(fmt.Errorf("%s: more than %d rows", place, maxFileRows), "no run has as many samples")
		}
		rows = append(rows, row)
		return err
	}
	switch ending := strings.ToLower(filepath.Ext(path)); ending {
	case ".jsonl", ".ndjson":
		err = textfile.EachLine(path, text, textfile.MaxLineBytes, func(place, line string) error {
			object, err := textfile.ReadObject(place, line)
			if err != nil {
				return err
			}
			return add(place, object)
		})
	case ".csv", ".tsv":
		err = eachTableRow(path, text, add)
	default:
		err = hint.Usage(fmt.Errorf("labels: %s: ending %q is not known", path, ending), "use .jsonl, .csv or .tsv")
	}
	if err == nil && len(rows) == 0 {
		err = hint.Usage(fmt.Errorf("%s holds no labels", path), "add at least one")
	}
	return rows, err
}

// eachTableRow calls add on every row of a table, as an object with the names of its header.
func eachTableRow(path string, text []byte, add func(place string, object *chat.Object) error) error {
	var names []string
	return textfile.EachRow(path, text, func(header []string) error {
		names = header
		for _, name := range header {
			if !slices.Contains(fileKeys, name) && !indexKey.MatchString(name) {
				return hint.Usage(fmt.Errorf("%s:1: no column %q in a file of labels", path, name), "nearest: "+strings.Join(hooks.Nearest(name, fileKeys), ", "))
			}
		}
		has := func(names ...string) bool {
			return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(header, n) })
		}
		if !has("value", "label") || !has("sample_id", "prompt_id") {
			return hint.Usage(fmt.Errorf("%s:1: the columns are %s", path, strings.Join(header, ", ")), "a file of labels has `sample_id` or `prompt_id`, and `value`")
		}
		return nil
	}, func(place string, cells []string) error {
		object := &chat.Object{}
		for i, cell := range cells {
			if cell != "" {
				object.Set(names[i], chat.QuoteJSON(cell))
			}
		}
		return add(place, object)
	})
}
