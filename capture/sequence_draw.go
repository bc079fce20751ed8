package capture

import (
	"intentprobe/models"
)

// open makes a sample ready to be decoded from its start on.
func (s *sequence) open() {
	p, j := s.p, s.job
	skip := 0
	if s.parent != nil {
		last := s.parent.token(s.parent.responseEnd() - 1)
		skip = j.prompt.skipped(last, s.parent.responseEnd() > len(s.parent.prompt) && p.tok.EndsGeneration(last))
	}
	s.nextLogprob = nan
	s.prompt, s.marks = j.Tokens()[skip:], j.prompt.Marks[skip:]
	if len(j.prompt.alternatives) > 0 {
		s.alternatives = newAlternativeScores(j.prompt.alternatives, skip)
	}
	s.decision = p.decideRows(j.selection(p), s.start, s.marks, j.responseMarks, j.ResponseTokens, j.tokensKnown())
	switch {
	case j.responseGiven():
		s.finish, s.response = "given", j.ResponseTokens
	case j.Draws.MaxTokens == 0:
		s.finish = "length"
	default:
		g := j.Draws
		s.sampler = models.NewSampler(models.SamplerOptions{Temperature: g.Temperature, TopK: g.TopK, TopP: g.TopP, MinP: g.MinP, Seed: j.Seed})
		s.marker = newResponseMarker(p.tok, p.sets, j.prompt.Prompt, j.stops())
	}
	if s.finish != "" {
		s.wants = s.want()
	}
}

// pending gives the token that is drawn and not yet decoded, -1 for none.
func (s *sequence) pending() int {
	if s.ended || s.decoded >= s.tokenCount() {
		return -1
	}
	return s.decoded
}

// advance draws the next token from row i of the last decode, or ends the
// sample. It comes before the rows of that decode are consumed, so that the row
// at hand can tell the log-probability of what follows.
func (s *sequence) advance(e Decoder, i int) error {
	if s.finish != "" {
		return nil
	}
	if len(s.response) >= s.job.Draws.MaxTokens {
		return s.finished("length")
	}
	t := e.Sample(s.sampler, i)
	s.response = append(s.response, t)
	stopped := s.marker.push(t)
	if s.alternatives != nil {
		s.alternatives.forget(s.mayEnd)
	}
	switch {
	case s.p.tok.EndsGeneration(t), stopped:
		return s.finished("stop")
	case len(s.response) == s.job.Draws.MaxTokens:
		return s.finished("length")
	}
	s.judge()
	return nil
}

// finished says why no more is drawn, so that what becomes of every token is known.
func (s *sequence) finished(why string) error {
	s.finish = why
	if _, err := s.marker.end(); err != nil {
		return err
	}
	s.stops = s.marker.stops()
	s.judge()
	s.decision.end()
	s.wants = s.want()
	return nil
}

// judge hands the tokens whose marks are final to the selection.
func (s *sequence) judge() {
	for i := s.decision.len(); i < s.tokenCount(); i++ {
		m, final := s.mark(i)
		if !final {
			break
		}
		s.decision.add(m, s.p.tok.EndsGeneration(s.token(i)))
	}
}
