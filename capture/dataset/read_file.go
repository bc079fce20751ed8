package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/capture/textfile"
	"intentprobe/models/chat"
	"intentprobe/storage/parquet"
)

// readFile reads a dataset by its ending. With a template for the prompt, no column of
// prompts is needed.
func readFile(p spec.Prompts, templated bool) ([]Row, error) {
	ending := strings.ToLower(filepath.Ext(p.File))
	const endings = ".jsonl, .json, .csv, .tsv, .parquet or .txt"
	switch ending {
	case ".jsonl", ".ndjson", ".json", ".csv", ".tsv":
	case ".txt":
		if p.Column != "" {
			return nil, hint.Usage(fmt.Errorf("prompts.column is %q, but %s has no columns", p.Column, p.File), "remove it, or name a file of another kind")
		}
	case ".parquet":
		return readParquet(p.File, p.Column)
	default:
		return nil, hint.Usage(fmt.Errorf("prompts: %s: ending %q is not known", p.File, ending), "use "+endings)
	}
	text, err := textfile.Read(p.File, textfile.MaxBytes)
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("prompts: %w", err), "name a file that can be read: "+endings)
	}
	if text, err = textfile.UTF8(p.File, text); err != nil {
		return nil, err
	}
	switch ending {
	case ".csv", ".tsv":
		return readCSV(p.File, text, p.Column, templated)
	case ".txt":
		return readText(p.File, text)
	case ".json":
		return readJSON(p.File, text, p.Column)
	}
	return readJSONL(p.File, text, p.Column)
}

// readText makes a prompt of each line that is not blank.
func readText(path string, text []byte) ([]Row, error) {
	var list rowList
	err := textfile.EachLine(path, text, textfile.MaxLineBytes, func(place, line string) error {
		return list.add(&Row{Prompt: line, Meta: "{}", Place: place})
	})
	return list.rows, err
}

// readJSONL makes a row of each line that is not blank.
func readJSONL(path string, text []byte, column string) ([]Row, error) {
	var list rowList
	err := textfile.EachLine(path, text, textfile.MaxJSONBytes, func(place, line string) error {
		object, err := textfile.ReadObject(place, line)
		if err != nil {
			return err
		}
		return list.addObject(object, place, column)
	})
	return list.rows, err
}

// readJSON reads a list of objects, or objects one after the other, over as many lines
// as they take. A text among them is a prompt.
func readJSON(path string, text []byte, column string) ([]Row, error) {
	var list rowList
	err := textfile.EachValue(path, string(text), func(place string, value json.RawMessage) error {
		if err := textfile.CheckLength(place, len(value), textfile.MaxJSONBytes); err != nil {
			return err
		}
		if text, err := chat.ReadText(value); err == nil && column == "" {
			return list.add(&Row{Prompt: text, Meta: "{}", Place: place})
		}
		object, err := textfile.WantObject(place, value, "write a list of texts, or of objects: [{\"prompt\": \"...\"}, ...]")
		if err != nil {
			return err
		}
		return list.addObject(object, place, column)
	})
	return list.rows, err
}

// readParquet reads the rows of a Parquet file.
func readParquet(path, column string) ([]Row, error) {
	var list rowList
	limits := parquet.Limits{File: textfile.MaxBytes, Row: textfile.MaxJSONBytes, Columns: textfile.MaxColumns, Memory: maxPageBytes}
	err := parquet.EachRow(path, limits, func(n int64, text []byte) error {
		place := fmt.Sprintf("%s[%d]", path, n)
		object, err := textfile.ReadObject(place, string(text))
		if err != nil {
			return err
		}
		return list.addObject(object, place, column)
	})
	if told := (*hint.UsageError)(nil); err != nil && !errors.As(err, &told) {
		err = hint.Usage(fmt.Errorf("prompts: %s: %w", path, err), "write the file again (with compression=\"zstd\", say), or its rows as .jsonl: pandas.read_parquet(...).to_json(..., orient=\"records\", lines=True)")
	}
	return list.rows, err
}
