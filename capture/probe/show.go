package probe

import (
	"encoding/json"

	"intentprobe/capture/vector"
)

// Shown is what a probe's file says.
type Shown struct {
	Name    string       `json:"name"`
	Point   string       `json:"point"`
	Tokens  string       `json:"tokens"`
	Rows    string       `json:"rows"`
	Bias    float64      `json:"bias"`
	Folds   *Folds       `json:"folds"`   // null of a file of another command
	Figures *Figures     `json:"figures"` // likewise
	Meta    *vector.Meta `json:"meta"`
}

// Show reads a probe: FILE, or FILE#NAME. Errors are *hint.UsageError, or come from the file.
func Show(reference string) (*Shown, error) {
	f, err := read(reference)
	if err != nil {
		return nil, err
	}
	var opt Options
	f.options(&opt)
	s := &Shown{Name: f.direction.Name, Point: f.at.point, Tokens: f.at.tokens, Rows: rowsText(&opt.Data), Bias: f.direction.Bias, Meta: f.meta}
	if len(f.meta.Folds) > 0 {
		s.Folds = &f.folds
	}
	var figures Figures
	if text := f.meta.Figures[f.direction.Name]; json.Unmarshal(text, &figures) == nil && figures.AUROC != nil {
		s.Figures = &figures
	}
	return s, nil
}
