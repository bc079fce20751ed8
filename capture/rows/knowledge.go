package rows

import (
	"slices"

	"intentprobe/capture/selection"
	"intentprobe/storage/rundir"
)

// knowledge is what a run says of the tokens of a sample: all of those that have a row, of
// others their places.
type knowledge struct {
	tokens    []selection.Token
	hasRow    []bool
	lacksRows bool // some token has no row
	last      int  // the token of which it is not known whether it ends the generation; -1: no such token
}

// settle decides on each token that has a row. wrote is the expression by which the run
// chose those; nil where it is not known. same says that what is not known makes no
// difference.
func (k *knowledge) settle(tokens, wrote *selection.Selection) (chosen []bool, same bool) {
	if wrote != nil && wrote.String() == tokens.String() {
		return k.hasRow, true
	}
	possible := k.possible(tokens, wrote)
	for _, ends := range k.endings() {
		possible := slices.Clone(possible)
		if k.last >= 0 {
			possible[k.last] = k.ending(possible[k.last], ends, wrote)
			if len(possible[k.last]) == 0 || wrote != nil && !k.allows(wrote.Answers(possible)) {
				continue
			}
		}
		got, known := k.chosen(tokens.Answers(possible))
		if !known || chosen != nil && !slices.Equal(chosen, got) {
			return nil, false
		}
		chosen = got
	}
	return chosen, chosen != nil
}

// ending is what the last token may be if it ends the generation, and if it does not.
func (k *knowledge) ending(possible []selection.Token, ends bool, wrote *selection.Selection) []selection.Token {
	possible = slices.Clone(possible)
	for i := range possible {
		possible[i].Ends = ends
	}
	if k.hasRow[k.last] || !prunes(wrote) {
		return possible
	}
	return unwritten(possible, wrote)
}

// endings are the answers to the question whether the last token ends the generation.
func (k *knowledge) endings() []bool {
	if k.last < 0 {
		return []bool{false}
	}
	return []bool{false, true}
}

// allows says whether a run whose expression gives these answers has the rows that it has.
func (k *knowledge) allows(answers []selection.Answer) bool {
	for i, a := range answers {
		if a == selection.Yes && !k.hasRow[i] || a == selection.No && k.hasRow[i] {
			return false
		}
	}
	return true
}

// chosen are the tokens that have rows and are selected; known says that it is known of each.
func (k *knowledge) chosen(answers []selection.Answer) (chosen []bool, known bool) {
	chosen = make([]bool, len(answers))
	for i, a := range answers {
		if k.hasRow[i] && a == selection.Unknown {
			return nil, false
		}
		chosen[i] = k.hasRow[i] && a == selection.Yes
	}
	return chosen, true
}

// possible lists what each token may be, as far as it is asked for. A token that the run's
// expression would have written, and that has no row, is another.
func (k *knowledge) possible(tokens, wrote *selection.Selection) [][]selection.Token {
	asks := tokens.Asks()
	if prunes(wrote) {
		also := wrote.Asks()
		asks.Roles, asks.Spans, asks.Reasoning = slices.Concat(asks.Roles, also.Roles), slices.Concat(asks.Spans, also.Spans), asks.Reasoning || also.Reasoning
	}
	out := make([][]selection.Token, len(k.tokens))
	for i, t := range k.tokens {
		if k.hasRow[i] {
			out[i] = []selection.Token{t}
			continue
		}
		out[i] = kinds(t, asks)
		if prunes(wrote) && i != k.last {
			out[i] = unwritten(out[i], wrote)
		}
	}
	return out
}

// prunes says whether a run's expression tells of a token without a row what it is not.
func prunes(wrote *selection.Selection) bool { return wrote != nil && wrote.Local() }

// unwritten are those of the things that a token may be which the run would not have written.
func unwritten(possible []selection.Token, wrote *selection.Selection) (out []selection.Token) {
	for _, t := range possible {
		if wrote.Answers([][]selection.Token{{t}})[0] != selection.Yes {
			out = append(out, t)
		}
	}
	return out
}

// kinds lists what a token may be of which the place alone is known.
func kinds(t selection.Token, asks selection.Asks) (out []selection.Token) {
	roles := []string{"assistant"} // of every token of a response
	if !t.Response {
		roles = slices.Compact(slices.Sorted(slices.Values(asks.Roles)))
		for _, r := range rundir.Roles {
			if !slices.Contains(roles, r) {
				roles = append(roles, r) // one that stands for all others
				break
			}
		}
	}
	for _, t.Role = range roles {
		for _, t.Spans = range subsets(asks.Spans) {
			t.Reasoning = false
			out = append(out, t)
			if asks.Reasoning {
				t.Reasoning = true
				out = append(out, t)
			}
		}
	}
	return out
}

// mostSpans are those whose subsets are gone through; of more, each alone, none and all.
const mostSpans = 4

// subsets of the spans that a token may lie in.
func subsets(spans []string) [][]string {
	spans = slices.Compact(slices.Sorted(slices.Values(spans)))
	out := [][]string{nil}
	if len(spans) > mostSpans {
		for i := range spans {
			out = append(out, spans[i:i+1])
		}
		return append(out, spans)
	}
	for _, s := range spans {
		for _, of := range out {
			out = append(out, append(slices.Clone(of), s))
		}
	}
	return out
}
