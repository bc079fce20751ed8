package dataset

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
)

// FromSpec reads the prompts that a spec names and makes the rows of the run of
// them: split by question, asked what the model knows, crossed with conditions and
// styles, and compared where they are pairs. Errors are *hint.UsageError and name the
// row.
func FromSpec(s *spec.Spec) (*Dataset, error) {
	treatments, err := s.Treatments()
	if err != nil {
		return nil, err
	}
	neutral, err := s.Neutral()
	if err != nil {
		return nil, err
	}
	prompts := s.Prompts
	if prompts.File, err = s.PromptsFile(); err != nil {
		return nil, err
	}
	d, err := readPrompts(prompts, slices.ContainsFunc(treatments, func(t spec.Treatment) bool { return t.Prompt != nil }))
	if err != nil {
		return nil, err
	}
	d.fillQuestions()
	if err := d.split(s.Split); err != nil {
		return nil, err
	}
	staged, err := d.checkStages(treatments, neutral)
	if err != nil {
		return nil, err
	}
	if staged {
		neutral = nil // they are asked already
	}
	if err := d.expand(treatments, neutral, len(s.Conditions)); err != nil {
		return nil, err
	}
	if err := d.seal(); err != nil {
		return nil, err
	}
	if err := checkSpanNames(s, d); err != nil {
		return nil, err
	}
	return d, d.checkPairs(s)
}

// fillQuestions says of each row which question it asks.
func (d *Dataset) fillQuestions() {
	for i := range d.Rows {
		r := &d.Rows[i]
		switch {
		case r.Question != nil:
		case r.Pair != nil:
			r.Question = r.Pair
		default:
			id := r.ID
			r.Question = &id
		}
	}
}

// checkStages says whether the dataset brings knowledge rows, as the one that a run
// keeps does. It then has been through a spec's conditions, and needs its knowledge.
func (d *Dataset) checkStages(treatments []spec.Treatment, neutral *spec.Treatment) (bool, error) {
	at := slices.IndexFunc(d.Rows, func(r Row) bool { return r.Stage != nil })
	switch {
	case at < 0:
		return false, nil
	case neutral == nil:
		return true, hint.Usage(fmt.Errorf("%s: the row has the stage %q, and the spec no knowledge", d.Rows[at].Place, *d.Rows[at].Stage), "add knowledge to the spec, which says how often it is asked, or remove these rows")
	case len(treatments) > 1 || treatments[0].ID != "":
		return true, hint.Usage(fmt.Errorf("%s: the row has the stage %q, and the spec has conditions or styles", d.Rows[at].Place, *d.Rows[at].Stage), "use the dataset that the run was made from, or leave conditions and styles out of the spec")
	}
	return true, nil
}

// expand gives every row every treatment, and puts the knowledge rows, if they are
// wanted, before all others.
func (d *Dataset) expand(treatments []spec.Treatment, neutral *spec.Treatment, conditions int) error {
	bases := d.Rows
	if n := len(bases) * len(treatments); n > maxRows {
		return hint.Usage(fmt.Errorf("%d rows under %d conditions and styles are %d; a run has at most %d", len(bases), len(treatments), n, maxRows), "split the dataset, and run its parts")
	}
	list := rowList{rows: make([]Row, 0, len(bases)*len(treatments))}
	if neutral != nil {
		if err := list.addKnowledge(bases, neutral, conditions); err != nil {
			return err
		}
	}
	for i := range bases {
		base := &bases[i]
		vars := &rowVariables{row: base}
		for j := range treatments {
			row, err := treat(&treatments[j], conditions, base, vars)
			if err == nil {
				err = list.add(row)
			}
			if err != nil {
				return err
			}
		}
	}
	d.Rows = list.rows
	return d.uniqueIDs()
}
