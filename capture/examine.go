package capture

import (
	"context"

	"intentprobe/models"
)

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

// Examine loads a model, by its path or a name that `capture models` shows, without its
// weights, and examines it.
func Examine(ctx context.Context, name string, around Options) (*Examination, error) {
	path, err := FindModel(name)
	if err != nil {
		return nil, err
	}
	m, err := LoadModel(ctx, path, models.LoadOptions{NoWeights: true}, around)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	f := m.Facts()
	e := &Examination{
		Path: path, Name: f.Name, Architecture: f.Architecture, Tokenizer: f.About.Tokenizer, Pre: f.About.Pre, Tokens: f.Vocabulary,
		WritesBOS: []string{}, Ends: []string{}, Templates: []string{}, Findings: Findings(f, m, nil),
	}
	if f.HasTemplate() {
		e.Templates = append(e.Templates, "default")
	}
	e.Templates = append(e.Templates, templateNames(f.About.Templates)...)
	s := newSubject(f, m)
	if bos, add := m.BOS(); bos >= 0 {
		e.BOS = tokenText(m, bos)
		if add {
			e.WritesBOS = append(e.WritesBOS, "tokenizer")
		}
		if len(s.prompt) > 0 && s.prompt[0] == bos {
			e.WritesBOS = append(e.WritesBOS, "template")
		}
	}
	for t := range f.Vocabulary {
		if m.EndsGeneration(models.Token(t)) {
			e.Ends = append(e.Ends, tokenText(m, models.Token(t)))
		}
	}
	for _, t := range s.closing {
		if e.TurnEnd == "" && m.EndsGeneration(t) {
			e.TurnEnd = tokenText(m, t)
		}
	}
	return e, nil
}
