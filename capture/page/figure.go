package page

import (
	"html/template"
	"strings"

	"intentprobe/capture/probe/metric"
)

// figure is a picture with what it says as a table.
type figure struct {
	ID, Title, Note, Class string
	Legend                 []legend
	SVG                    template.HTML
	Table                  *table
}

// legend says what a colour and its mark are.
type legend struct {
	Swatch template.HTML
	Name   string
}

// table has a name of a row in its first column.
type table struct {
	Caption, Note string
	Head          []column
	Rows          [][]cell
}

// column is the head of one.
type column struct {
	Name   string
	Number bool
}

// cell is a value, with a small picture and a note.
type cell struct {
	Text string
	SVG  template.HTML
	Note string
	Warn bool // the note is a warning
}

// share takes notes that all rows of a column have to the foot of the table.
func (t *table) share() *table {
	for i := range t.Head {
		note := ""
		for r, row := range t.Rows {
			if r == 0 {
				note = row[i].Note
			} else if row[i].Note != note {
				note = ""
			}
		}
		if note == "" || len(t.Rows) < 2 {
			continue
		}
		for _, row := range t.Rows {
			row[i].Note = ""
		}
		t.Note = strings.TrimSpace(t.Note + " " + t.Head[i].Name + ": " + note + ".")
	}
	return t
}

// words makes cells of texts.
func words(texts ...string) []cell {
	out := make([]cell, len(texts))
	for i, t := range texts {
		out[i] = cell{Text: t}
	}
	return out
}

// text and number are heads of columns.
func text(name string) column   { return column{Name: name} }
func number(name string) column { return column{name, true} }

// tile is a figure that stands by itself.
type tile struct {
	Name, Value, Interval string
	Bar                   template.HTML
	Notes                 []string
}

// bar draws an interval on a line from low to high, with a mark at what chance gives; nothing
// where there is no value.
func bar(i metric.Interval, low, high, chance float64, class string) template.HTML {
	if !finite(i.Value) {
		return ""
	}
	c := &canvas{width: 160, height: 16}
	s := scale{low, high, 4, 156}
	c.group(class, "", func() {
		c.line("grid", 4, 8, 156, 8)
		if finite(chance) {
			c.line("chance", s.at(chance), 1, s.at(chance), 15)
		}
		c.line("span", s.at(i.Low), 8, s.at(i.High), 8)
		c.circle("dot", s.at(i.Value), 8, 3.6)
	})
	return c.small("mini")
}

// aurocBar draws an AUROC, from 0 to 1.
func aurocBar(i metric.Interval, class string) template.HTML { return bar(i, 0, 1, 0.5, class) }
