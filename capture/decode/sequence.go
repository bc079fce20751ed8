package decode

import (
	"math"

	"intentprobe/capture/plan"
	"intentprobe/capture/prompt"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

// The codes of rundir.Phases.
const (
	phasePrompt   = 0
	phaseResponse = 1
	phaseFollowup = 2
)

// sequence is a sample under way: its tokens so far and where its rows go. Tokens
// are counted from the sample's first; a follow-up's positions go on from its
// parent's end.
type sequence struct {
	p         *plan.Prepared
	job       *plan.Job
	parent    *sequence   // of a follow-up
	followups []*sequence // follow-ups that are not asked yet
	slot      int         // the engine's sequence id
	cells     int         // of the cache that it and its follow-ups may take
	start     int         // position of the first token

	unended int // follow-ups that have not ended

	prompt       []models.Token
	marks        []prompt.Mark // of the prompt
	sink         SampleSink
	sampler      *models.Sampler
	response     []models.Token // stop tokens included
	stops        int            // how many of these are stop tokens; known once it has ended
	marker       *prompt.ResponseMarker
	decision     *plan.RowDecision
	alternatives *alternativeScores
	finish       string    // why it ended; empty while it runs
	decoded      int       // tokens that have gone through the model
	wants        int       // known tokens that are to be decoded, once it has ended
	ended        bool      // its row of the samples table is written
	logprobs     []float32 // of the response's tokens so far

	nextLogprob float32         // of the token that comes next, from the logits before it
	reserved    []models.Target // lent by the sink for rows that are not there yet
	held        bool            // rows wait until it is known what becomes of them
	undecided   []rundir.Row    // rows that wait

	pooled pooled // scores of the response's rows

	edits   *edits
	base    *base    // that this sample is for others; nil where it is none
	against *base    // that this sample is held against; nil without arms, and of a follow-up
	kl      *float64 // from it, once it is known
}

var nan = float32(math.NaN())

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
func (s *sequence) mark(i int) (m prompt.Mark, final bool) {
	n := len(s.prompt)
	switch {
	case i < n:
		return s.marks[i], true
	case s.job.ResponseGiven():
		return s.job.ResponseMarks[i-n], true
	}
	return s.marker.Mark(i - n)
}

// keeps says whether a token's row may be written.
func (s *sequence) keeps(i int) bool { return s.decision.Of(i) != plan.Dropped }

// hasFollowups says whether follow-ups go on from the sample's end.
func (s *sequence) hasFollowups() bool { return s.job.HasFollowups }

// tokenCount counts the tokens that are known by now.
func (s *sequence) tokenCount() int { return len(s.prompt) + len(s.response) }

// responseEnd counts the tokens up to the end of the response, before any stop tokens.
func (s *sequence) responseEnd() int { return s.tokenCount() - s.stops }

// endPosition is the position after the response's last token.
func (s *sequence) endPosition() int { return s.start + s.responseEnd() }

func (s *sequence) close() {
	if s.sampler != nil {
		s.sampler.Close()
	}
}
