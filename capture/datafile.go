package capture

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

// readFile reads a dataset by its ending. With a template for the prompt, no column of
// prompts is needed.
func readFile(p Prompts, templated bool) ([]Row, error) {
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
	text, err := readLimited(p.File, mostDatasetBytes)
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("prompts: %w", err), "name a file that can be read: "+endings)
	}
	if text, err = asUTF8(p.File, text); err != nil {
		return nil, err
	}
	switch ending {
	case ".csv", ".tsv":
		return readCSV(p.File, text, p.Column, templated)
	case ".txt":
		return readText(p.File, text)
	case ".json":
		return readJSONFile(p.File, text, p.Column)
	}
	return readJSONL(p.File, text, p.Column)
}

// asUTF8 refuses a text in another encoding, and leaves out the mark that some put
// before UTF-8.
func asUTF8(path string, text []byte) ([]byte, error) {
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(text, []byte(mark)) || everyOther(text, 0) || everyOther(text, 1) {
			return nil, hint.Usage(fmt.Errorf("%s:1: the file is in UTF-16, not UTF-8", path), fmt.Sprintf("convert it, for example with iconv -f UTF-16 -t UTF-8 %s", path))
		}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return nil, hint.Usage(fmt.Errorf("%s:%d: not UTF-8", path, badLine(text)), "convert the file to UTF-8, for example with iconv")
	}
	return text, nil
}

// everyOther says whether every other byte at the beginning of a text is 0, as in UTF-16
// without a mark; one alone is a character of its own.
func everyOther(text []byte, from int) bool {
	return len(text) >= 4 && text[from] == 0 && text[from+2] == 0 && text[1-from] != 0
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
		row, err := rowOf(place, string(bytes.TrimSuffix(line, []byte("\r"))))
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

// readTable calls take on every row of a .csv or .tsv file, with its cells by the names
// of the header, which check may refuse.
func readTable(path string, text []byte, check func(header []string) error, take func(place string, cells []string) error) error {
	r := &csvReader{path: path, text: text, comma: ',', line: 1}
	if strings.EqualFold(filepath.Ext(path), ".tsv") {
		r.comma = '\t'
	}
	header, line, _, err := r.next()
	if err != nil {
		return err
	}
	if header == nil {
		return r.wrong(1, "no header line")
	}
	for i, name := range header {
		if len(name) > mostNameBytes {
			return r.wrong(line, "the name of column %d has %d bytes; at most %d are read", i+1, len(name), mostNameBytes)
		}
		if first := slices.Index(header, name); first < i {
			return hint.Usage(fmt.Errorf("%s:%d: column %q stands there twice", path, line, name), "give every column a name of its own")
		}
	}
	if err := check(header); err != nil {
		return err
	}
	for {
		cells, line, size, err := r.next()
		if err != nil || cells == nil {
			return err
		}
		place := fmt.Sprintf("%s:%d", path, line)
		if err := checkLine(place, size, mostLineBytes); err != nil {
			return err
		}
		if len(cells) != len(header) {
			return r.wrong(line, "%d fields; the header has %d", len(cells), len(header))
		}
		if err := take(place, cells); err != nil {
			return err
		}
	}
}

// readParquet reads the rows of a Parquet file.
func readParquet(path, column string) ([]Row, error) {
	var list rowList
	limits := storage.ParquetLimits{File: mostDatasetBytes, Row: mostJSONBytes, Columns: mostColumns, Memory: mostPageBytes}
	err := storage.EachParquetRow(path, limits, func(n int64, text []byte) error {
		place := fmt.Sprintf("%s[%d]", path, n)
		object, err := readObject(place, string(text))
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

func readCSV(path string, text []byte, column string, templated bool) ([]Row, error) {
	var list rowList
	var names []string
	err := readTable(path, text, func(header []string) error {
		names = header
		return checkColumns(path, header, column, templated)
	}, func(place string, cells []string) error {
		object := &models.Object{}
		for i, cell := range cells {
			prompts := names[i] == "prompt" || names[i] == column
			switch list := conversationIn(cell); {
			case prompts && list != nil:
				object.Set(names[i], list)
			case prompts || cell != "": // any other empty cell is no value
				object.Set(names[i], models.QuoteJSON(cell))
			}
		}
		return list.addObject(object, place, column)
	})
	return list.rows, err
}

// checkColumns wants a column that holds the prompts, where no template makes them.
func checkColumns(path string, header []string, column string, templated bool) error {
	if column != "" && !slices.Contains(header, column) || column == "" && !templated &&
		!slices.ContainsFunc([]string{"prompt", "messages", "conversations"}, func(name string) bool { return slices.Contains(header, name) }) {
		if column == "" {
			column = "prompt"
		}
		return hint.Usage(fmt.Errorf("%s: no column %q", path, column),
			"name one with --prompt-column; nearest: "+strings.Join(hooks.Nearest(column, header), ", "))
	}
	return nil
}
