package capture

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// mark is what is known of a token beside its id.
type mark struct {
	turn      int32 // number of the message, -1 where there are none
	spans     uint16
	role      int8 // index into storage.Roles
	reasoning bool
	prefill   bool
	stop      bool // of a stop text, or after it
}

// spanSets numbers the sets of span names that tokens lie in; 0 is the empty one.
type spanSets struct {
	names [][]string
	index map[string]uint16
}

// mostSpanSets is how many there may be, with the empty one.
const mostSpanSets = 1 << 16

func newSpanSets() *spanSets {
	return &spanSets{names: [][]string{nil}, index: map[string]uint16{"": 0}}
}

// with gives the set that has a name more.
func (s *spanSets) with(set uint16, name string) (uint16, error) {
	if slices.Contains(s.names[set], name) {
		return set, nil
	}
	names := append(slices.Clone(s.names[set]), name)
	slices.Sort(names)
	key := strings.Join(names, "\x00")
	if n, ok := s.index[key]; ok {
		return n, nil
	}
	if len(s.names) == mostSpanSets {
		return 0, hint.Usage(fmt.Errorf("more than %d sets of spans that a token may lie in", mostSpanSets-1), "declare fewer names of spans")
	}
	s.index[key] = uint16(len(s.names))
	s.names = append(s.names, names)
	return s.index[key], nil
}

// stretch is a part of a text, in bytes.
type stretch struct{ from, to int }

// tokenStretches gives the bytes of the text that each token covers: from where it
// begins to where the next one does. Tokens without text (BOS) cover nothing.
func tokenStretches(starts []int, length int) []stretch {
	out := make([]stretch, len(starts))
	next := length
	for i := len(starts) - 1; i >= 0; i-- {
		if starts[i] < 0 {
			out[i] = stretch{-1, -1}
			continue
		}
		out[i] = stretch{starts[i], max(next, starts[i])}
		if i > 0 && starts[i-1] != starts[i] { // bytes of one character share its stretch
			next = starts[i]
		}
	}
	return out
}

func (s stretch) overlaps(o stretch) bool { return s.from < o.to && o.from < s.to }

// markPrompt says of each token of a rendered prompt whose it is: the role of the
// text in which its first byte stretches, or the template's, and its turn.
func markPrompt(tok Tokenizer, r *rendered, tokens []models.Token, starts []int) []mark {
	marks := make([]mark, len(tokens))
	for i := range tokens {
		marks[i] = mark{role: roleTemplate, turn: -1}
		for _, s := range r.spans {
			if starts[i] >= s.from && starts[i] < s.to {
				marks[i].role, marks[i].turn = s.role, int32(s.message)
				marks[i].prefill = r.prefilled && s.message == r.answer
			}
		}
	}
	if r.answer >= 0 {
		markTurns(tok, r, tokens, marks)
	} else {
		for i := range marks {
			marks[i].turn = -1
		}
	}
	return marks
}

// markTurns gives the tokens of the template their turns. Between two contents the
// first control token ends the one turn, and the next one opens the other; what
// stands between these is of the first. Without any, all is of the second.
func markTurns(tok Tokenizer, r *rendered, tokens []models.Token, marks []mark) {
	before := int32(r.before)
	for from := 0; from < len(marks); {
		if marks[from].role != roleTemplate {
			before = marks[from].turn
			from++
			continue
		}
		to, after := from, int32(r.answer)
		for to < len(marks) && marks[to].role == roleTemplate {
			to++
		}
		if to < len(marks) {
			after = marks[to].turn
		}
		opens := from
		if before >= 0 && before != after {
			opens = turnOpens(tok, tokens[from:to]) + from
		}
		for i := from; i < to; i++ {
			marks[i].turn = after
			if i < opens {
				marks[i].turn = before
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
