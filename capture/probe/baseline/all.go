package baseline

import (
	"encoding/json"
	"math"
	"slices"
	"unicode/utf8"

	"intentprobe/capture/probe/verdict"
)

// All makes the baselines of items. What cannot be measured is told by kind, as the verdict
// wants it: "likelihood: the run has no log-probabilities".
func All(items []Item) (out []Baseline, missing []string) {
	add := func(name, kind, nothing string, f *features) {
		b := Baseline{Name: name, Kind: kind, Columns: f.names}
		b.Space.Name, b.Space.Rows = name, f
		if f.constant() {
			b.Nothing = nothing
		}
		out = append(out, b)
	}
	add("condition", verdict.Prompt, "the samples have one condition, or none", values(items, func(i *Item) string { return text(i.Condition) }))
	add("prompt length", verdict.Prompt, "all prompts are of one length", promptLength(items))
	add("prompt words", verdict.Prompt, "no words of the prompts differ in two groups", bag(items, false, (*Item).prompt))
	add("prompt word pairs", verdict.Prompt, "no pairs of words of the prompts differ in two groups", bag(items, true, (*Item).prompt))
	add("prompt word order", verdict.Prompt, "all prompts have the same words in the same order", order(items, Words, (*Item).prompt))
	add("prompt form", verdict.Prompt, "all prompts are written alike", order(items, Form, (*Item).prompt))
	add("prompt letters", verdict.Prompt, "no letters of the prompts differ in two groups", letters(items, (*Item).prompt))
	add("answer length", verdict.Text, "all answers are of one length and end alike", answerLength(items))
	add("answer words", verdict.Text, "no words of the answers differ in two groups", bag(items, false, (*Item).answer))
	add("answer word pairs", verdict.Text, "no pairs of words of the answers differ in two groups", bag(items, true, (*Item).answer))
	add("answer word order", verdict.Text, "all answers have the same words in the same order", order(items, Words, (*Item).answer))
	add("answer form", verdict.Text, "all answers are written alike", order(items, Form, (*Item).answer))
	add("answer letters", verdict.Text, "no letters of the answers differ in two groups", letters(items, (*Item).answer))
	kind := verdict.Prompt
	if slices.ContainsFunc(items, func(i Item) bool { return i.Place.Said }) {
		kind = verdict.Text
	}
	add("position", kind, "the probe reads the same positions of all samples", position(items))
	likely := likelihood(items)
	if likely != nil {
		add("likelihood", verdict.Likelihood, "all answers are as likely", likely)
	} else {
		missing = append(missing, "likelihood: the samples have no log-probabilities")
	}
	for _, k := range []struct {
		name, kind string
		of         func(*Item) string
	}{
		{"style", verdict.Topic, func(i *Item) string { return text(i.Style) }},
		{"group", verdict.Topic, func(i *Item) string { return text(i.Sample.Group) }},
		{"topic", verdict.Topic, func(i *Item) string { return meta(i, "topic") }},
		{"template", verdict.Prompt, func(i *Item) string { return meta(i, "template") }},
	} {
		if slices.ContainsFunc(items, func(i Item) bool { return k.of(&i) != "" }) {
			of := values(items, k.of)
			add(k.name, k.kind, "no value is in two groups while others differ", of)
			if k.kind == verdict.Topic && likely != nil && len(of.names) > 1 {
				add("likelihood by "+k.name, verdict.Likelihood, "all answers are as likely", within(likely, of))
			}
		}
	}
	return out, missing
}

// text is a value that may be none.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// meta is the text of a key of the item's row; "" where it has none.
func meta(i *Item, key string) string {
	var m map[string]any
	if json.Unmarshal([]byte(i.Meta), &m) != nil {
		return ""
	}
	s, _ := m[key].(string)
	return s
}

// sized adds a count and its logarithm: what goes with either is linear in one of them.
func (f *features) sized(name string, of func(i int) int) {
	f.column(name, func(i int) float64 { return float64(of(i)) })
	f.column("log "+name, func(i int) float64 { return math.Log1p(float64(of(i))) })
}

func promptLength(items []Item) *features {
	f := &features{rows: make([][]cell, len(items))}
	f.sized("tokens", func(i int) int { return items[i].promptTokens() })
	f.sized("characters", func(i int) int { return utf8.RuneCountInString(items[i].prompt()) })
	return f
}

func answerLength(items []Item) *features {
	f := &features{rows: make([][]cell, len(items))}
	f.sized("tokens", func(i int) int { return int(items[i].ResponseTokens) })
	f.sized("characters", func(i int) int { return utf8.RuneCountInString(items[i].Response) })
	for _, reason := range []string{"stop", "length"} { // else it was given
		f.column(reason, func(i int) float64 { return yes(items[i].FinishReason == reason) })
	}
	return f
}

func position(items []Item) *features {
	f := &features{rows: make([][]cell, len(items))}
	f.column("mean", func(i int) float64 { return items[i].Place.Mean })
	f.sized("rows", func(i int) int { return items[i].Place.Rows })
	return f
}

// likelihood has the log-probability of the answer, in all and by token, and, where every
// answer's tokens have rows, the least one, the first one's and the mean entropy. It is nil
// where no sample has a log-probability.
func likelihood(items []Item) *features {
	all := func(has func(*Item) bool) bool { // of those that have an answer
		for i := range items {
			if items[i].ResponseTokens > 0 && !has(&items[i]) {
				return false
			}
		}
		return true
	}
	if !all(func(i *Item) bool { return i.Logprob != nil }) {
		return nil
	}
	f := &features{rows: make([][]cell, len(items))}
	answered := func(of func(*Item) float64) func(i int) float64 {
		return func(i int) float64 {
			if items[i].ResponseTokens == 0 {
				return 0
			}
			return of(&items[i])
		}
	}
	f.column("no answer", func(i int) float64 { return yes(items[i].ResponseTokens == 0) })
	f.column("sum", answered(func(i *Item) float64 { return *i.Logprob }))
	f.column("mean", answered(func(i *Item) float64 { return *i.Logprob / float64(i.ResponseTokens) }))
	if all(func(i *Item) bool { return i.Answer.Rows > 0 && !math.IsNaN(i.Answer.First) }) {
		f.column("first", answered(func(i *Item) float64 { return i.Answer.First }))
	}
	if all(func(i *Item) bool { return i.Answer.Rows == int(i.ResponseTokens) }) {
		f.column("least", answered(func(i *Item) float64 { return i.Answer.Least }))
	}
	if all(func(i *Item) bool { return i.Answer.Rows == int(i.ResponseTokens) && !math.IsNaN(i.Answer.Entropy) }) {
		f.column("entropy", answered(func(i *Item) float64 { return i.Answer.Entropy }))
	}
	return f
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
