package hooks

import (
	"slices"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest gives up to three of the names that are closest to what was written,
// by edit distance, best first.
func Nearest(written string, names []string) []string {
	names = slices.Clone(names)
	distance := make(map[string]int, len(names))
	for _, n := range names {
		distance[n] = levenshtein.ComputeDistance(strings.ToLower(written), strings.ToLower(n))
	}
	sort.SliceStable(names, func(i, j int) bool { return distance[names[i]] < distance[names[j]] })
	return names[:min(3, len(names))]
}

// nearest compares with the short forms as well as with the full names of what
// the model offers.
func (m *Map) nearest(written string) []string {
	var names []string
	for _, s := range sites {
		names = append(names, s.short...)
	}
	for _, l := range m.Points {
		names = append(names, l.Point.String())
	}
	return Nearest(written, names)
}
