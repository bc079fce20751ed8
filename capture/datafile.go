package capture

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"intentprobe/hooks"
)

// readFile reads a dataset by its ending.
func readFile(p Prompts) ([]Row, error) {
	text, err := os.ReadFile(p.File)
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
		return readCSV(p.File, text, p.Column)
	case ".txt":
		return readText(p.File, text), nil
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

// eachLine calls fn with every line that is not blank, counted from 1.
func eachLine(text []byte, fn func(n int, line string) error) error {
	r := bufio.NewReader(bytes.NewReader(text))
	for n := 1; ; n++ {
		line, err := r.ReadString('\n')
		if strings.TrimSpace(line) != "" {
			if ferr := fn(n, strings.TrimRight(line, "\r\n")); ferr != nil {
				return ferr
			}
		}
		if err != nil {
			return nil // io.EOF is the only error of a reader over bytes
		}
	}
}

// readText makes a prompt of each line that is not blank.
func readText(path string, text []byte) (rows []Row) {
	eachLine(text, func(n int, line string) error {
		rows = append(rows, Row{Prompt: line, Meta: "{}", place: fmt.Sprintf("%s:%d", path, n)})
		return nil
	})
	return rows
}

func readJSONL(path string, text []byte) (rows []Row, err error) {
	err = eachLine(text, func(n int, line string) error {
		place := fmt.Sprintf("%s:%d", path, n)
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
			return usage(fmt.Errorf("%s: not a JSON object: %w", place, err), "every line must be one whole JSON object")
		}
		row, err := rowFromObject(object, place)
		if err != nil {
			return err
		}
		rows = append(rows, *row)
		return nil
	})
	return rows, err
}

func readCSV(path string, text []byte, column string) ([]Row, error) {
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
	at := -1
	for i, name := range header {
		if name == column {
			at = i
		}
		for _, before := range header[:i] {
			if before == name {
				return nil, wrong(fmt.Errorf("column %q stands there twice", name))
			}
		}
	}
	if at < 0 {
		return nil, usage(fmt.Errorf("%s: no column %q", path, column),
			fmt.Sprintf("name one with --prompt-column; nearest: %s", strings.Join(hooks.Nearest(column, header), ", ")))
	}
	var rows []Row
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, wrong(err)
		}
		line, _ := r.FieldPos(0)
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
		row, err := rowFromObject(object, fmt.Sprintf("%s:%d", path, line))
		if err != nil {
			return nil, err
		}
		rows = append(rows, *row)
	}
}
