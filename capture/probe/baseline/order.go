package baseline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// mostPieces are how many pieces the order of texts is told of, the one of words that no
// other group has among them.
const mostPieces = 64

// rare stands for every word that is in one group alone: where such words stand may tell
// classes apart, as a name does that comes once.
const rare = "(a word of one group)"

// order has of each piece of the texts how often it is there, and its places, counted in
// pieces from the beginning and from the end; and of each two pieces how often the one stands
// before the other, anywhere. Counts are taken as they are: sums of them over several words are
// those of the frame that these words stand in, whichever they are, so that it is not told
// whether two places hold one word. Of more than [Most] columns
// those are taken that differ from their most frequent value in most items.
func order(items []Item, split func(text string) []string, text func(*Item) string) *features {
	o := &ordered{items: items, split: split, text: text, number: map[string]int{}}
	o.pieces()
	seen := make([]map[int32]int, o.columns()) // items of each value
	o.each(func(_ int, counts []int32) {
		for c, n := range counts {
			if seen[c] == nil {
				seen[c] = map[int32]int{}
			}
			seen[c][n]++
		}
	})
	var columns []int
	differ := make([]int, len(seen))
	for c, values := range seen {
		if differ[c] = len(items) - slices.Max(append(slices.Collect(maps.Values(values)), 0)); differ[c] > 0 {
			columns = append(columns, c)
		}
	}
	slices.SortStableFunc(columns, func(a, b int) int { return cmp.Compare(differ[b], differ[a]) })
	columns = columns[:min(len(columns), Most)]
	slices.Sort(columns)
	f := &features{rows: make([][]cell, len(items))}
	for _, c := range columns {
		f.names = append(f.names, o.called(c))
	}
	o.each(func(i int, counts []int32) {
		for k, c := range columns {
			if n := counts[c]; n != 0 {
				f.rows[i] = append(f.rows[i], cell{k, float64(n)})
			}
		}
	})
	return f
}

// ordered are texts in pieces.
type ordered struct {
	items  []Item
	split  func(text string) []string
	text   func(*Item) string
	names  []string       // of pieces, the last one rare
	number map[string]int // of a piece; -1: in several groups, and not among those that count
}

// pieces chooses them: of the words in most groups those whose place is another in most items,
// counted from the beginning and from the end. Words of a frame that do not move say nothing.
func (o *ordered) pieces() {
	groups, last := map[string]int{}, map[string]string{}
	for _, i := range byGroup(o.items) {
		for _, p := range o.split(o.text(&o.items[i])) {
			if groups[p] == 0 || last[p] != o.items[i].Group {
				groups[p]++
				last[p] = o.items[i].Group
			}
		}
	}
	for p, n := range groups {
		o.number[p] = -1
		if n >= leastGroups {
			o.names = append(o.names, p)
		}
	}
	slices.SortFunc(o.names, func(a, b string) int { return cmp.Or(cmp.Compare(groups[b], groups[a]), cmp.Compare(a, b)) })
	o.names = o.names[:min(len(o.names), 4*mostPieces)]
	moves := o.moves()
	slices.SortStableFunc(o.names, func(a, b string) int { return cmp.Compare(moves[b], moves[a]) })
	o.names = o.names[:min(len(o.names), mostPieces-1)]
	for k, p := range o.names {
		o.number[p] = k
	}
	for p, n := range groups {
		if n < leastGroups {
			o.number[p] = len(o.names)
		}
	}
	o.names = append(o.names, rare)
}

// moves counts for each of the names the items in which its places are others than in most.
func (o *ordered) moves() map[string]int {
	type places struct{ begin, end map[int]int } // items of each sum of places
	of := map[string]places{}
	for _, p := range o.names {
		of[p] = places{map[int]int{}, map[int]int{}}
	}
	for i := range o.items {
		all := o.split(o.text(&o.items[i]))
		begin, end := map[string]int{}, map[string]int{}
		for at, p := range all {
			begin[p] += at + 1
			end[p] += len(all) - at
		}
		for p, x := range of {
			x.begin[begin[p]]++ // 0 where it is not there
			x.end[end[p]]++
		}
	}
	out := map[string]int{}
	for p, x := range of {
		out[p] = len(o.items) - max(slices.Max(slices.Collect(maps.Values(x.begin))), slices.Max(slices.Collect(maps.Values(x.end))))
	}
	return out
}

func (o *ordered) columns() int { return len(o.names) * (3 + len(o.names)) }

// called names a column.
func (o *ordered) called(c int) string {
	n := len(o.names)
	switch {
	case c < n:
		return o.names[c]
	case c < 2*n:
		return o.names[c-n] + " from the beginning"
	case c < 3*n:
		return o.names[c-2*n] + " from the end"
	}
	return fmt.Sprintf("%s before %s", o.names[c/n-3], o.names[c%n])
}

// each counts item by item; counts live until the function returns.
func (o *ordered) each(do func(i int, counts []int32)) {
	n := len(o.names)
	counts := make([]int32, o.columns())
	for i := range o.items {
		clear(counts)
		all := o.split(o.text(&o.items[i]))
		for at, p := range all {
			k := o.number[p]
			if k < 0 {
				continue
			}
			for before, times := range counts[:n] {
				counts[(3+before)*n+k] += times
			}
			counts[k]++
			counts[n+k] += int32(at)                  //nolint:gosec // texts fit in memory
			counts[2*n+k] += int32(len(all) - 1 - at) //nolint:gosec // and so here
		}
		do(i, counts)
	}
}
