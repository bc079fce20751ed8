package spec

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
)

// Braces says how a brace is written that does not belong to a variable.
const Braces = "braces that are text are written {{ and }}"

// Template is a text with {variables}: literal texts, and between each two of them
// the name of a variable.
type Template struct {
	Place    string // which key of what, for errors
	literals []string
	names    []string
}

// ParseTemplate reads a text in which {name} stands for a variable, {{ and }} for
// braces. place says which key it is.
func ParseTemplate(place, text string) (*Template, error) {
	t := &Template{Place: place}
	if !utf8.ValidString(text) {
		return nil, hint.Usage(fmt.Errorf("%s: %q is not UTF-8", place, text), "convert it to UTF-8")
	}
	wrong := func(err error) (*Template, error) {
		return nil, hint.Usage(fmt.Errorf("%s: %w", place, err), "write {name} for a variable; "+Braces)
	}
	var literal strings.Builder
	for rest := text; ; {
		at := strings.IndexAny(rest, "{}")
		if at < 0 {
			literal.WriteString(rest)
			t.literals = append(t.literals, literal.String())
			return t, nil
		}
		literal.WriteString(rest[:at])
		brace := rest[at]
		rest = rest[at+1:]
		switch {
		case rest != "" && rest[0] == brace:
			literal.WriteByte(brace)
			rest = rest[1:]
			continue
		case brace == '}':
			return wrong(errors.New("a } closes nothing"))
		}
		name, after, closed := strings.Cut(rest, "}")
		switch {
		case !closed, strings.Contains(name, "{"):
			return wrong(fmt.Errorf("the { before %q is not closed", textfile.Excerpt(rest)))
		case strings.TrimSpace(name) == "":
			return wrong(errors.New("{} names no variable"))
		}
		t.literals, t.names = append(t.literals, literal.String()), append(t.names, name)
		literal.Reset()
		rest = after
	}
}

// Fill puts values in the place of the variables. They are taken as they are: braces in
// them mean nothing.
func (t *Template) Fill(value func(name string) (string, error)) (string, error) {
	if len(t.names) == 0 {
		return t.literals[0], nil
	}
	var b strings.Builder
	b.WriteString(t.literals[0])
	for i, name := range t.names {
		text, err := value(name)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		b.WriteString(t.literals[i+1])
	}
	return b.String(), nil
}
