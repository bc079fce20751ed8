package dataset

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
	"intentprobe/hooks"
	"intentprobe/models/chat"
)

// readCSV makes a row of each line of a CSV or TSV file. Empty cells are no values, but
// for prompts.
func readCSV(path string, text []byte, column string, templated bool) ([]Row, error) {
	var list rowList
	var names []string
	err := textfile.EachRow(path, text, func(header []string) error {
		names = header
		return checkColumns(path, header, column, templated)
	}, func(place string, cells []string) error {
		object := &chat.Object{}
		for i, cell := range cells {
			prompts := names[i] == "prompt" || names[i] == column
			switch list := conversationIn(cell); {
			case prompts && list != nil:
				object.Set(names[i], list)
			case prompts || cell != "": // any other empty cell is no value
				object.Set(names[i], chat.QuoteJSON(cell))
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
			"name one with ", hint.Key("prompts.column"), "; nearest: "+strings.Join(hooks.Nearest(column, header), ", "))
	}
	return nil
}
