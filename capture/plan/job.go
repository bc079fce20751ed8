package plan

import (
	"intentprobe/capture/arm"
	"intentprobe/capture/dataset"
	"intentprobe/capture/prompt"
	"intentprobe/capture/selection"
	"intentprobe/capture/spec"
	"intentprobe/models"
)

// Job is a planned sample: what is known of it before it is decoded. It is a value: jobs
// of the same prompt share what they point to, and nothing changes it once it is planned.
type Job struct {
	Row      *dataset.Row
	Sample   int            // 0..samples-1 of its prompt
	Followup *Followup      // nil for a sample that is no follow-up
	Draws    *spec.Generate // how the response is sampled
	Seed     uint32         // the same in every arm
	Arm      *arm.Arm       // that the sample is decoded in; nil without interventions

	Response       *string        // given; nil if sampled or none
	ResponseTokens []models.Token // of the given response, its end of turn included; nil if sampled
	ResponseMarks  []prompt.Mark  // of these

	Prompt         *Prompt
	HasFollowups   bool // which continue from its end
	MostRows       int  // rows that are selected; an upper bound where the response is not known
	mostPromptRows int  // of these, or not decided on yet, in the prompt

	Base      int          // number of the sample of the arm none with the same prompt; its own in that arm; -1 for none
	Swaps     []*SwapOrder // of each part of the arm, where it is a swap; nil where no part is
	Keeps     []Keep       // of its rows that swaps of other samples use
	base      *dataset.Row // as the dataset has it, without what an arm asks for in words
	unchanged int          // tokens of the prompt before the first that is edited, kept or scored
}

// Prompt is a prompt with what is asked after its tokens; its samples share it.
type Prompt struct {
	*prompt.Prompt
	Alternatives []Alternatives
}

// Followup is a question asked after every response.
type Followup struct {
	spec.Followup
	sel   *selection.Selection
	draws spec.Generate
	forms map[string]*followupForm // by the roles of the conversation
}

// followupForm is a follow-up as a conversation of these roles reads it.
type followupForm struct {
	prompt   *Prompt
	response *string // as it is given, without its end token
	given    []models.Token
	marks    []prompt.Mark // of given
}

// Alternatives are alternatives at a place of a sample: after one of its tokens.
type Alternatives struct {
	Name    string
	At      int // token of the sample; -1 is the last of the response before its end, or of the prompt where that has none
	Options []Option
}

// Option is one of the alternatives.
type Option struct {
	Text   string
	Tokens []models.Token
}

// Text is the rendered prompt, of a follow-up its own part.
func (j *Job) Text() string { return j.Prompt.Text }

// Tokens are those of the prompt, of a follow-up its own, the end of the parent's
// turn included.
func (j *Job) Tokens() []models.Token { return j.Prompt.Tokens }

// ID is the sample's prompt id.
func (j *Job) ID() string {
	if j.Followup != nil {
		return j.Row.ID + "/" + j.Followup.Name
	}
	return j.Row.ID
}

// ResponseGiven says whether the response is scored, not sampled.
func (j *Job) ResponseGiven() bool { return j.Response != nil }

// TokensKnown says whether all tokens of a sample are known before it is decoded.
func (j *Job) TokensKnown() bool { return j.ResponseGiven() || j.Draws.MaxTokens == 0 }

// MaxTokens is how long the sample may get, its parent's tokens not counted.
func (j *Job) MaxTokens() int {
	if j.ResponseGiven() {
		return len(j.Tokens()) + len(j.ResponseTokens)
	}
	return len(j.Tokens()) + j.Draws.MaxTokens
}

// Unchanged is how many tokens the prompt begins with that no intervention touches: samples
// of other arms may share what the model computes of them.
func (j *Job) Unchanged() int { return j.unchanged }

// BranchTokens is how many tokens the alternatives of several tokens need.
func (j *Job) BranchTokens() (n int) {
	for i := range j.Prompt.Alternatives {
		for _, o := range j.Prompt.Alternatives[i].Options {
			n += len(o.Tokens) - 1
		}
	}
	return n
}

// branchesAtOnce counts the alternatives of several tokens after the place that has most.
func (j *Job) branchesAtOnce() (most int) {
	at := map[int]int{}
	for i := range j.Prompt.Alternatives {
		a := &j.Prompt.Alternatives[i]
		for _, o := range a.Options {
			if len(o.Tokens) > 1 {
				at[a.At]++
				most = max(most, at[a.At])
			}
		}
	}
	return most
}

// Selection says which tokens of the sample are written; of a follow-up all are.
func (j *Job) Selection(p *Prepared) *selection.Selection {
	if j.Followup != nil {
		return j.Followup.sel
	}
	return p.selection
}

// Stops are the texts that end the response.
func (j *Job) Stops() []string {
	if j.ResponseGiven() {
		return nil
	}
	return j.Draws.Stop
}

// Waits says whether marks of the response may become final later than their token is
// known.
func (j *Job) Waits() bool { return j.Prompt.Waits(j.Stops()) }

// Names gives what the options are called in the files.
func (a *Alternatives) Names() (out []string) {
	for _, o := range a.Options {
		name := o.Text
		if a.Name != "" {
			name = a.Name + ":" + o.Text
		}
		out = append(out, name)
	}
	return out
}
