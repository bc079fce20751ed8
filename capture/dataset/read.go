package dataset

import (
	"fmt"
	"strconv"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
)

// Read reads the prompts that a spec names as they are: a file (docs/datasets.md
// says which), rows, or plain texts. Errors are *hint.UsageError and name file and line.
func Read(p spec.Prompts) (*Dataset, error) {
	d, err := readPrompts(p, false)
	if err != nil {
		return nil, err
	}
	return d, d.seal()
}

// readPrompts reads the rows and gives each an id. With a template for the prompt, a
// CSV file needs no column of prompts.
func readPrompts(p spec.Prompts, templated bool) (*Dataset, error) {
	sources := 0
	for _, given := range []bool{p.File != "", len(p.Rows) > 0, len(p.Text) > 0} {
		if given {
			sources++
		}
	}
	if sources != 1 {
		return nil, hint.Usage(fmt.Errorf("%d sources of prompts, one is needed", sources),
			"use one of ", hint.Key("prompts.text"), ", ", hint.Key("prompts.file"), ", and prompts.rows in the spec")
	}
	d := &Dataset{File: p.File}
	var err error
	switch {
	case len(p.Text) > 0:
		for i, text := range p.Text {
			d.Rows = append(d.Rows, Row{Prompt: text, Meta: "{}", Place: fmt.Sprintf("prompt %d", i+1)})
		}
	case len(p.Rows) > 0:
		var list rowList
		for i, object := range p.Rows {
			row, err := rowOfSpec(object, fmt.Sprintf("prompts.rows[%d]", i))
			if err == nil {
				err = list.add(row)
			}
			if err != nil {
				return nil, err
			}
		}
		d.Rows = list.rows
	default:
		if d.Rows, err = readFile(p, templated); err != nil {
			return nil, err
		}
	}
	if len(d.Rows) == 0 {
		return nil, hint.Usage(fmt.Errorf("%s holds no prompts", d.File), "add at least one")
	}
	for i := range d.Rows {
		if d.Rows[i].ID == "" {
			d.Rows[i].ID = strconv.Itoa(i)
		}
	}
	return d, d.uniqueIDs()
}
