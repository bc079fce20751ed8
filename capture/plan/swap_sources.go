package plan

import (
	"fmt"
	"slices"

	"intentprobe/capture/arm"
	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
)

// swapSources says of each row which rows its swaps take from.
type swapSources struct {
	of   map[swapFrom]*dataset.Row
	root map[*dataset.Row]*dataset.Row // rows that take from each other have the same last one
}

// swapFrom is a row and where a swap takes from.
type swapFrom struct {
	row       *dataset.Row
	pair      bool
	condition string
}

// swaps says whether some arm takes rows from other samples.
func (p *Prepared) swaps() bool {
	return p.Arms != nil && slices.ContainsFunc(p.Arms.Arms, func(a arm.Arm) bool {
		return slices.ContainsFunc(a.Parts, func(part arm.Part) bool { return part.Swap != nil })
	})
}

// findSwapSources finds for each row where its swaps come from.
func (p *Prepared) findSwapSources() error {
	s := swapSources{of: map[swapFrom]*dataset.Row{}, root: map[*dataset.Row]*dataset.Row{}}
	p.sources = &s
	if !p.swaps() {
		return nil
	}
	pairs, questions := map[string][]*dataset.Row{}, map[string][]*dataset.Row{}
	for i := range p.Dataset.Rows {
		row := &p.Dataset.Rows[i]
		if row.Neutral() {
			continue
		}
		if row.Pair != nil {
			pairs[*row.Pair] = append(pairs[*row.Pair], row)
		}
		if row.Question != nil {
			questions[*row.Question] = append(questions[*row.Question], row)
		}
	}
	for i := range p.Dataset.Rows {
		row := &p.Dataset.Rows[i]
		if row.Neutral() {
			continue
		}
		for a := range p.Arms.Arms {
			for _, part := range p.Arms.Arms[a].Parts {
				if part.Swap == nil {
					continue
				}
				from, among := swapFrom{row, part.Swap.Pair, part.Swap.Condition}, []*dataset.Row(nil)
				switch {
				case part.Swap.Pair && row.Pair != nil:
					among = pairs[*row.Pair]
				case !part.Swap.Pair && row.Question != nil:
					among = questions[*row.Question]
				}
				source, err := from.choose(among)
				if err != nil {
					return hint.Usage(fmt.Errorf("%s: intervention %q, in arm %q: %w", row.Place, part.Name, p.Arms.Arms[a].Name, err), "give every row one other to swap with, or name the condition to swap from (from: {condition: NAME})")
				}
				s.of[from] = source
				s.join(row, source)
			}
		}
	}
	return nil
}

// choose gives the one row that a swap takes from.
func (f swapFrom) choose(among []*dataset.Row) (*dataset.Row, error) {
	same := func(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
	var fits []*dataset.Row
	for _, row := range among {
		if same(row.Style, f.row.Style) && (f.pair && row != f.row || !f.pair && row.Condition != nil && *row.Condition == f.condition) {
			fits = append(fits, row)
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case f.pair && f.row.Pair == nil:
		return nil, fmt.Errorf("it swaps with the other half of the pair, and the row is of no pair")
	case f.pair:
		return nil, fmt.Errorf("it swaps with the other half of pair %q, and there are %d other rows in it", *f.row.Pair, len(fits))
	}
	return nil, fmt.Errorf("it swaps with the row of the same question under condition %q, and there are %d", f.condition, len(fits))
}

// join makes two rows have the same root.
func (s *swapSources) join(a, b *dataset.Row) {
	if a, b = s.rootOf(a), s.rootOf(b); a != b {
		s.root[b] = a
	}
}

// rootOf gives the row that stands for all that a row takes from, or gives to.
func (s *swapSources) rootOf(row *dataset.Row) *dataset.Row {
	for s.root[row] != nil {
		row = s.root[row]
	}
	return row
}
