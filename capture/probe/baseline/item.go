package baseline

import "intentprobe/storage/rundir"

// Item is what baselines may know of a sample. It has no label, so that features cannot see
// one.
type Item struct {
	*rundir.Sample
	Before []*rundir.Sample // of a follow-up: what it continues, the first one first
	Group  string           // of the folds
	Answer Answer
	Place  Place
}

// Answer are the scalars of the rows of an answer.
type Answer struct {
	Rows    int     // of the answer's tokens that have a log-probability
	First   float64 // log-probability of the first token, nats; NaN where it has no row
	Least   float64 // the least of the rows'
	Entropy float64 // mean of the rows', nats; NaN where none has one
}

// Place says where the rows lie that the probe reads.
type Place struct {
	Rows int     // how many
	Mean float64 // of their positions, counted from the first token of the answer: below 0 in the prompt
	Said bool    // some are of the answer
}

// prompt is all that the model read before the answer.
func (i *Item) prompt() string {
	text := ""
	for _, b := range i.Before {
		text += b.Prompt + b.Response
	}
	return text + i.Prompt
}

// answer is what the model said, or was given to say.
func (i *Item) answer() string { return i.Response }

// promptTokens counts the tokens before the answer.
func (i *Item) promptTokens() int { return int(i.FirstPosition + i.PromptTokens) }
