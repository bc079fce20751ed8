package capture

import (
	"math"

	"intentprobe/models"
	"intentprobe/storage"
)

// The codes of storage.Phases.
const (
	phasePrompt   = 0
	phaseResponse = 1
	phaseFollowup = 2
)

// sequence is a sample under way: its tokens so far and where its rows go. Tokens
// are counted from the sample's first; a follow-up's positions go on from its
// parent's end.
type sequence struct {
	r         *Runner
	p         *Prepared
	job       *Job
	parent    *sequence   // of a follow-up
	followups []*sequence // follow-ups that are not asked yet
	slot      int         // the engine's sequence id
	cells     int         // of the cache that it and its follow-ups may take
	start     int         // position of the first token

	unended int // follow-ups that have not ended

	prompt       []models.Token
	marks        []mark // of the prompt
	sink         SampleSink
	sampler      *models.Sampler
	response     []models.Token // stop tokens included
	stops        int            // how many of these are stop tokens; known once it has ended
	marker       *responseMarker
	decision     *rowDecision
	alternatives *alternativeScores
	finish       string    // why it ended; empty while it runs
	decoded      int       // tokens that have gone through the model
	wants        int       // known tokens that are to be decoded, once it has ended
	ended        bool      // its row of the samples table is written
	logprobs     []float32 // of the response's tokens so far

	nextLogprob float32         // of the token that comes next, from the logits before it
	reserved    []models.Target // lent by the sink for rows that are not there yet
	held        bool            // rows wait until it is known what becomes of them
	undecided   []storage.Row   // rows that wait
}

var nan = float32(math.NaN())

// newSequence tells the sink of a sample that follows those it was told of.
func (r *Runner) newSequence(j *Job, parent *sequence) *sequence {
	s := &sequence{r: r, p: r.Prepared, job: j, parent: parent}
	sel := j.selection(s.p)
	s.held = !j.tokensKnown() && (sel.Lags() || j.waits())
	switch {
	case s.held:
		s.sink = r.Sink.BeginHeld()
	case parent == nil && (j.tokensKnown() || sel.PromptOnly()):
		s.sink = r.Sink.Begin(j.mostRows)
	default:
		s.sink = r.Sink.Begin(-1)
	}
	return s
}

// open makes a sample ready to be decoded from its start on.
func (s *sequence) open() {
	p, j := s.p, s.job
	skip := 0
	if s.parent != nil {
		last := s.parent.token(s.parent.responseEnd() - 1)
		skip = j.prompt.skipped(last, s.parent.responseEnd() > len(s.parent.prompt) && p.tok.EndsGeneration(last))
	}
	s.nextLogprob = nan
	s.prompt, s.marks = j.Tokens()[skip:], j.prompt.marks[skip:]
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
		s.marker = newResponseMarker(p, j)
	}
	if s.finish != "" {
		s.wants = s.want()
	}
}

// token gives a token of the sample.
func (s *sequence) token(i int) models.Token {
	if n := len(s.prompt); i >= n {
		return s.response[i-n]
	}
	return s.prompt[i]
}

// phase says whether a token is of the prompt or of the response.
func (s *sequence) phase(i int) int8 {
	if i < len(s.prompt) {
		return phasePrompt
	}
	return phaseResponse
}

// mark gives what is known of a token beside its id; final once it does not change.
func (s *sequence) mark(i int) (m mark, final bool) {
	n := len(s.prompt)
	switch {
	case i < n:
		return s.marks[i], true
	case s.job.responseGiven():
		return s.job.responseMarks[i-n], true
	}
	return s.marker.marks[i-n], i-n < s.marker.final
}

// keeps says whether a token's row may be written.
func (s *sequence) keeps(i int) bool { return s.decision.of(i) != dropped }

// hasFollowups says whether follow-ups go on from the sample's end.
func (s *sequence) hasFollowups() bool { return s.job.hasFollowups }

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
	switch {
	case s.job.hasFollowups:
		wanted = max(wanted, answered)
	case answered > len(s.prompt) && s.scored(phaseResponse):
		wanted = max(wanted, answered-1)
	}
	return wanted
}

// tokenCount counts the tokens that are known by now.
func (s *sequence) tokenCount() int { return len(s.prompt) + len(s.response) }

// responseEnd counts the tokens up to the end of the response, before any stop tokens.
func (s *sequence) responseEnd() int { return s.tokenCount() - s.stops }

// endPosition is the position after the response's last token.
func (s *sequence) endPosition() int { return s.start + s.responseEnd() }

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
	s.decision.End()
	s.decision.read()
	s.wants = s.want()
	return nil
}

// judge hands the tokens whose marks are final to the selection.
func (s *sequence) judge() {
	for i := s.decision.pushed; i < s.tokenCount(); i++ {
		m, final := s.mark(i)
		if !final {
			break
		}
		s.decision.add(m, s.p.tok.EndsGeneration(s.token(i)))
	}
	s.decision.read()
}

func (s *sequence) close() {
	if s.sampler != nil {
		s.sampler.Close()
	}
}
