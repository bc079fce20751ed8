package dataset

import (
	"cmp"
	"fmt"
	"slices"

	"intentprobe/capture/spec"
)

// PairSummary says what the pairs of a run differ in.
type PairSummary struct {
	Pairs  int              // of rows with the same `pair`
	Same   int              // of these, differing in nothing that is read or given
	Differ []PairDifference // by how many pairs, the most first
}

// PairDifference is what pairs differ in at one place.
type PairDifference struct {
	What    string // a role, response, or span:NAME
	Pairs   int    // how many differ there
	Words   int    // that one row has and the other lacks, over all of them
	Example string // of the first such pair, as [-this-]{+that+}
}

// Pairs compares the rows of each pair with its first and sums up what differs,
// declared or not. s says what is read beside the rows.
func (d *Dataset) Pairs(s *spec.Spec) PairSummary {
	var out PairSummary
	byWhat := map[string]*PairDifference{}
	for _, members := range d.members() {
		out.Pairs++
		seen := map[string]bool{}
		for _, other := range members[1:] {
			for _, diff := range compareRows(s, members[0], other) {
				d := byWhat[diff.what]
				text, words := wordDiff(diff.before, diff.after)
				if d == nil {
					d = &PairDifference{What: diff.what, Example: fmt.Sprintf("pair %q, %s: %s", *other.Pair, diff.where, text)}
					byWhat[diff.what] = d
				}
				d.Words += words
				if !seen[diff.what] {
					seen[diff.what] = true
					d.Pairs++
				}
			}
		}
		if len(seen) == 0 && len(members) > 1 {
			out.Same++
		}
	}
	for _, d := range byWhat {
		out.Differ = append(out.Differ, *d)
	}
	slices.SortFunc(out.Differ, func(a, b PairDifference) int {
		return cmp.Or(cmp.Compare(b.Pairs, a.Pairs), cmp.Compare(a.What, b.What))
	})
	return out
}
