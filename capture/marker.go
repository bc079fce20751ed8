package capture

import "intentprobe/models"

// marker marks the tokens of a response as they come. What a token is may only be
// known when later ones are: a tag that is spelt by several, a span that an
// expression finds in the whole response.
type marker struct {
	p     *Prepared
	plan  *promptPlan
	turn  int32
	think thinker
	text  string // of the response so far, control tokens spelt out
	lies  []stretch
	marks []mark
	final int // marks that do not change any more
}

func newMarker(p *Prepared, job *Job) *marker {
	plan := job.prompt
	return &marker{p: p, plan: plan, turn: plan.answer, think: plan.think}
}

// waits says whether marks may become final later than their token is known.
func (p *promptPlan) waits() bool { return p.think.open != "" || len(p.finds) > 0 }

// push takes the next token of the response.
func (m *marker) push(t models.Token) {
	m.marks = append(m.marks, mark{role: roleAssistant, turn: m.turn})
	if !m.plan.waits() {
		m.final++
		return
	}
	from := len(m.text)
	m.text += string(m.p.tok.Piece(t, true))
	m.lies = append(m.lies, stretch{from, len(m.text)})
	m.think.read(m.text)
	if len(m.plan.finds) == 0 {
		m.settle(m.think.settled(len(m.text)))
	}
}

// settle makes the marks final of tokens that end before a byte of the text.
func (m *marker) settle(upTo int) {
	for ; m.final < len(m.lies) && m.lies[m.final].to <= upTo; m.final++ {
		m.marks[m.final].reasoning = m.think.covers(m.lies[m.final])
	}
}

// end makes all marks final, and says how often each rule of a span was found.
func (m *marker) end() (found []int, err error) {
	if !m.plan.waits() {
		return nil, nil
	}
	m.settle(len(m.text))
	for i := range m.plan.finds {
		rule := &m.plan.finds[i]
		places := rule.stretches(m.text)
		found = append(found, len(places))
		for _, at := range places {
			if err := markSpans(m.p.sets, m.marks, m.lies, []namedStretch{{rule.Name, at}}); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}
