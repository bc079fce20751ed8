package ladder

import (
	"cmp"
	"maps"
	"slices"
)

// Cell is what one family says to one question under one arm: the mean of its wordings.
type Cell struct {
	Family  string  `json:"family"`
	HeldOut bool    `json:"held_out"`
	Arm     string  `json:"arm"`
	Ask     string  `json:"ask"`
	Form    string  `json:"form"`
	Q       float64 `json:"q"`
	Mass    float64 `json:"mass"`
	Prompts int64   `json:"prompts"` // wordings
}

// Cells are all of them, in the order of families, arms, asks and forms.
func (s *Study) Cells() []Cell {
	order := slices.SortedFunc(maps.Keys(s.means), func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.family, b.family), cmp.Compare(a.arm, b.arm), cmp.Compare(a.ask, b.ask), cmp.Compare(a.form, b.form))
	})
	out := make([]Cell, 0, len(order))
	for _, c := range order {
		m := s.means[c]
		out = append(out, Cell{c.family, s.held[c.family], c.arm, string(c.ask), c.form, m.q / float64(m.n), m.mass / float64(m.n), int64(m.n)})
	}
	return out
}
