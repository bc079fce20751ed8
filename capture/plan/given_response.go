package plan

import (
	"fmt"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/prompt"
	"intentprobe/models"
)

// give tokenises a given response and marks its tokens. It ends as a sampled one does:
// with the end token that it brings, as saved transcripts do, or else with the
// template's.
func (pl *planner) give(job *Job) (err error) {
	plan := job.Prompt
	if job.ResponseTokens, err = prompt.TokenizeResponse(pl.Tokenizer, plan.Text, plan.Tokens, *job.Response); err != nil {
		return err
	}
	ended, err := pl.endGiven(job)
	if err != nil {
		return err
	}
	if !ended && pl.endOfTurn >= 0 {
		job.ResponseTokens = append(job.ResponseTokens, pl.endOfTurn)
	}
	job.ResponseMarks, err = plan.MarkResponse(pl.Tokenizer, pl.SpanSets, job.ResponseTokens, job.Row.Place)
	return err
}

// endGiven finds the first end token that a given response holds. The response is what
// stands before it; after it there may be white space and more end tokens, as templates
// write them, which are left out, and nothing else.
func (pl *planner) endGiven(job *Job) (ended bool, err error) {
	tokens := job.ResponseTokens
	for at, t := range tokens {
		if !pl.Tokenizer.EndsGeneration(t) {
			continue
		}
		from, err := pl.endsAt(*job.Response, tokens, at)
		if err != nil {
			return false, err
		}
		for _, behind := range tokens[at+1:] {
			if !pl.Tokenizer.EndsGeneration(behind) && strings.TrimSpace(string(pl.Tokenizer.Piece(behind, true))) != "" {
				return false, job.wrong(fmt.Errorf("the response goes on after its end token %q, at character %d", prompt.TokenText(pl.Tokenizer, t), len([]rune((*job.Response)[:from]))+1),
					"a response ends with its end token: take it out, or give what stands before it as messages of the conversation")
			}
		}
		response := (*job.Response)[:from]
		job.ResponseTokens, job.Response = tokens[:at+1], &response
		return true, nil
	}
	return false, nil
}

// endsAt gives the byte of a response at which one of its tokens, an end token, begins.
func (pl *planner) endsAt(response string, tokens []models.Token, at int) (int, error) {
	starts, err := prompt.Offsets(pl.Tokenizer, response, tokens, prompt.TokenizeAfter)
	if err != nil {
		return 0, err
	}
	if from := starts[at]; from >= 0 {
		return from, nil
	}
	return max(0, strings.Index(response, string(pl.Tokenizer.Piece(tokens[at], true)))), nil
}

// wrong is what is wrong with a job, with the place of its row; of a follow-up the
// caller knows more.
func (j *Job) wrong(err error, advice string) error {
	if j.Followup == nil {
		err = fmt.Errorf("%s: %w", j.Row.Place, err)
	}
	return hint.Usage(err, advice)
}
