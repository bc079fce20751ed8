package capture

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// ask is alternatives at a place of a sample: behind one of its tokens.
type ask struct {
	name    string
	at      int // token of the sample; -1 is the last of the response before its end, or of the prompt where that has none
	options []option
}

// option is one of the alternatives.
type option struct {
	text   string
	tokens []models.Token
}

// names gives what the options are called in the files.
func (a *ask) names() (out []string) {
	for _, o := range a.options {
		name := o.text
		if a.name != "" {
			name = a.name + ":" + o.text
		}
		out = append(out, name)
	}
	return out
}

// optionCache remembers the tokens of options behind a text that ends alike.
type optionCache map[[2]string][]models.Token

// ask plans the alternatives of the spec for one prompt.
func (pl *planner) ask(plan *promptPlan, row *Row, spans []namedStretch, lies []stretch) error {
	for i := range pl.Spec.Alternatives {
		a := &pl.Spec.Alternatives[i]
		at, end := len(plan.Tokens)-1, len(plan.Text)
		switch name, isSpan := strings.CutPrefix(a.At, "span:"); {
		case a.At == "end":
			if row.Response == nil && pl.Spec.Generate.MaxTokens == 0 {
				return hint.Usage(fmt.Errorf("alternatives %q: at is end, but there is no response", a.Name), "use at: response, or let the model answer")
			}
			at = -1
		case isSpan:
			var err error
			if at, end, err = behindSpan(name, spans, lies); err != nil {
				return hint.Usage(fmt.Errorf("%s: alternatives %q: %w", row.Place, a.Name, err), "choose another place, or a span that ends where a token does")
			}
		}
		options, err := pl.optionsOf(plan, lies, at, end, a.Options)
		if err != nil {
			return err
		}
		planned := ask{name: a.Name, at: at, options: options}
		if err := pl.distinct(&planned); err != nil {
			return hint.Usage(fmt.Errorf("%s: alternatives %q: %w", row.Place, a.Name, err), "use options that begin differently")
		}
		plan.asks = append(plan.asks, planned)
	}
	return nil
}

// optionsOf tokenises texts as each would follow the prompt up to a token.
func (pl *planner) optionsOf(plan *promptPlan, lies []stretch, at, end int, texts []string) (out []option, err error) {
	for _, text := range texts {
		tokens, err := pl.optionTokens(plan, lies, at, end, text)
		if err != nil {
			return nil, err
		}
		out = append(out, option{text, tokens})
	}
	return out, nil
}

// behindSpan finds the last token of a span, and the byte behind it.
func behindSpan(name string, spans []namedStretch, lies []stretch) (at, end int, err error) {
	end = -1
	for _, s := range spans {
		if s.name == name {
			end = max(end, s.to)
		}
	}
	if end < 0 {
		return 0, 0, fmt.Errorf("span %q is not declared for a message here", name)
	}
	for i, l := range lies {
		if l.from < end && l.to >= end {
			at = i // the last of those that share a character
		}
	}
	if lies[at].to != end {
		return 0, 0, fmt.Errorf("span %q ends inside a token", name)
	}
	return at, end, nil
}

// optionTokens tokenises an option as it would follow the prompt up to a token.
// Control tokens part a text, so only what lies behind the last of them counts.
func (pl *planner) optionTokens(plan *promptPlan, lies []stretch, at, end int, text string) ([]models.Token, error) {
	if at < 0 {
		return tokenizeBehind(pl.tok, text)
	}
	from := at
	for from > 0 && (!pl.tok.IsControl(plan.Tokens[from]) || lies[from].from < 0) {
		from--
	}
	tail := ""
	for _, l := range lies[from : at+1] {
		if l.from >= 0 { // unlike BOS, which has no text
			tail = plan.Text[l.from:end]
			break
		}
	}
	key := [2]string{tail, text}
	if known, ok := pl.options[key]; ok {
		return known, nil
	}
	tokens, err := pl.tokenizeTail(tail, from == 0, plan.Tokens[from:at+1], text)
	if err == nil && len(pl.options) < 10_000 {
		pl.options[key] = tokens
	}
	return tokens, err
}

// tokenizeTail gives the tokens that a text adds to a tail, where those of the tail
// stay as they are.
func (pl *planner) tokenizeTail(tail string, begins bool, have []models.Token, text string) ([]models.Token, error) {
	var whole []models.Token
	var err error
	if begins {
		whole, err = tokenizeText(pl.tok, tail+text)
	} else {
		whole, err = pl.tok.Tokenize(tail+text, true)
	}
	if err != nil {
		return nil, err
	}
	if rest, ok := cutPrefix(whole, have); ok && len(rest) > 0 {
		return rest, nil
	}
	return tokenizeBehind(pl.tok, text)
}

// distinct refuses options that the model could not tell apart by what it says next.
func (pl *planner) distinct(a *ask) error {
	for i, o := range a.options {
		if len(o.tokens) == 0 {
			return fmt.Errorf("option %q has no tokens", o.text)
		}
		for _, p := range a.options[:i] {
			if p.tokens[0] == o.tokens[0] {
				return fmt.Errorf("options %q and %q begin with the same token %q", p.text, o.text, tokenText(pl.tok, o.tokens[0]))
			}
		}
	}
	return nil
}

// answers are the log-probabilities of the alternatives of a sample, ask by ask.
type answers struct {
	asks     []ask
	logprobs [][]float64         // of each option; sums while its tokens are read
	ends     map[int][][]float64 // likewise behind each token that may be the last of the response
}

// newAnswers begins without any; so many tokens of the prompt are left out.
func newAnswers(asks []ask, skip int) *answers {
	a := &answers{asks: slices.Clone(asks), ends: map[int][][]float64{}}
	for i := range asks {
		if a.asks[i].at >= 0 {
			a.asks[i].at -= skip
		}
		a.logprobs = append(a.logprobs, slices.Repeat([]float64{math.NaN()}, len(asks[i].options)))
	}
	return a
}

// at lists the asks behind a token; last says whether it is the last of the response
// before its end, or may be.
func (a *answers) at(token int, last bool) (out []int) {
	for i := range a.asks {
		if at := a.asks[i].at; at == token || at < 0 && last {
			out = append(out, i)
		}
	}
	return out
}

// of gives where the log-probabilities of an ask behind a token are.
func (a *answers) of(n, token int) []float64 {
	if a.asks[n].at >= 0 {
		return a.logprobs[n]
	}
	if a.ends[token] == nil {
		a.ends[token] = make([][]float64, len(a.asks))
	}
	if a.ends[token][n] == nil {
		a.ends[token][n] = slices.Clone(a.logprobs[n])
	}
	return a.ends[token][n]
}

// forget drops what was scored behind tokens that the response does not end with.
func (a *answers) forget(mayEnd func(token int) bool) {
	for token := range a.ends {
		if !mayEnd(token) {
			delete(a.ends, token)
		}
	}
}

// score takes the first token of each option from the logits of row i, those behind a
// token.
func (a *answers) score(e Decoder, i, token int, asked []int) error {
	for _, n := range asked {
		for k, o := range a.asks[n].options {
			logprob, _, err := e.Score(i, o.tokens[0])
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
func (a *answers) table(last int) (names []string, logprobs []float64) {
	for i := range a.asks {
		names, logprobs = append(names, a.asks[i].names()...), append(logprobs, a.of(i, last)...)
	}
	return names, logprobs
}
