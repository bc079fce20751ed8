package chat

import (
	"errors"

	"intentprobe/models/jinja"
)

// Template is a chat template that was read once and renders as Hugging Face's
// apply_chat_template does. It may be used by several goroutines at once, and holds
// nothing that must be freed.
type Template struct{ t *jinja.Template }

// Error says why a chat template did not parse or did not render.
type Error struct {
	Message string
	Raised  bool // the message is the template's own, by raise_exception
}

func (e *Error) Error() string { return "chat template: " + e.Message }

func asError(err error) error {
	var ours *jinja.Error
	if errors.As(err, &ours) {
		return &Error{ours.Error(), ours.Raised}
	}
	return &Error{Message: err.Error()}
}

// NewTemplate reads the Jinja text of a template. The error is an *Error and names the
// line.
func NewTemplate(source string) (*Template, error) {
	t, err := jinja.Parse(source)
	if err != nil {
		return nil, asError(err)
	}
	return &Template{t}, nil
}
