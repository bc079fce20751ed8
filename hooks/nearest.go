package hooks

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"
	"golang.org/x/text/unicode/norm"
)

// Nearest gives up to three of the names that are closest to what was written, by
// edit distance, best first; never what was written itself. A name that looks like it
// and is another (a space after it, an accent in another form) is quoted, so that the
// difference is seen.
func Nearest(written string, names []string) []string {
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == written })
	distance := make(map[string]int, len(names))
	for _, n := range names {
		distance[n] = levenshtein.ComputeDistance(strings.ToLower(written), strings.ToLower(n))
	}
	sort.SliceStable(names, func(i, j int) bool { return distance[names[i]] < distance[names[j]] })
	names = names[:min(3, len(names))]
	for i, n := range names {
		if seen(n) == seen(written) || n == "" {
			names[i] = strconv.QuoteToASCII(n)
		}
	}
	return names
}

// seen is what is seen of a name: no spaces around it, no characters without a shape,
// letters in one form.
func seen(name string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, norm.NFKC.String(name)))
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
