package plan

import (
	"intentprobe/capture/prompt"
	"intentprobe/capture/spec"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

// Planned describes a sample before it is decoded, as a dry run shows it.
type Planned struct {
	SampleID int            `json:"sample_id"`
	PromptID string         `json:"prompt_id"`
	Prompt   string         `json:"prompt"`
	Tokens   []models.Token `json:"tokens"`
	Texts    []string       `json:"token_texts"` // as the column token has them
	Roles    []string       `json:"roles"`
	Turns    []int32        `json:"turns"`
	Spans    [][]string     `json:"token_spans,omitempty"` // of each token, where there are any
	Response []models.Token `json:"response,omitempty"`    // of a given response
	Answer   []string       `json:"response_texts,omitempty"`
	Seed     uint32         `json:"seed"`
	Rows     int            `json:"rows"` // at most, where the response is sampled

	Question  *string `json:"question,omitempty"`
	Condition *string `json:"condition,omitempty"`
	Style     *string `json:"style,omitempty"`
	Stage     *string `json:"stage,omitempty"`
	Pair      *string `json:"pair,omitempty"`
	Label     *string `json:"label,omitempty"`
	Split     *string `json:"split,omitempty"`
	Followup  string  `json:"followup,omitempty"`
	Arm       string  `json:"arm,omitempty"`

	Edited        [][]string `json:"edited,omitempty"`         // of each token that is known, the interventions that change its row
	FirstEdited   *int       `json:"first_edited,omitempty"`   // token whose row is changed first; absent where it is not known before
	FirstAffected *int       `json:"first_affected,omitempty"` // the token after it: the first whose distribution may change
}

// Planned describes sample i.
func (p *Prepared) Planned(i int) Planned {
	j := &p.Jobs[i]
	row := j.Row
	out := Planned{
		SampleID: i, PromptID: j.ID(), Question: row.Question, Condition: row.Condition, Style: row.Style, Stage: row.Stage,
		Pair: row.Pair, Label: row.Label, Split: row.Split, Prompt: j.Text(), Tokens: j.Tokens(), Response: j.ResponseTokens, Rows: j.MostRows, Seed: j.Seed,
	}
	if j.Followup != nil {
		out.Followup = j.Followup.Name
	}
	if j.Arm != nil {
		p.plannedEdits(j, &out)
	}
	for _, t := range out.Tokens {
		out.Texts = append(out.Texts, prompt.TokenText(p.Tokenizer, t))
	}
	for _, t := range out.Response {
		out.Answer = append(out.Answer, prompt.TokenText(p.Tokenizer, t))
	}
	spans := make([][]string, len(j.Prompt.Marks))
	for k, m := range j.Prompt.Marks {
		out.Roles, out.Turns = append(out.Roles, rundir.Roles[m.Role]), append(out.Turns, m.Turn)
		spans[k] = append([]string{}, p.SpanSets.Names[m.Spans]...)
		if m.Spans != 0 {
			out.Spans = spans
		}
	}
	return out
}

// plannedEdits says which of the known tokens the interventions of a sample's arm change.
func (p *Prepared) plannedEdits(j *Job, out *Planned) {
	out.Arm = j.Arm.Name
	d := p.DecideEdits(j, 0, j.Prompt.Marks, j.ResponseMarks, j.ResponseTokens, j.TokensKnown())
	for token := range len(j.Tokens()) + len(j.ResponseTokens) {
		names := []string{}
		for n := range j.Arm.Parts {
			if d.Edits(n, token) {
				names = append(names, j.Arm.Parts[n].Name)
			}
		}
		out.Edited = append(out.Edited, names)
	}
	first := d.First()
	if first < 0 && !j.TokensKnown() { // the first sampled token, where any would be edited
		d.Add(prompt.Mark{Role: spec.RoleCode("assistant"), Turn: j.Prompt.Answer}, false)
		first = d.First()
	}
	if first < 0 {
		return
	}
	affected := first + 1
	out.FirstEdited, out.FirstAffected = &first, &affected
}
