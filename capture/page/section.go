package page

import "intentprobe/capture/visible"

// section is a part of the page. One without blocks is left out.
type section struct {
	ID, Title string
	Count     int // shown beside the title in the list of sections; 0: not
	Blocks    []block
}

// block is one thing in a section; what is nil of it is not shown.
type block struct {
	Text    string
	List    []string
	Terms   []term
	Tiles   []tile
	Figures []*figure
	Table   *table
	Samples *samples
}

// term is a name with what it is.
type term struct {
	Name   string
	Values []string
}

// shown makes what a browser may obey visible; escaping for HTML comes later.
func shown(s string) string { return visible.Text(s) }

func allShown(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = shown(t)
	}
	return out
}
