package decode

import (
	"intentprobe/capture/plan"
	"intentprobe/capture/prompt"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

// target reserves the place of a token's row, if the row may be wanted.
func (s *sequence) target(i int) (models.Target, error) {
	if !s.keeps(i) {
		return models.Target{}, nil
	}
	place, err := s.sink.Reserve()
	if err != nil {
		return models.Target{}, err
	}
	s.reserved = append(s.reserved, place)
	return place, nil
}

// consume takes row i of a decode, which held a token of this sample, and hands it
// on if it has a place. scores are those of the run's probes.
func (s *sequence) consume(r *Runner, i, token int, placed, hasLogits bool, scores []float32) error {
	e, row := r.Engine, s.row(token)
	row.Probes = scores
	if hasLogits {
		if err := s.compare(e, i, token); err != nil {
			return err
		}
		if err := s.score(e, i, token, &row); err != nil {
			return err
		}
		if s.alternatives != nil {
			if err := s.alternatives.score(e, i, token, s.alternativesAt(token)); err != nil {
				return err
			}
		}
	}
	if !placed {
		return nil
	}
	r.watch(s, &row)
	return s.take(row)
}

// take hands a row on whose activations lie at the first reserved place, or lets it
// wait until it is known what becomes of it.
func (s *sequence) take(row rundir.Row) error {
	s.reserved = s.reserved[1:]
	if !s.held {
		return s.add(row)
	}
	if err := s.sink.Hold(); err != nil {
		return err
	}
	s.undecided = append(s.undecided, row)
	return s.release()
}

// add hands on a row that is kept, of whose token all is known.
func (s *sequence) add(row rundir.Row) error {
	row = s.marked(row)
	if i := int(row.Position) - s.start; s.phase(i) == phaseResponse && !row.Stop {
		s.pooled.add(row.Probes)
	}
	return s.sink.Add(row)
}

// release lets go of the rows of which it is known what becomes of them.
func (s *sequence) release() error {
	for len(s.undecided) > 0 {
		row := s.undecided[0]
		token := int(row.Position) - s.start
		made := s.decision.Of(token)
		if made == plan.Undecided {
			return nil
		}
		s.undecided = s.undecided[1:]
		var err error
		if made == plan.Kept {
			err = s.add(row)
		} else {
			err = s.sink.Drop()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// row gives what is known of a token before its logits are.
func (s *sequence) row(i int) rundir.Row {
	phase := s.phase(i)
	row := rundir.Row{
		Position: int32(s.start + i), TokenID: s.token(i), Phase: phase,
		Generated: phase == phaseResponse && !s.job.ResponseGiven(),
		Logprob:   nan, Entropy: nan,
	}
	row.Token = prompt.TokenText(s.p.Tokenizer, row.TokenID)
	row.Edited, row.Scores = s.edits.names(i)
	if s.scored(phase) {
		row.Logprob = s.nextLogprob
	}
	if s.parent != nil {
		row.Phase = phaseFollowup
	}
	return row
}

// marked adds to a row what its token's mark says.
func (s *sequence) marked(row rundir.Row) rundir.Row {
	m, _ := s.mark(int(row.Position) - s.start)
	row.Role, row.Turn, row.Reasoning, row.Stop, row.Spans = m.Role, m.Turn, m.Reasoning, m.Stop, s.p.SpanSets.Names[m.Spans]
	return row
}
