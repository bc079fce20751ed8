package decode

import (
	"intentprobe/capture/prompt"
	"intentprobe/models"
)

// open makes a sample ready to be decoded from its start on.
func (s *sequence) open(r *Runner) {
	p, j := s.p, s.job
	skip := 0
	if s.parent != nil {
		last := s.parent.token(s.parent.responseEnd() - 1)
		skip = j.Prompt.Skipped(last, s.parent.responseEnd() > len(s.parent.prompt) && p.Tokenizer.EndsGeneration(last))
	}
	s.nextLogprob = nan
	s.prompt, s.marks = j.Tokens()[skip:], j.Prompt.Marks[skip:]
	if len(j.Prompt.Alternatives) > 0 {
		s.alternatives = newAlternativeScores(j.Prompt.Alternatives, skip)
	}
	s.decision = p.DecideRows(j.Selection(p), s.start, s.marks, j.ResponseMarks, j.ResponseTokens, j.TokensKnown())
	switch {
	case j.ResponseGiven():
		s.finish, s.response = "given", j.ResponseTokens
	case j.Draws.MaxTokens == 0:
		s.finish = "length"
	default:
		g := j.Draws
		s.sampler = models.NewSampler(models.SamplerOptions{Temperature: g.Temperature, TopK: g.TopK, TopP: g.TopP, MinP: g.MinP, Seed: j.Seed})
		s.marker = prompt.NewResponseMarker(p.Tokenizer, p.SpanSets, j.Prompt.Prompt, j.Stops())
	}
	s.edits = s.newEdits(r)
	if b := r.bases[int(s.sink.ID())]; b != nil && b.users > 1 {
		s.base = b
		b.begin(s, r.edited)
	} else if s.parent == nil && j.Base >= 0 {
		s.against = r.bases[j.Base]
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
	stopped := s.marker.Push(t)
	s.see(t)
	if s.alternatives != nil {
		s.alternatives.forget(s.mayEnd)
	}
	switch {
	case s.p.Tokenizer.EndsGeneration(t), stopped:
		return s.finished("stop")
	case len(s.response) == s.job.Draws.MaxTokens:
		return s.finished("length")
	}
	s.judge()
	return nil
}

// see hands the token that was drawn last to the interventions, with what is known of it.
func (s *sequence) see(t models.Token) {
	mark, ends := s.marker.Seen(len(s.response)-1), s.p.Tokenizer.EndsGeneration(t)
	s.edits.decision.Add(mark, ends)
	if s.base == nil {
		return
	}
	for _, f := range s.base.firsts {
		f.decision.Add(mark, ends)
	}
	s.base.look()
}

// finished says why no more is drawn, so that what becomes of every token is known.
func (s *sequence) finished(why string) error {
	s.finish = why
	if _, err := s.marker.End(); err != nil {
		return err
	}
	s.stops = s.marker.Stops()
	s.judge()
	s.decision.End()
	s.wants = s.want()
	return nil
}

// judge hands the tokens whose marks are final to the selection.
func (s *sequence) judge() {
	for i := s.decision.Len(); i < s.tokenCount(); i++ {
		m, final := s.mark(i)
		if !final {
			break
		}
		s.decision.Add(m, s.p.Tokenizer.EndsGeneration(s.token(i)))
	}
}
