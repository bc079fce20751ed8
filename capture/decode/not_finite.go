package decode

import (
	"errors"
	"fmt"
	"math"

	"intentprobe/models"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rowmem"
)

// NotFiniteError says that the model came to values that are no finite numbers. The same
// sample comes to them again, so that a run that they ended cannot be resumed.
type NotFiniteError struct {
	Prompt   string // id
	Sample   int    // of the prompt
	Arm      string // empty where nothing is edited
	Position int
	What     string // which values: the logits, or the column of a point
}

func (e *NotFiniteError) Error() string {
	arm := ""
	if e.Arm != "" {
		arm = fmt.Sprintf(", arm %q", e.Arm)
	}
	return fmt.Sprintf("prompt %q, sample %d%s, position %d: %s not finite", e.Prompt, e.Sample, arm, e.Position, e.What)
}

// Hint says what to do next.
func (e *NotFiniteError) Hint() string {
	if e.Arm == "" {
		return "the model computes no such values where it is whole: check its file"
	}
	return "what is edited there is more than the model can compute with: run again with a smaller scale, or without this arm"
}

// notFinite makes the error for a token, counted from the sample's first.
func (s *sequence) notFinite(token int, what string) error {
	e := &NotFiniteError{Prompt: s.job.ID(), Sample: s.job.Sample, Position: s.start + token, What: what}
	if s.edits != nil && s.edits.arm != nil {
		e.Arm = s.edits.arm.Name
	}
	return e
}

// namedEdit says of the error of a decode whose sample it is where an edit made it. of gives
// the sample of a token of the batch, and which of its tokens that is.
func namedEdit(err error, of func(i int) (*sequence, int)) error {
	var edit *models.EditError
	if !errors.As(err, &edit) {
		return err
	}
	s, token := of(edit.Token)
	return s.notFinite(token, fmt.Sprintf("the values that %q makes at %q are", edit.Edit, edit.Point))
}

// finite checks the row of a token that an arm may have changed. Numbers beyond Float16's
// range are infinite in such columns, and are told otherwise; NaN is never right.
func (r *Runner) finite(s *sequence, token int, place models.Target) error {
	if s.edits.arm == nil {
		return nil
	}
	at := rowmem.Place(place)
	for c, column := range r.layout.Columns {
		bad := false
		switch column.DType {
		case arrowfile.Float32:
			for _, x := range r.layout.Floats(at, c) {
				bad = bad || math.Float32bits(x)&0x7f800000 == 0x7f800000
			}
		case arrowfile.Float16:
			for _, bits := range r.layout.Halves(at, c) {
				bad = bad || bits&0x7fff > 0x7c00
			}
		}
		if bad {
			return s.notFinite(token, fmt.Sprintf("the values of %q are", column.Name))
		}
	}
	return nil
}
