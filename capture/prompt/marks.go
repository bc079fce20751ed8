package prompt

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// Mark is what is known of a token beside its id.
type Mark struct {
	Turn      int32 // number of the message, -1 where there are none
	Spans     uint16
	Role      int8 // index into rundir.Roles
	Reasoning bool
	Prefill   bool
	Stop      bool // of a stop text, or after it
}

// SpanSets numbers the sets of span names that tokens lie in; 0 is the empty one.
type SpanSets struct {
	Names [][]string
	index map[string]uint16
}

// mostSpanSets is how many there may be, with the empty one.
const mostSpanSets = 1 << 16

// NewSpanSets begins with the empty set.
func NewSpanSets() *SpanSets {
	return &SpanSets{Names: [][]string{nil}, index: map[string]uint16{"": 0}}
}

// with gives the set that has a name more.
func (s *SpanSets) with(set uint16, name string) (uint16, error) {
	if slices.Contains(s.Names[set], name) {
		return set, nil
	}
	names := append(slices.Clone(s.Names[set]), name)
	slices.Sort(names)
	key := strings.Join(names, "\x00")
	if n, ok := s.index[key]; ok {
		return n, nil
	}
	if len(s.Names) == mostSpanSets {
		return 0, hint.Usage(fmt.Errorf("more than %d sets of spans that a token may lie in", mostSpanSets-1), "declare fewer names of spans")
	}
	s.index[key] = uint16(len(s.Names))
	s.Names = append(s.Names, names)
	return s.index[key], nil
}

// Stretch is a part of a text, in bytes.
type Stretch struct{ From, To int }

// tokenStretches gives the bytes of the text that each token covers: from where it
// begins to where the next one does. Tokens without text (BOS) cover nothing.
func tokenStretches(starts []int, length int) []Stretch {
	out := make([]Stretch, len(starts))
	next := length
	for i := len(starts) - 1; i >= 0; i-- {
		if starts[i] < 0 {
			out[i] = Stretch{-1, -1}
			continue
		}
		out[i] = Stretch{starts[i], max(next, starts[i])}
		if i > 0 && starts[i-1] != starts[i] { // bytes of one character share its stretch
			next = starts[i]
		}
	}
	return out
}

func (s Stretch) overlaps(o Stretch) bool { return s.From < o.To && o.From < s.To }

// markPrompt says of each token of a rendered prompt whose it is: the role of the
// text in which its first byte stretches, or the template's, and its turn.
func markPrompt(tok Tokenizer, r *Rendered, tokens []models.Token, starts []int) []Mark {
	marks := make([]Mark, len(tokens))
	for i := range tokens {
		marks[i] = Mark{Role: roleTemplate, Turn: -1}
		for _, s := range r.spans {
			if starts[i] >= s.from && starts[i] < s.to {
				marks[i].Role, marks[i].Turn = s.role, int32(s.message)
				marks[i].Prefill = r.prefilled && s.message == r.answer
			}
		}
	}
	if r.answer >= 0 {
		markTurns(tok, r, tokens, marks)
	} else {
		for i := range marks {
			marks[i].Turn = -1
		}
	}
	return marks
}

// markTurns gives the tokens of the template their turns. Between two contents the
// first control token ends the one turn, and the next one opens the other; what
// stands between these is of the first. Without any, all is of the second.
func markTurns(tok Tokenizer, r *Rendered, tokens []models.Token, marks []Mark) {
	before := int32(r.before)
	for from := 0; from < len(marks); {
		if marks[from].Role != roleTemplate {
			before = marks[from].Turn
			from++
			continue
		}
		to, after := from, int32(r.answer)
		for to < len(marks) && marks[to].Role == roleTemplate {
			to++
		}
		if to < len(marks) {
			after = marks[to].Turn
		}
		opens := from
		if before >= 0 && before != after {
			opens = turnOpens(tok, tokens[from:to]) + from
		}
		for i := from; i < to; i++ {
			marks[i].Turn = after
			if i < opens {
				marks[i].Turn = before
			}
		}
		from = to
	}
}

// turnOpens gives the token at which the next turn begins.
func turnOpens(tok Tokenizer, between []models.Token) int {
	closed := -1
	for i, t := range between {
		switch {
		case !tok.IsControl(t) && !tok.EndsGeneration(t):
		case closed < 0:
			closed = i
		default:
			return i
		}
	}
	return closed + 1
}
