package capture

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
)

// Dataset reads the prompts that a spec names and makes the rows of the run of
// them: split by question, asked what the model knows, crossed with conditions and
// styles, and compared where they are pairs. Errors are *hint.UsageError and name the
// row.
func (s *Spec) Dataset() (*Dataset, error) {
	settings, err := s.settings()
	if err != nil {
		return nil, err
	}
	neutral, err := s.neutral()
	if err != nil {
		return nil, err
	}
	prompts := s.Prompts
	if prompts.File, err = s.promptsFile(); err != nil {
		return nil, err
	}
	d, err := readPrompts(prompts, slices.ContainsFunc(settings, func(s setting) bool { return s.prompt != nil }))
	if err != nil {
		return nil, err
	}
	d.fillQuestions()
	if err := d.split(s.Split); err != nil {
		return nil, err
	}
	staged, err := d.checkStages(settings, neutral)
	if err != nil {
		return nil, err
	}
	if staged {
		neutral = nil // they are asked already
	}
	if err := d.expand(settings, neutral); err != nil {
		return nil, err
	}
	if err := d.seal(); err != nil {
		return nil, err
	}
	if err := s.checkSpanNames(d); err != nil {
		return nil, err
	}
	return d, d.comparePairs(s)
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
func (d *Dataset) checkStages(settings []setting, neutral *setting) (bool, error) {
	at := slices.IndexFunc(d.Rows, func(r Row) bool { return r.Stage != nil })
	switch {
	case at < 0:
		return false, nil
	case neutral == nil:
		return true, hint.Usage(fmt.Errorf("%s: the row has the stage %q, and the spec no knowledge", d.Rows[at].place, *d.Rows[at].Stage), "add knowledge to the spec, which says how often it is asked, or remove these rows")
	case len(settings) > 1 || settings[0].id != "":
		return true, hint.Usage(fmt.Errorf("%s: the row has the stage %q, and the spec has conditions or styles", d.Rows[at].place, *d.Rows[at].Stage), "use the dataset that the run was made from, or leave conditions and styles out of the spec")
	}
	return true, nil
}

// expand puts every row into every setting, and the knowledge rows, if they are
// wanted, before all others.
func (d *Dataset) expand(settings []setting, neutral *setting) error {
	bases := d.Rows
	if n := len(bases) * len(settings); n > mostRows {
		return hint.Usage(fmt.Errorf("%d rows under %d conditions and styles are %d; a run has at most %d", len(bases), len(settings), n, mostRows), "split the dataset, and run its parts")
	}
	list := rowList{rows: make([]Row, 0, len(bases)*len(settings))}
	if neutral != nil {
		if err := list.addKnowledge(bases, neutral); err != nil {
			return err
		}
	}
	for i := range bases {
		base := &bases[i]
		vars := &rowVariables{row: base}
		for j := range settings {
			row, err := settings[j].row(base, vars)
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
