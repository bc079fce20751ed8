package baseline

import (
	"cmp"
	"context"
	"slices"

	"intentprobe/capture/probe/fit"
)

// features are some columns of items; zeros are not kept, as most counts of words are 0.
// They are [fit.Rows].
type features struct {
	names []string
	rows  [][]cell // of each item, in order of the columns
}

type cell struct {
	column int
	value  float64
}

// rowsAtOnce are the rows of a block.
const rowsAtOnce = 256

func (f *features) Width() int { return len(f.names) }

// Each gives the rows in blocks. Memory: 1024 bytes a column.
func (f *features) Each(ctx context.Context, do func(*fit.Block) error) error {
	x := make([]float32, rowsAtOnce*len(f.names))
	y, fold := make([]int8, rowsAtOnce), make([]int8, rowsAtOnce)
	for from := 0; from < len(f.rows); from += rowsAtOnce {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(rowsAtOnce, len(f.rows)-from)
		clear(x)
		for i, row := range f.rows[from : from+n] {
			for _, c := range row {
				x[i*len(f.names)+c.column] = float32(c.value)
			}
		}
		if err := do(&fit.Block{X: x[:n*len(f.names)], Y: y[:n], Fold: fold[:n]}); err != nil {
			return err
		}
	}
	return nil
}

// column adds a column.
func (f *features) column(name string, of func(i int) float64) {
	for i := range f.rows {
		if v := of(i); v != 0 {
			f.rows[i] = append(f.rows[i], cell{len(f.names), v})
		}
	}
	f.names = append(f.names, name)
}

// counted are how often something occurs in an item.
type counted map[string]int

// Most is how many columns words and values may have: those in most groups.
const Most = 512

// leastGroups is in how many groups a word must occur: what is in one group says nothing
// about others.
const leastGroups = 2

// vocabulary makes a column of everything that occurs in two groups or more and not equally
// often in all items; of more than [Most] those in most groups, by name where they are even.
// Values are those of the counts.
func vocabulary(items []Item, counts []counted, value func(count int) float64) *features {
	type entry struct {
		groups, items int
		last          string // group that it was last seen in
		least, most   int
	}
	of := map[string]*entry{}
	for _, i := range byGroup(items) {
		for w, n := range counts[i] {
			e := of[w]
			if e == nil {
				e = &entry{least: n, most: n}
				of[w] = e
			}
			if e.groups == 0 || e.last != items[i].Group {
				e.groups++
				e.last = items[i].Group
			}
			e.items++
			e.least, e.most = min(e.least, n), max(e.most, n)
		}
	}
	var names []string
	for w, e := range of {
		if e.groups >= leastGroups && !(e.items == len(items) && e.least == e.most) {
			names = append(names, w)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(of[b].groups, of[a].groups), cmp.Compare(a, b))
	})
	names = names[:min(len(names), Most)]
	slices.Sort(names)
	f := &features{names: names, rows: make([][]cell, len(items))}
	for column, w := range names {
		for i := range items {
			if n := counts[i][w]; n > 0 {
				f.rows[i] = append(f.rows[i], cell{column, value(n)})
			}
		}
	}
	return f
}

// byGroup gives the places of items, those of a group one after another.
func byGroup(items []Item) []int {
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(items[a].Group, items[b].Group) })
	return order
}

// within has the columns of f by themselves for each value of a key, and those of the values:
// what f says may have another sign or scale in each, as a true statement is likely and its
// true denial is not.
func within(f, of *features) *features {
	out := &features{names: slices.Clone(of.names), rows: make([][]cell, len(f.rows))}
	for _, value := range of.names {
		for _, name := range f.names {
			out.names = append(out.names, name+" of "+value)
		}
	}
	for i, row := range f.rows {
		out.rows[i] = slices.Clone(of.rows[i])
		for _, value := range of.rows[i] { // one, or none
			for _, c := range row {
				out.rows[i] = append(out.rows[i], cell{len(of.names) + value.column*len(f.names) + c.column, c.value})
			}
		}
	}
	return out
}

// constant says that all items have the same values.
func (f *features) constant() bool {
	for _, row := range f.rows {
		if !slices.Equal(row, f.rows[0]) {
			return false
		}
	}
	return true
}
