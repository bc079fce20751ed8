package metric

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/storage/plural"
)

// Split puts rows into folds for nested choices. Row i is held out in fold Outer[i]; where
// fold k is held out, Inner[i] says in which of the inner folds a row of the others is. Each
// of the Outer × Inner cells is one set of groups, so that all splits are made of cells.
type Split struct {
	Outer, Inner     []int
	Folds, InnerOnes int // how many of each
}

// Cell numbers a row's cell: Outer·InnerOnes + Inner.
func (s *Split) Cell(row int) int { return s.Outer[row]*s.InnerOnes + s.Inner[row] }

// Folds puts rows into folds by group, and within each of them into inner folds, by a seed
// and the order in which groups occur. Labels, of which a row may have any, are spread as
// evenly as groups allow: groups, in random order and the largest first, go where the shares
// of their labels are smallest. It refuses fewer groups with a label than folds, since a fold
// without the label measures nothing; inner is 1 where nothing is chosen.
func Folds(label, group []string, folds, inner int, seed uint64) (*Split, error) {
	if folds < 2 || inner < 1 {
		return nil, hint.Usage(fmt.Errorf("%d folds and %d inner ones", folds, inner), "take two folds or more, and one inner fold or more")
	}
	if len(label) != len(group) || len(label) == 0 {
		return nil, fmt.Errorf("%d labels and %d groups", len(label), len(group))
	}
	t := tally(label, group)
	for l, name := range t.labels {
		n := 0
		for _, c := range t.counts {
			n += min(1, c[l])
		}
		if n < folds {
			next := "take fewer folds, or more questions with this label"
			if n == 1 {
				next = "take more questions with this label, or group by what does not depend on it"
			}
			return nil, hint.Usage(fmt.Errorf("%s the label %q, fewer than %d folds", plural.Have(n, "group"), name, folds), next)
		}
	}
	r := rand.New(rand.NewPCG(seed, 0x666f6c64))
	all := make([]int, len(t.counts))
	for g := range all {
		all[g] = g
	}
	outer := t.spread(all, folds, r)
	within := make([]int, len(all))
	for k := range folds {
		var members []int
		for g, at := range outer {
			if at == k {
				members = append(members, g)
			}
		}
		placed := t.spread(members, inner, r)
		for _, g := range members {
			within[g] = (placed[g] + k) % inner // the largest ones are not all in inner fold 0
		}
	}
	s := &Split{Folds: folds, InnerOnes: inner, Outer: make([]int, len(label)), Inner: make([]int, len(label))}
	for i, g := range t.of {
		s.Outer[i], s.Inner[i] = outer[g], within[g]
	}
	return s, nil
}

// table counts the labels of each group.
type table struct {
	of     []int
	labels []string
	counts [][]int
	totals []int
}

func tally(label, group []string) *table {
	t := &table{of: make([]int, len(label))}
	labels, groups := map[string]int{}, map[string]int{}
	for _, l := range label {
		if _, there := labels[l]; !there {
			labels[l] = len(labels)
			t.labels = append(t.labels, l)
		}
	}
	t.totals = make([]int, len(labels))
	for i, name := range group {
		g, there := groups[name]
		if !there {
			g = len(groups)
			groups[name] = g
			t.counts = append(t.counts, make([]int, len(labels)))
		}
		t.of[i] = g
		t.counts[g][labels[label[i]]]++
		t.totals[labels[label[i]]]++
	}
	return t
}

// spread puts groups into folds; the result is by group, of all groups.
func (t *table) spread(groups []int, folds int, r *rand.Rand) []int {
	out := make([]int, len(t.counts))
	order := slices.Clone(groups)
	r.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
	slices.SortStableFunc(order, func(a, b int) int { return size(t.counts[b]) - size(t.counts[a]) })
	in := make([][]int, folds)
	for k := range in {
		in[k] = make([]int, len(t.totals))
	}
	for _, g := range order {
		best, least := 0, 0.0
		for k := range in {
			cost := 0.0 // by how much the sum of squared shares grows
			for l, n := range t.counts[g] {
				total := float64(t.totals[l])
				cost += (2*float64(in[k][l])*float64(n) + square(float64(n))) / (total * total)
			}
			if k == 0 || cost < least-1e-15 || cost < least+1e-15 && size(in[k]) < size(in[best]) {
				best, least = k, cost
			}
		}
		out[g] = best
		for l, n := range t.counts[g] {
			in[best][l] += n
		}
	}
	return out
}

func size(counts []int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// Leaks refuses a split that has rows of one group on two sides. Rows with an empty side take
// no part.
func Leaks(side, group []string) error {
	if len(side) != len(group) {
		return fmt.Errorf("%d sides and %d groups", len(side), len(group))
	}
	first := map[string]int{}
	var leaking []string
	for i, g := range group {
		if side[i] == "" {
			continue
		}
		at, there := first[g]
		switch {
		case !there:
			first[g] = i
		case side[at] != side[i] && !slices.ContainsFunc(leaking, func(s string) bool { return strings.HasPrefix(s, fmt.Sprintf("%q ", g)) }):
			leaking = append(leaking, fmt.Sprintf("%q (row %d is %s, row %d is %s)", g, at, side[at], i, side[i]))
		}
	}
	if leaking == nil {
		return nil
	}
	return hint.Usage(errors.New("rows of one group are on both sides of a split: "+plural.List(leaking, 5)),
		"split by group: a probe that has seen a question knows its answer")
}

// Join makes one grouping of several (question, template): rows that share a value of any of
// them are of one group, and so are those that share one with a row of the group. An empty
// value is shared with none. Groups are named after their first row: "0", "17".
func Join(keys ...[]string) ([]string, error) {
	if len(keys) == 0 {
		return nil, errors.New("no keys to group rows by")
	}
	n := len(keys[0])
	parent := make([]int, n)
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, key := range keys {
		if len(key) != n {
			return nil, fmt.Errorf("%d rows, but %d values of a key", n, len(key))
		}
		first := map[string]int{}
		for i, v := range key {
			if at, there := first[v]; there && v != "" {
				a, b := root(at), root(i)
				parent[max(a, b)] = min(a, b)
			} else {
				first[v] = i
			}
		}
	}
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint(root(i))
	}
	return out, nil
}
