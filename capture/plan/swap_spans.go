package plan

import (
	"fmt"
	"slices"

	"intentprobe/capture/arm"
)

// spanPairs says which token of a swap's source each token of a sample's spans stands for.
type spanPairs map[int]int

// counterpart gives the source's token, -1 for a token that lies in no span.
func (s spanPairs) counterpart(token int) int {
	if at, ok := s[token]; ok {
		return at
	}
	return -1
}

// alignedSpans pairs the tokens of the spans that a part names, in the prompts and in
// responses that are given; nothing where the part does not align by spans. Spans of unlike
// length, and spans that overlap and pair a token with two, are errors.
func (p *Prepared) alignedSpans(j, source *Job, part *arm.Part) (spanPairs, error) {
	out := spanPairs{}
	if part.Swap.Align != "span" {
		return out, nil
	}
	for _, name := range part.Tokens.Spans() {
		here, there := p.tokensIn(j, name), p.tokensIn(source, name)
		if len(here) != len(there) {
			return nil, fmt.Errorf("span %q has %d tokens here and %d there", name, len(here), len(there))
		}
		for k, token := range here {
			if k > 0 && (token == here[k-1]+1) != (there[k] == there[k-1]+1) {
				return nil, fmt.Errorf("span %q occurs several times, and its places have other lengths there", name)
			}
			if at, ok := out[token]; ok && at != there[k] {
				return nil, fmt.Errorf("token %d lies in span %q and in another, and these stand for different tokens there", token, name)
			}
			out[token] = there[k]
		}
	}
	return out, nil
}

// tokensIn lists the tokens of a sample that lie in a span, as far as they are given.
func (p *Prepared) tokensIn(j *Job, span string) (out []int) {
	for i, m := range slices.Concat(j.Prompt.Marks, j.ResponseMarks) {
		if slices.Contains(p.SpanSets.Names[m.Spans], span) {
			out = append(out, i)
		}
	}
	return out
}
