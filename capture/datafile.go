package capture

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"intentprobe/hooks"
)

// readFile reads a dataset by its ending. With a template for the prompt, a CSV file
// needs no column of prompts.
func readFile(p Prompts, templated bool) ([]Row, error) {
	text, err := readLimited(p.File, mostDatasetBytes)
	if err != nil {
		return nil, usage(fmt.Errorf("prompts: %w", err), "name a .jsonl, .csv or .txt file that can be read")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return nil, usage(fmt.Errorf("%s:%d: not UTF-8", p.File, badLine(text)), "convert the file to UTF-8, for example with iconv")
	}
	ending := strings.ToLower(filepath.Ext(p.File))
	if p.Column != "" && ending != ".csv" {
		return nil, usage(fmt.Errorf("prompts.column is %q, but %s is not a CSV file", p.Column, p.File), "remove it, or name a .csv file")
	}
	switch ending {
	case ".jsonl", ".ndjson":
		return readJSONL(p.File, text)
	case ".csv":
		return readCSV(p.File, text, p.Column, templated)
	case ".txt":
		return readText(p.File, text)
	}
	return nil, usage(fmt.Errorf("prompts: %s: ending %q is not known", p.File, ending), "use .jsonl, .csv or .txt")
}

func badLine(text []byte) int {
	line := 1
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		text = text[n:]
	}
	return line
}

// eachLine makes a row of every line that is not blank, counted from 1; each has at
// most so many bytes.
func eachLine(path string, text []byte, most int, rowOf func(place, line string) (*Row, error)) ([]Row, error) {
	var list rowList
	for n := 1; len(text) > 0; n++ {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		place := fmt.Sprintf("%s:%d", path, n)
		if err := checkLine(place, len(line), most); err != nil {
			return nil, err
		}
		row, err := rowOf(place, strings.TrimRight(string(line), "\r"))
		if err == nil {
			err = list.add(row)
		}
		if err != nil {
			return nil, err
		}
	}
	return list.rows, nil
}

// readText makes a prompt of each line that is not blank.
func readText(path string, text []byte) ([]Row, error) {
	return eachLine(path, text, mostLineBytes, func(place, line string) (*Row, error) {
		return &Row{Prompt: line, Meta: "{}", place: place}, nil
	})
}

func readJSONL(path string, text []byte) ([]Row, error) {
	return eachLine(path, text, mostJSONBytes, func(place, line string) (*Row, error) {
		object, err := readObject(place, line)
		if err != nil {
			return nil, err
		}
		return rowFromObject(object, place)
	})
}

// readObject reads a line that is one JSON object, numbers as they are written.
func readObject(place, line string) (map[string]any, error) {
	if err := checkDepth(place, json.RawMessage(line)); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	var object map[string]any
	err := dec.Decode(&object)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one value on the line")
		}
	}
	if err == nil && object == nil {
		err = errors.New("null is no row")
	}
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the line ends inside a value")
		}
		return nil, usage(fmt.Errorf("%s: not a JSON object: %w", place, err), "every line must be one whole JSON object")
	}
	return object, nil
}

func readCSV(path string, text []byte, column string, templated bool) ([]Row, error) {
	optional := templated && column == ""
	if column == "" {
		column = "prompt"
	}
	r := csv.NewReader(bytes.NewReader(text))
	wrong := func(err error) error {
		return usage(fmt.Errorf("%s: %w", path, err), "quote fields that hold commas, quotes or line breaks, and give every line all columns")
	}
	header, err := r.Read()
	if err != nil {
		return nil, wrong(fmt.Errorf("no header line: %w", err))
	}
	if len(header) > mostColumns {
		return nil, wrong(fmt.Errorf("the header has %d columns; at most %d are read", len(header), mostColumns))
	}
	at, seen := -1, map[string]bool{}
	for i, name := range header {
		if len(name) > mostNameBytes {
			return nil, wrong(fmt.Errorf("the name of column %d has %d bytes; at most %d are read", i+1, len(name), mostNameBytes))
		}
		if name == column {
			at = i
		}
		if seen[name] {
			return nil, wrong(fmt.Errorf("column %q stands there twice", name))
		}
		seen[name] = true
	}
	if at < 0 && !optional {
		return nil, usage(fmt.Errorf("%s: no column %q", path, column),
			fmt.Sprintf("name one with --prompt-column; nearest: %s", strings.Join(hooks.Nearest(column, header), ", ")))
	}
	var list rowList
	for from := r.InputOffset(); ; from = r.InputOffset() {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list.rows, nil
		}
		if err != nil {
			return nil, wrong(err)
		}
		line, _ := r.FieldPos(0)
		place := fmt.Sprintf("%s:%d", path, line)
		if err := checkLine(place, int(r.InputOffset()-from), mostLineBytes); err != nil {
			return nil, err
		}
		object := map[string]any{}
		for i, value := range record {
			name := header[i]
			switch {
			case i == at:
				object["prompt"] = value
			case name == "prompt": // another column holds the prompts
				object["prompt_column"] = value
			case value == "":
				// an empty cell is no value
			default:
				object[name] = value
			}
		}
		row, err := rowFromObject(object, place)
		if err == nil {
			err = list.add(row)
		}
		if err != nil {
			return nil, err
		}
	}
}
