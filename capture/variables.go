package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
)

// braces says how a brace is written that is none of a variable.
const braces = "braces that are text are written {{ and }}"

// template is a text with {variables}: literal texts, and between each two of them
// the name of a variable.
type template struct {
	place    string // which key of what, for errors
	literals []string
	names    []string
}

// parseTemplate reads a text in which {name} stands for a variable, {{ and }} for
// braces. place says which key it is.
func parseTemplate(place, text string) (*template, error) {
	t := &template{place: place}
	if !utf8.ValidString(text) {
		return nil, hint.Usage(fmt.Errorf("%s: %q is not UTF-8", place, text), "convert it to UTF-8")
	}
	wrong := func(err error) (*template, error) {
		return nil, hint.Usage(fmt.Errorf("%s: %w", place, err), "write {name} for a variable; "+braces)
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
			return wrong(fmt.Errorf("the { before %q is not closed", firstWords(rest)))
		case strings.TrimSpace(name) == "":
			return wrong(errors.New("{} names no variable"))
		}
		t.literals, t.names = append(t.literals, literal.String()), append(t.names, name)
		literal.Reset()
		rest = after
	}
}

// firstWords cuts a text that an error quotes.
func firstWords(s string) string {
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "..."
	}
	return s
}

// fill puts the variables of a scope in. Their values are taken as they are: braces
// in them mean nothing. The error is a *hint.UsageError that names the row.
func (t *template) fill(s *scope) (string, error) {
	return t.join(func(name string) (string, error) {
		value, err := s.value(name)
		if err != nil {
			err = hint.Usage(fmt.Errorf("%s: %s: %w", s.place, t.place, err), s.advice(name, err))
		}
		return value, err
	})
}

// join puts values in the place of the names.
func (t *template) join(value func(name string) (string, error)) (string, error) {
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

// scope is where a template's variables are looked up: the keys of a row, then the
// vars of its style and of its condition.
type scope struct {
	place string
	row   *rowVariables
	vars  []map[string]string
}

func (s *scope) value(name string) (string, error) {
	value, err := s.row.value(name)
	if !errors.Is(err, errNoVariable) {
		return value, err
	}
	for _, vars := range s.vars {
		if value, ok := vars[name]; ok {
			return value, nil
		}
	}
	if s.row.isNull(name) {
		return "", fmt.Errorf("{%s} is null", name)
	}
	return "", fmt.Errorf("%w {%s}", errNoVariable, name)
}

var errNoVariable = errors.New("no variable")

func (s *scope) advice(name string, err error) string {
	if _, there := s.row.meta[name]; there { // null, a list or an object
		return fmt.Sprintf("give the row a text, a number or a truth value under %q, or write another variable; %s", name, braces)
	}
	if !errors.Is(err, errNoVariable) {
		return braces
	}
	names := s.row.names()
	for _, vars := range s.vars {
		names = slices.AppendSeq(names, maps.Keys(vars))
	}
	slices.Sort(names)
	return fmt.Sprintf("nearest variables: %s; %s", strings.Join(hooks.Nearest(name, slices.Compact(names)), ", "), braces)
}

// rowVariables gives the keys of a row as variables. Its metadata is read when the
// first of them is asked for.
type rowVariables struct {
	row  *Row
	meta map[string]json.RawMessage
}

// text gives the value of a key that has a field of its own.
func (v *rowVariables) text(name string) *string {
	switch {
	case name == "id":
		return &v.row.ID
	case name == "prompt" && v.row.Prompt != "":
		return &v.row.Prompt
	}
	if field := v.row.field(name); field != nil {
		return *field
	}
	return nil
}

// isNull says whether the row has a key without a value.
func (v *rowVariables) isNull(name string) bool { return v.raw(name) == nil && v.meta[name] != nil }

// raw gives a key of the metadata as JSON, nil where it is not there or null.
func (v *rowVariables) raw(name string) json.RawMessage {
	if v.meta == nil {
		json.Unmarshal([]byte(v.row.Meta), &v.meta) // it was marshalled
	}
	if raw := v.meta[name]; string(raw) != "null" {
		return raw
	}
	return nil
}

func (v *rowVariables) value(name string) (string, error) {
	if text := v.text(name); text != nil {
		return *text, nil
	}
	raw := v.raw(name)
	if raw == nil {
		return "", errNoVariable
	}
	text, err := wantScalar(raw)
	if err != nil {
		return "", fmt.Errorf("{%s} is no text, number or truth value", name)
	}
	return *text, nil
}

func (v *rowVariables) names() []string {
	var out []string
	for name, raw := range v.meta {
		if raw[0] != '[' && raw[0] != '{' && string(raw) != "null" {
			out = append(out, name)
		}
	}
	for name := range known {
		if v.text(name) != nil {
			out = append(out, name)
		}
	}
	return out
}
