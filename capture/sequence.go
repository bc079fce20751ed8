package capture

import (
	"fmt"
	"math"
	"slices"

	"intentprobe/hooks"
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
	r        *Runner
	p        *Prepared
	job      *Job
	parent   *sequence   // of a follow-up
	children []*sequence // follow-ups that are not asked yet
	slot     int         // the engine's sequence id
	cells    int         // of the cache that it and its follow-ups may take
	start    int         // position of the first token

	unanswered int // follow-ups that have not ended

	prompt   []models.Token
	marks    []mark // of the prompt
	sink     SampleSink
	sampler  *models.Sampler
	response []models.Token // stop tokens included
	stops    int            // how many of these are stop tokens; known once it has ended
	marker   *marker
	fate     *fate
	answers  *answers
	finish   string    // why it ended; empty while it runs
	decoded  int       // tokens that have gone through the model
	wants    int       // known tokens that are to be decoded, once it has ended
	ended    bool      // its row of the samples table is written
	logprobs []float32 // of the response's tokens so far

	nextLogprob float32         // of the token that comes next, from the logits before it
	places      []models.Target // reserved for rows that are not there yet
	held        bool            // rows wait until it is known what becomes of them
	waiting     []storage.Row   // rows that wait
}

var nan = float32(math.NaN())

// newSequence tells the sink of a sample that follows those it was told of.
func (r *Runner) newSequence(j *Job, parent *sequence) *sequence {
	s := &sequence{r: r, p: r.Prepared, job: j, parent: parent}
	sel := j.selection(s.p)
	s.held = !j.known() && (sel.Lags() || j.waits())
	switch {
	case s.held:
		s.sink = r.Sink.BeginHeld()
	case parent == nil && (j.known() || sel.PromptOnly()):
		s.sink = r.Sink.Begin(j.rows)
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
		last := s.parent.token(s.parent.answered() - 1)
		skip = j.prompt.skipped(last, s.parent.answered() > len(s.parent.prompt) && p.tok.EndsGeneration(last))
	}
	s.nextLogprob = nan
	s.prompt, s.marks = j.Tokens()[skip:], j.prompt.marks[skip:]
	if len(j.prompt.asks) > 0 {
		s.answers = newAnswers(j.prompt.asks, skip)
	}
	s.fate = p.fate(j.selection(p), s.start, s.marks, j.given, j.Given, j.known())
	switch {
	case j.isGiven():
		s.finish, s.response = "given", j.Given
	case j.Draws.MaxTokens == 0:
		s.finish = "length"
	default:
		g := j.Draws
		s.sampler = models.NewSampler(models.SamplerOptions{Temperature: g.Temperature, TopK: g.TopK, TopP: g.TopP, MinP: g.MinP, Seed: j.Seed})
		s.marker = newMarker(p, j)
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
	case s.job.isGiven():
		return s.job.given[i-n], true
	}
	return s.marker.marks[i-n], i-n < s.marker.final
}

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

// keeps says whether a token's row may be written.
func (s *sequence) keeps(i int) bool { return s.fate.of(i) != dropped }

// needsLogits says whether the logits behind a token are used: for the entropy of
// its row or its largest logits, the log-probability of the next token or of
// alternatives, or to sample it.
func (s *sequence) needsLogits(i int) bool {
	if s.keeps(i) && (s.scored(s.phase(i)) || s.p.hasSite(hooks.Logits)) {
		return true
	}
	if s.answers != nil && len(s.asked(i)) > 0 {
		return true
	}
	next := i + 1
	if next < len(s.prompt) {
		return s.scored(phasePrompt) && s.keeps(next)
	}
	if s.job.isGiven() {
		return next < len(s.prompt)+len(s.job.Given) && s.scored(phaseResponse)
	}
	return len(s.response) < s.job.Draws.MaxTokens && s.finish == ""
}

// asked lists the alternatives behind a token.
func (s *sequence) asked(i int) []int {
	if s.answers == nil {
		return nil
	}
	return s.answers.at(i, s.mayEnd(i))
}

// mayEnd says whether a token is the last of the response before what ended it, or may
// turn out to be, since the next one may be of a stop text.
func (s *sequence) mayEnd(i int) bool {
	if s.finish != "" {
		return i == s.lastContent()
	}
	next := i + 1 - len(s.prompt)
	return next >= 0 && next < len(s.response) && s.marker.mayStop(next)
}

// lastContent is the last token of the response before the one that ended it; where
// there is none, the last of the prompt.
func (s *sequence) lastContent() int {
	last := s.answered() - 1
	if last >= len(s.prompt) && s.p.tok.EndsGeneration(s.token(last)) {
		last--
	}
	return last
}

// goesOn says whether follow-ups go on from the sample's end.
func (s *sequence) goesOn() bool { return s.job.followed }

// wanted counts the known tokens that are to be decoded: up to the last one that
// the next is drawn from, whose row is wanted, that scores one of the response, or
// that is gone on from.
func (s *sequence) wanted() int {
	if s.finish == "" {
		return s.known()
	}
	return s.wants
}

// want is wanted of a sample whose tokens are all known.
func (s *sequence) want() int {
	answered, wanted := s.answered(), 0
	for i := s.known() - 1; i >= 0 && wanted == 0; i-- {
		if s.keeps(i) || len(s.asked(i)) > 0 {
			wanted = i + 1
		}
	}
	switch {
	case s.job.followed:
		wanted = max(wanted, answered)
	case answered > len(s.prompt) && s.scored(phaseResponse):
		wanted = max(wanted, answered-1)
	}
	return wanted
}

// known counts the tokens that need no drawing.
func (s *sequence) known() int { return len(s.prompt) + len(s.response) }

// answered counts the tokens up to the end of the response, before any stop tokens.
func (s *sequence) answered() int { return s.known() - s.stops }

// behind is the position after the response's last token.
func (s *sequence) behind() int { return s.start + s.answered() }

// hearsLater says whether logits are needed behind a token, or follow-ups go on there.
func (s *sequence) hearsLater(i int) bool {
	if s.goesOn() {
		return true
	}
	for at := i + 1; at < s.wanted(); at++ {
		if s.needsLogits(at) {
			return true
		}
	}
	return s.finish == ""
}

// score reads the logits behind a token: the entropy there, and the log-probability
// of the next token if there is one.
func (s *sequence) score(e Decoder, row, i int, out *storage.Row) error {
	next := models.Token(-1)
	if i+1 < s.known() {
		next = s.token(i + 1)
	}
	logprob, entropy, err := e.Score(row, next)
	if err != nil {
		return err
	}
	if math.IsNaN(float64(entropy)) {
		return fmt.Errorf("prompt %q, sample %d, position %d: the logits are not finite", s.job.ID(), s.job.Sample, s.start+i)
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

// pending gives the token that is drawn and not yet decoded, -1 for none.
func (s *sequence) pending() int {
	if s.ended || s.decoded >= s.known() {
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
	if s.answers != nil {
		s.answers.forget(s.mayEnd)
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
	s.fate.End()
	s.fate.read()
	s.wants = s.want()
	return nil
}

// judge hands the tokens whose marks are final to the selection.
func (s *sequence) judge() {
	for i := s.fate.asked; i < s.known(); i++ {
		m, final := s.mark(i)
		if !final {
			break
		}
		s.fate.add(m, s.p.tok.EndsGeneration(s.token(i)))
	}
	s.fate.read()
}

// text gives the response as text: without the token that ended it, and cut
// before a stop text.
func (s *sequence) text() string {
	if s.job.isGiven() {
		return *s.job.Response
	}
	tokens, cut := s.response, -1
	if n := len(tokens); n > 0 && s.p.tok.EndsGeneration(tokens[n-1]) {
		tokens = tokens[:n-1]
	}
	if s.marker != nil {
		cut = s.marker.stop.cut
	}
	return joinPieces(s.p.tok, tokens, cut)
}

// complete closes the sample.
func (s *sequence) complete() error {
	row := s.job.Row
	sample := storage.Sample{
		PromptID: s.job.ID(), Sample: int32(s.job.Sample), Label: row.Label, Group: row.Group, Split: row.Split, Pair: row.Pair,
		Question: row.Question, Condition: row.Condition, Style: row.Style, Stage: row.Stage, FirstPosition: int32(s.start),
		Prompt: s.job.Text(), Response: s.text(), FinishReason: s.finish,
		PromptTokens: int32(len(s.prompt)), ResponseTokens: int32(len(s.response) - s.stops), StopTokens: int32(s.stops), Meta: row.Meta,
	}
	if s.parent != nil {
		id := s.parent.sink.ID()
		sample.ParentSampleID, sample.Followup = &id, &s.job.Followup.Name
	}
	if s.sampler != nil && s.job.Draws.Temperature > 0 {
		seed := int64(s.job.Seed)
		sample.Seed = &seed
	}
	if n := len(s.response) - s.stops; n > 0 && s.scored(phaseResponse) {
		sum := 0.0
		for _, logprob := range s.logprobs[:n] {
			sum += float64(logprob)
		}
		sample.Logprob = &sum
	}
	if s.answers != nil {
		sample.Alternatives, sample.AlternativeLogprobs = s.answers.table(s.lastContent())
	}
	if !slices.Contains(s.fate.made, kept) {
		s.r.empty++
	}
	s.ended = true
	return s.sink.End(sample)
}

func (s *sequence) close() {
	if s.sampler != nil {
		s.sampler.Close()
	}
}
