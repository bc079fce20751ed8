package capture

import "intentprobe/models"

// rowDecision is what becomes of the tokens of a sample: whether each has a row.
type rowDecision struct {
	decider
	p       *Prepared
	start   int    // position of the first token
	prompt  int    // tokens of the prompt
	decided []int8 // kept or dropped, of the first tokens
	pushed  int    // tokens that were handed to the decider
}

const (
	undecided int8 = iota
	kept
	dropped
)

// decideRows begins to decide on a sample's tokens: those that are known before it is
// decoded, which are all of them where known says so.
func (p *Prepared) decideRows(sel *Selection, start int, prompt, given []mark, tokens []models.Token, known bool) *rowDecision {
	f := &rowDecision{decider: sel.root.stream(), p: p, start: start, prompt: len(prompt)}
	for _, m := range prompt {
		f.add(m, false)
	}
	for i, m := range given {
		f.add(m, p.tok.EndsGeneration(tokens[i]))
	}
	if known {
		f.end()
	}
	f.read()
	return f
}

// add takes the next token; ends says whether it ends the response.
func (f *rowDecision) add(m mark, ends bool) {
	i := f.pushed
	f.push(&token{
		position: f.start + i, response: i >= f.prompt, first: i == f.prompt, ends: ends,
		role: m.role, prefill: m.prefill, reasoning: m.reasoning, stop: m.stop, spans: f.p.sets.names[m.spans],
	})
	f.pushed++
}

// read takes what is decided by now.
func (f *rowDecision) read() {
	for x, ok := f.next(); ok; x, ok = f.next() {
		made := dropped
		if x {
			made = kept
		}
		f.decided = append(f.decided, made)
	}
}

// of says what becomes of a token of the sample.
func (f *rowDecision) of(i int) int8 {
	if i < len(f.decided) {
		return f.decided[i]
	}
	return undecided
}
