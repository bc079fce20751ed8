package decode

import (
	"math"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

// scored says whether log-probability and entropy are asked for in a phase.
func (s *sequence) scored(phase int8) bool {
	switch s.p.Spec.Capture.Logprobs {
	case "all":
		return true
	case "response":
		return phase == phaseResponse
	}
	return false
}

// needsLogits says whether the logits after a token are used: for the entropy of
// its row or its largest logits, the log-probability of the next token or of
// alternatives, or to sample it.
func (s *sequence) needsLogits(i int) bool {
	if s.keeps(i) && (s.scored(s.phase(i)) || s.p.HasSite(hooks.Logits)) {
		return true
	}
	if s.alternatives != nil && len(s.alternativesAt(i)) > 0 {
		return true
	}
	if s.base != nil && s.base.compared(i) || s.divergenceAt() == i {
		return true
	}
	next := i + 1
	if next < len(s.prompt) {
		return s.scored(phasePrompt) && s.keeps(next)
	}
	if s.job.ResponseGiven() {
		return next < len(s.prompt)+len(s.job.ResponseTokens) && s.scored(phaseResponse)
	}
	return len(s.response) < s.job.Draws.MaxTokens && s.finish == ""
}

// needsLaterLogits says whether logits are needed after a token, or follow-ups go on there.
func (s *sequence) needsLaterLogits(i int) bool {
	if s.hasFollowups() {
		return true
	}
	for at := i + 1; at < s.wanted(); at++ {
		if s.needsLogits(at) {
			return true
		}
	}
	return s.finish == ""
}

// score reads the logits after a token: the entropy there, and the log-probability
// of the next token if there is one.
func (s *sequence) score(e Decoder, row, i int, out *rundir.Row) error {
	next := models.Token(-1)
	if i+1 < s.tokenCount() {
		next = s.token(i + 1)
	}
	logprob, entropy, err := e.Score(row, next)
	if err != nil {
		return err
	}
	if math.IsNaN(float64(entropy)) {
		return s.notFinite(i, "the logits are")
	}
	if next >= 0 {
		s.nextLogprob = logprob
		if s.phase(i+1) == phaseResponse {
			s.logprobs = append(s.logprobs, logprob)
		}
	}
	if s.scored(s.phase(i)) {
		out.Entropy = entropy
	}
	return nil
}

// alternativesAt lists the alternatives after a token.
func (s *sequence) alternativesAt(i int) []int {
	if s.alternatives == nil {
		return nil
	}
	return s.alternatives.at(i, s.mayEnd(i))
}

// mayEnd says whether a token is the last of the response before what ended it, or may
// turn out to be, since the next one may be of a stop text.
func (s *sequence) mayEnd(i int) bool {
	if s.finish != "" {
		return i == s.lastContent()
	}
	next := i + 1 - len(s.prompt)
	return next >= 0 && next < len(s.response) && s.marker.MayStop(next)
}

// lastContent is the last token of the response before the one that ended it; where
// there is none, the last of the prompt.
func (s *sequence) lastContent() int {
	last := s.responseEnd() - 1
	if last >= len(s.prompt) && s.p.Tokenizer.EndsGeneration(s.token(last)) {
		last--
	}
	return last
}

// wanted counts the known tokens that are to be decoded: up to the last one that
// the next is drawn from, whose row is wanted, that scores one of the response, or
// that is gone on from.
func (s *sequence) wanted() int {
	if s.finish == "" {
		return s.tokenCount()
	}
	return s.wants
}

// want is wanted of a sample whose tokens are all known.
func (s *sequence) want() int {
	answered, wanted := s.responseEnd(), 0
	for i := s.tokenCount() - 1; i >= 0 && wanted == 0; i-- {
		if s.keeps(i) || len(s.alternativesAt(i)) > 0 {
			wanted = i + 1
		}
	}
	for i := s.tokenCount() - 1; i >= wanted; i-- {
		if s.base != nil && (s.base.compared(i) || s.job.Uses(i)) || s.divergenceAt() == i {
			wanted = i + 1
		}
	}
	switch {
	case s.job.HasFollowups:
		wanted = max(wanted, answered)
	case answered > len(s.prompt) && s.scored(phaseResponse):
		wanted = max(wanted, answered-1)
	}
	return wanted
}
