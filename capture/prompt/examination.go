package prompt

import "intentprobe/models"

// Examination is what a model file says of its tokens and templates, and what of that
// is known to go wrong.
type Examination struct {
	Path         string    `json:"path"`
	Name         string    `json:"name"`
	Architecture string    `json:"architecture"`
	Tokenizer    string    `json:"tokenizer"`
	Pre          string    `json:"pre_tokenizer,omitempty"`
	Tokens       int       `json:"tokens"`
	BOS          string    `json:"bos,omitempty"`
	WritesBOS    []string  `json:"bos_from"`              // tokenizer, template; it stands once where both do
	Ends         []string  `json:"end_tokens"`            // of a text or a turn
	TurnEnd      string    `json:"end_of_turn,omitempty"` // with which the template ends an answer
	Templates    []string  `json:"chat_templates"`        // by name; default is the one without
	Findings     []Finding `json:"findings"`
}

// Examine examines a model, whose weights need not be loaded.
func Examine(f models.Facts, tok Tokenizer) *Examination {
	e := &Examination{
		Path: f.Path, Name: f.Name, Architecture: f.Architecture, Tokenizer: f.About.Tokenizer, Pre: f.About.Pre, Tokens: f.Vocabulary,
		WritesBOS: []string{}, Ends: []string{}, Templates: []string{}, Findings: Findings(f, tok, nil),
	}
	if f.HasTemplate() {
		e.Templates = append(e.Templates, "default")
	}
	e.Templates = append(e.Templates, templateNames(f.About.Templates)...)
	s := newSubject(f, tok)
	if bos, add := tok.BOS(); bos >= 0 {
		e.BOS = TokenText(tok, bos)
		if add {
			e.WritesBOS = append(e.WritesBOS, "tokenizer")
		}
		if len(s.prompt) > 0 && s.prompt[0] == bos {
			e.WritesBOS = append(e.WritesBOS, "template")
		}
	}
	for _, t := range EndTokens(f, tok) {
		e.Ends = append(e.Ends, TokenText(tok, models.Token(t)))
	}
	for _, t := range s.closing {
		if e.TurnEnd == "" && tok.EndsGeneration(t) {
			e.TurnEnd = TokenText(tok, t)
		}
	}
	return e
}

// EndTokens lists the tokens after which a model stops, in order of their ids; not nil.
func EndTokens(f models.Facts, tok Tokenizer) []int32 {
	out := []int32{}
	for t := range f.Vocabulary {
		if tok.EndsGeneration(models.Token(t)) {
			out = append(out, int32(t))
		}
	}
	return out
}
