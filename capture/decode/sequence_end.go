package decode

import (
	"intentprobe/capture/prompt"
	"intentprobe/storage/rundir"
)

// text gives the response as text: without the token that ended it, and cut
// before a stop text.
func (s *sequence) text() string {
	if s.job.ResponseGiven() {
		return *s.job.Response
	}
	tokens, cut := s.response, -1
	if n := len(tokens); n > 0 && s.p.Tokenizer.EndsGeneration(tokens[n-1]) {
		tokens = tokens[:n-1]
	}
	if s.marker != nil {
		cut = s.marker.StopAt()
	}
	return prompt.JoinPieces(s.p.Tokenizer, tokens, cut)
}

// complete closes the sample.
func (s *sequence) complete() error {
	row := s.job.Row
	sample := rundir.Sample{
		PromptID: s.job.ID(), Sample: int32(s.job.Sample), Label: row.Label, Group: row.Group, Split: row.Split, Pair: row.Pair,
		Adapter: s.p.Spec.Engine.AdapterColumn(), Question: row.Question, Condition: row.Condition, Style: row.Style, Stage: row.Stage, FirstPosition: int32(s.start),
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
	if s.job.Arm != nil {
		sample.Arm, sample.KL, sample.EditedTokens = &s.job.Arm.Name, s.kl, int32(s.edits.count)
		sample.EditNorm, sample.EditRatio = s.edits.means()
	}
	if s.alternatives != nil {
		sample.Alternatives, sample.AlternativeLogprobs = s.alternatives.table(s.lastContent())
	}
	sample.Probes = s.pooled.table(len(s.p.Probes))
	s.ended = true
	return s.sink.End(sample)
}
