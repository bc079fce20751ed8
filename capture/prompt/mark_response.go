package prompt

import (
	"strings"

	"intentprobe/models"
)

// ResponseMarker marks the tokens of a response as they come. What a token is may only be
// known when later ones are: a tag or a stop text that is spelt by several, a span that
// an expression finds in the whole response.
type ResponseMarker struct {
	tok       Tokenizer
	sets      *SpanSets
	prompt    *Prompt
	reasoning reasoningFinder
	stop      stopFinder
	waits     bool            // marks may become final later than their token is known
	text      strings.Builder // the response so far, control tokens spelt out
	said      int             // where it ends, but for the token that ends the generation
	stretches []Stretch
	marks     []Mark
	final     int // marks that do not change any more
}

// NewResponseMarker begins to mark a response that follows a prompt and that these texts
// end.
func NewResponseMarker(tok Tokenizer, sets *SpanSets, p *Prompt, stops []string) *ResponseMarker {
	return &ResponseMarker{tok: tok, sets: sets, prompt: p, reasoning: p.reasoning, stop: newStopFinder(stops), waits: p.Waits(stops)}
}

// MarkResponse marks the tokens of a response that is known, and checks that its spans
// are found as often as their rules want. place names the row in errors.
func (p *Prompt) MarkResponse(tok Tokenizer, sets *SpanSets, tokens []models.Token, place string) ([]Mark, error) {
	m := NewResponseMarker(tok, sets, p, nil)
	for _, t := range tokens {
		m.Push(t)
	}
	counts, err := m.End()
	if err != nil {
		return nil, err
	}
	for i := range p.finds {
		if err := p.finds[i].CheckFound(place, counts[i]); err != nil {
			return nil, err
		}
	}
	return m.marks, nil
}

// Mark gives what is known of a token of the response; final once it does not change.
func (m *ResponseMarker) Mark(i int) (is Mark, final bool) { return m.marks[i], i < m.final }

// Seen gives what is known of a token of the response when it has just been pushed: it is
// not yet of a stop text or a span.
func (m *ResponseMarker) Seen(i int) Mark {
	is := Mark{Role: m.marks[i].Role, Turn: m.marks[i].Turn}
	if m.waits {
		is.Reasoning = m.reasoning.covers(m.stretches[i])
	}
	return is
}

// StopAt is the byte of the response at which a stop text begins; negative while there is
// none.
func (m *ResponseMarker) StopAt() int { return m.stop.cut }

// Push takes the next token of the response, and says whether a stop text ends it. A
// token that ends the generation is no text.
func (m *ResponseMarker) Push(t models.Token) (stopped bool) {
	m.marks = append(m.marks, Mark{Role: roleAssistant, Turn: m.prompt.Answer})
	if !m.waits {
		m.final++
		return false
	}
	from := m.text.Len()
	m.text.Write(m.tok.Piece(t, true))
	m.stretches = append(m.stretches, Stretch{from, m.text.Len()})
	if !m.tok.EndsGeneration(t) {
		m.said = m.text.Len()
		stopped = m.stop.read(m.text.String())
	}
	m.reasoning.read(m.text.String())
	if len(m.prompt.finds) == 0 && !stopped {
		m.finalise(m.reasoning.decidedTo(m.text.Len()))
	}
	return stopped
}

// finalise makes the marks final of tokens that end before a byte of the text, and begin
// where no stop text may.
func (m *ResponseMarker) finalise(upTo int) {
	for ; m.final < len(m.stretches) && m.stretches[m.final].To <= upTo && !m.MayStop(m.final); m.final++ {
		m.marks[m.final].Reasoning = m.reasoning.covers(m.stretches[m.final])
	}
}

// MayStop says whether a token of the response may turn out to be a stop token: it
// begins where a stop text may, or after.
func (m *ResponseMarker) MayStop(i int) bool {
	return len(m.stop.texts) > 0 && m.stretches[i].From >= m.stop.decidedTo()
}

// End makes all marks final, and says how often each rule of a span was found.
func (m *ResponseMarker) End() (found []int, err error) {
	if !m.waits {
		return nil, nil
	}
	text := m.text.String()[:m.said]
	if m.stop.cut >= 0 {
		text = text[:m.stop.cut]
	} else {
		m.stop.seen = m.text.Len() + 1 // what began is none
	}
	m.finalise(m.text.Len())
	for i := m.final; i < len(m.marks); i++ {
		m.marks[i].Stop = true
	}
	m.final = len(m.marks)
	for i := range m.prompt.finds {
		rule := &m.prompt.finds[i]
		places := stretchesOf(rule, text)
		found = append(found, len(places))
		for _, at := range places {
			if err := markSpans(m.sets, m.marks, m.stretches, []NamedStretch{{rule.Name, at}}); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// Stops counts the stop tokens, once all is final.
func (m *ResponseMarker) Stops() (n int) {
	for n < len(m.marks) && m.marks[len(m.marks)-1-n].Stop {
		n++
	}
	return n
}
