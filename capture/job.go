package capture

import (
	"intentprobe/capture/selection"
	"intentprobe/models"
)

// Job is a planned sample: what is known of it before it is decoded. It is a value: jobs
// of the same prompt share what they point to, and nothing changes it once it is planned.
type Job struct {
	Row      *Row
	Sample   int           // 0..samples-1 of its prompt
	Followup *followupPlan // nil for a sample that is no follow-up
	Draws    *Generate     // how the response is sampled
	Seed     uint32

	Response       *string        // given; nil if sampled or none
	ResponseTokens []models.Token // of the given response, its end of turn included; nil if sampled
	responseMarks  []mark         // of these

	prompt         *promptPlan
	hasFollowups   bool
	mostRows       int // rows that are selected; at most so many where the response is not known
	mostPromptRows int // of these, or not decided on yet, in the prompt
}

// promptPlan is a prompt with what is asked after its tokens; its samples share it.
type promptPlan struct {
	*Prompt
	alternatives []plannedAlternatives
}

// followupPlan is a question asked after every response.
type followupPlan struct {
	Followup
	sel   *selection.Selection
	draws Generate
	forms map[string]*followupForm // by the roles of the conversation
}

// followupForm is a follow-up as a conversation of these roles reads it.
type followupForm struct {
	prompt   *promptPlan
	response *string // as it is given, without its end token
	given    []models.Token
	marks    []mark // of given
}

// plannedAlternatives are alternatives at a place of a sample: after one of its tokens.
type plannedAlternatives struct {
	name    string
	at      int // token of the sample; -1 is the last of the response before its end, or of the prompt where that has none
	options []option
}

// option is one of the alternatives.
type option struct {
	text   string
	tokens []models.Token
}

// Text is the rendered prompt, of a follow-up its own part.
func (j *Job) Text() string { return j.prompt.Text }

// Tokens are those of the prompt, of a follow-up its own, the end of the parent's
// turn included.
func (j *Job) Tokens() []models.Token { return j.prompt.Tokens }

// ID is the sample's prompt id.
func (j *Job) ID() string {
	if j.Followup != nil {
		return j.Row.ID + "/" + j.Followup.Name
	}
	return j.Row.ID
}

// responseGiven says whether the response is scored, not sampled.
func (j *Job) responseGiven() bool { return j.Response != nil }

// tokensKnown says whether all tokens of a sample are known before it is decoded.
func (j *Job) tokensKnown() bool { return j.responseGiven() || j.Draws.MaxTokens == 0 }

// maxTokens is how long the sample may get, its parent's tokens not counted.
func (j *Job) maxTokens() int {
	if j.responseGiven() {
		return len(j.Tokens()) + len(j.ResponseTokens)
	}
	return len(j.Tokens()) + j.Draws.MaxTokens
}

// branchTokens is how many tokens the alternatives of several tokens need.
func (j *Job) branchTokens() (n int) {
	for i := range j.prompt.alternatives {
		for _, o := range j.prompt.alternatives[i].options {
			n += len(o.tokens) - 1
		}
	}
	return n
}

// branchesAtOnce counts the alternatives of several tokens after the place that has most.
func (j *Job) branchesAtOnce() (most int) {
	at := map[int]int{}
	for i := range j.prompt.alternatives {
		a := &j.prompt.alternatives[i]
		for _, o := range a.options {
			if len(o.tokens) > 1 {
				at[a.at]++
				most = max(most, at[a.at])
			}
		}
	}
	return most
}

// selection says which tokens of the sample are written; of a follow-up all are.
func (j *Job) selection(p *Prepared) *selection.Selection {
	if j.Followup != nil {
		return j.Followup.sel
	}
	return p.selection
}

// stops are the texts that end the response.
func (j *Job) stops() []string {
	if j.responseGiven() {
		return nil
	}
	return j.Draws.Stop
}

// waits says whether marks of the response may become final later than their token is
// known.
func (j *Job) waits() bool { return j.prompt.waits(j.stops()) }

// names gives what the options are called in the files.
func (a *plannedAlternatives) names() (out []string) {
	for _, o := range a.options {
		name := o.text
		if a.name != "" {
			name = a.name + ":" + o.text
		}
		out = append(out, name)
	}
	return out
}
