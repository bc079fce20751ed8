package decode

import (
	"math"
	"slices"

	"intentprobe/capture/plan"
)

// alternativeScores are the log-probabilities of the alternatives of a sample.
type alternativeScores struct {
	planned  []plan.Alternatives
	logprobs [][]float64         // of each option; sums while its tokens are read
	ends     map[int][][]float64 // likewise after each token that may be the last of the response
}

// newAlternativeScores begins without any; so many tokens of the prompt are left out.
func newAlternativeScores(planned []plan.Alternatives, skip int) *alternativeScores {
	a := &alternativeScores{planned: slices.Clone(planned), ends: map[int][][]float64{}}
	for i := range planned {
		if a.planned[i].At >= 0 {
			a.planned[i].At -= skip
		}
		a.logprobs = append(a.logprobs, slices.Repeat([]float64{math.NaN()}, len(planned[i].Options)))
	}
	return a
}

// at lists the alternatives, by number, after a token; last says whether it is the last of the response
// before its end, or may be.
func (a *alternativeScores) at(token int, last bool) (out []int) {
	for i := range a.planned {
		if at := a.planned[i].At; at == token || at < 0 && last {
			out = append(out, i)
		}
	}
	return out
}

// of gives where the log-probabilities of the n-th alternatives after a token are.
func (a *alternativeScores) of(n, token int) []float64 {
	if a.planned[n].At >= 0 {
		return a.logprobs[n]
	}
	if a.ends[token] == nil {
		a.ends[token] = make([][]float64, len(a.planned))
	}
	if a.ends[token][n] == nil {
		a.ends[token][n] = slices.Clone(a.logprobs[n])
	}
	return a.ends[token][n]
}

// forget drops what was scored after tokens that the response does not end with.
func (a *alternativeScores) forget(mayEnd func(token int) bool) {
	for token := range a.ends {
		if !mayEnd(token) {
			delete(a.ends, token)
		}
	}
}

// score takes the first token of each option from the logits of row i, those after a
// token.
func (a *alternativeScores) score(e Decoder, i, token int, numbers []int) error {
	for _, n := range numbers {
		for k, o := range a.planned[n].Options {
			logprob, _, err := e.Score(i, o.Tokens[0])
			if err != nil {
				return err
			}
			a.of(n, token)[k] = float64(logprob)
		}
	}
	return nil
}

// table gives the columns alternatives and alternative_logprobs, of a response whose
// last token before its end is known.
func (a *alternativeScores) table(last int) (names []string, logprobs []float64) {
	for i := range a.planned {
		names, logprobs = append(names, a.planned[i].Names()...), append(logprobs, a.of(i, last)...)
	}
	return names, logprobs
}
