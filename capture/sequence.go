package capture

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

const (
	phasePrompt   = 0
	phaseResponse = 1
)

// sequence is a sample under way: its tokens so far and where its rows go.
type sequence struct {
	r        *Runner
	p        *Prepared
	job      *Job
	slot     int // the engine's sequence id
	writer   *storage.SampleWriter
	sampler  *models.Sampler
	response []models.Token
	finish   string  // why it ended; empty while it runs
	decoded  int     // tokens that have gone through the model
	ended    bool    // its row of the samples table is written
	logprob  float64 // sum over the response so far

	nextLogprob float32         // of the token that comes next, from the logits before it
	places      []storage.Place // reserved for rows that are not added yet
	last        *storage.Row    // the newest row, for `tokens: last`; its place is the first
}

var nan = float32(math.NaN())

// token gives the token at a position of the sample.
func (s *sequence) token(position int) models.Token {
	if n := len(s.job.Tokens); position >= n {
		return s.response[position-n]
	}
	return s.job.Tokens[position]
}

func (s *sequence) phase(position int) int8 {
	if position < len(s.job.Tokens) {
		return phasePrompt
	}
	return phaseResponse
}

// selected says whether the row at a position is wanted. For `last` every row
// is, until a later one takes its place.
func (s *sequence) selected(position int) bool {
	switch s.p.Spec.Capture.Tokens {
	case "prompt":
		return s.phase(position) == phasePrompt
	case "response":
		return s.phase(position) == phaseResponse
	}
	return true
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

// keeps says whether the row at a position may be written: it is selected and,
// for `last`, may turn out to be the last.
func (s *sequence) keeps(position int) bool {
	if s.p.Spec.Capture.Tokens != "last" {
		return s.selected(position)
	}
	if s.p.known(s.job) {
		return position == s.known()-1
	}
	return position >= len(s.job.Tokens)
}

// needsLogits says whether the logits at a position are used: for the entropy of
// its row or its largest logits, the log-probability of the next token, or to
// sample it.
func (s *sequence) needsLogits(position int) bool {
	if s.keeps(position) && (s.scored(s.phase(position)) || s.p.hasSite(hooks.Logits)) {
		return true
	}
	next := position + 1
	if next < len(s.job.Tokens) {
		return s.scored(phasePrompt) && s.keeps(next)
	}
	if s.job.given() {
		return next < len(s.job.Tokens)+len(s.job.Given) && s.scored(phaseResponse)
	}
	return len(s.response) < s.p.Spec.Generate.MaxTokens && s.finish == ""
}

// wanted counts the known tokens that are to be decoded: up to the last one that
// the next is drawn from, whose row is wanted, or that scores one of the response.
func (s *sequence) wanted() int {
	prompt, known, wanted := len(s.job.Tokens), s.known(), 0
	if s.finish == "" || s.selected(known-1) {
		return known
	}
	if s.selected(0) {
		wanted = prompt
	}
	if known > prompt && s.scored(phaseResponse) {
		wanted = known - 1
	}
	return wanted
}

// known counts the tokens that need no drawing.
func (s *sequence) known() int { return len(s.job.Tokens) + len(s.response) }

// target reserves the place of the row at a position, if the row is wanted; more
// says whether a later token of the same sample is in the same batch.
func (s *sequence) target(position int, more bool) (models.Target, error) {
	if !s.keeps(position) {
		return models.Target{}, nil
	}
	if s.p.Spec.Capture.Tokens == "last" {
		if more {
			return models.Target{}, nil
		}
		if len(s.places) > 0 {
			return targetOf(s.places[0]), nil
		}
	}
	place, err := s.writer.Reserve()
	if err != nil {
		return models.Target{}, err
	}
	s.places = append(s.places, place)
	return targetOf(place), nil
}

func targetOf(p storage.Place) models.Target {
	return models.Target{Base: p.Base, Capacity: p.Capacity, Row: p.Row}
}

// hearsLater says whether logits are needed behind a position.
func (s *sequence) hearsLater(position int) bool {
	for at := position + 1; at < s.wanted(); at++ {
		if s.needsLogits(at) {
			return true
		}
	}
	return s.finish == ""
}

// consume takes row i of a decode, which held this sample's token at position,
// and hands it on if it has a place.
func (s *sequence) consume(e Decoder, i, position int, placed, hasLogits bool) error {
	row := s.row(position)
	if hasLogits {
		if err := s.score(e, i, position, &row); err != nil {
			return err
		}
	}
	if !placed {
		return nil
	}
	if err := s.r.topLogits(i, s.places[0]); err != nil {
		return err
	}
	if s.p.Spec.Capture.Tokens == "last" {
		s.last = &row
		return nil
	}
	return s.add(row)
}

// add hands a row on whose activations lie at the first reserved place.
func (s *sequence) add(row storage.Row) error {
	s.places = s.places[1:]
	return s.writer.Add(row)
}

// row gives what is known of the token at a position before its logits are.
func (s *sequence) row(position int) storage.Row {
	phase := s.phase(position)
	row := storage.Row{
		Position: int32(position), TokenID: s.token(position), Phase: phase,
		Generated: phase == phaseResponse && !s.job.given(),
		Logprob:   nan, Entropy: nan,
	}
	row.Token = tokenText(s.p.tok, row.TokenID)
	if s.scored(phase) {
		row.Logprob = s.nextLogprob
	}
	if phase == phaseResponse {
		row.Role = roleCode("assistant")
	} else {
		row.Role = s.job.Roles[position]
	}
	return row
}

// score reads the logits after position: the entropy there, and the
// log-probability of the next token if there is one.
func (s *sequence) score(e Decoder, i, position int, row *storage.Row) error {
	next := models.Token(-1)
	if position+1 < s.known() {
		next = s.token(position + 1)
	}
	logprob, entropy, err := e.Score(i, next)
	if err != nil {
		return err
	}
	if math.IsNaN(float64(entropy)) {
		return fmt.Errorf("prompt %q, sample %d, position %d: the logits are not finite", s.job.Row.ID, s.job.Sample, position)
	}
	if next >= 0 {
		s.nextLogprob = logprob
		if s.phase(position+1) == phaseResponse {
			s.logprob += float64(logprob)
		}
	}
	if s.scored(row.Phase) {
		row.Entropy = entropy
	}
	return nil
}

// pending gives the position of the token that is drawn and not yet decoded, -1
// for none.
func (s *sequence) pending() int {
	if s.ended || s.decoded >= s.known() {
		return -1
	}
	return s.decoded
}

// advance draws the next token from row i of the last decode, or ends the
// sample. It comes before the rows of that decode are consumed, so that the row
// at hand can tell the log-probability of what follows.
func (s *sequence) advance(e Decoder, i int) {
	if s.finish != "" {
		return
	}
	if len(s.response) >= s.p.Spec.Generate.MaxTokens {
		s.finish = "length"
		return
	}
	t := e.Sample(s.sampler, i)
	s.response = append(s.response, t)
	switch {
	case s.p.tok.EndsGeneration(t), s.stopped():
		s.finish = "stop"
	case len(s.response) == s.p.Spec.Generate.MaxTokens:
		s.finish = "length"
	}
}

// stopped looks for a stop text in the response.
func (s *sequence) stopped() bool {
	if len(s.p.Spec.Generate.Stop) == 0 {
		return false
	}
	text := joinPieces(s.p.tok, s.response)
	return slices.ContainsFunc(s.p.Spec.Generate.Stop, func(stop string) bool { return strings.Contains(text, stop) })
}

// text gives the response as text: without the token that ended it, and cut
// before a stop text.
func (s *sequence) text() string {
	tokens := s.response
	if n := len(tokens); n > 0 && s.p.tok.EndsGeneration(tokens[n-1]) {
		tokens = tokens[:n-1]
	}
	text := joinPieces(s.p.tok, tokens)
	if s.job.given() {
		return *s.job.Row.Response
	}
	for _, stop := range s.p.Spec.Generate.Stop {
		text, _, _ = strings.Cut(text, stop)
	}
	return text
}

// end writes what is still kept and closes the sample.
func (s *sequence) end() error {
	if s.last != nil {
		if err := s.add(*s.last); err != nil {
			return err
		}
	}
	row := s.job.Row
	sample := storage.Sample{
		PromptID: row.ID, Sample: int32(s.job.Sample), Label: row.Label, Group: row.Group, Split: row.Split, Pair: row.Pair,
		Prompt: s.job.Text, Response: s.text(), FinishReason: s.finish,
		PromptTokens: int32(len(s.job.Tokens)), ResponseTokens: int32(len(s.response)), Meta: row.Meta,
	}
	if s.sampler != nil && s.p.Spec.Generate.Temperature > 0 {
		seed := int64(s.job.Seed)
		sample.Seed = &seed
	}
	if s.scored(phaseResponse) && len(s.response) > 0 {
		logprob := s.logprob // a pointer into s would keep all of it until the commit
		sample.Logprob = &logprob
	}
	return s.writer.End(sample)
}

func (s *sequence) close() {
	if s.sampler != nil {
		s.sampler.Close()
	}
}
