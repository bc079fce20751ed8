package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/capture/textfile"
	"intentprobe/hooks"
)

// fill puts the variables of a scope into a template. The error is a *hint.UsageError that names the row.
func fill(t *spec.Template, s *scope) (string, error) {
	return t.Fill(func(name string) (string, error) {
		value, err := s.value(name)
		if err != nil {
			err = hint.Usage(fmt.Errorf("%s: %s: %w", s.place, t.Place, err), s.advice(name, err))
		}
		return value, err
	})
}

// Fill puts the row's keys into a template. The error is a *hint.UsageError that names the
// row.
func (r *Row) Fill(t *spec.Template) (string, error) {
	return fill(t, &scope{place: r.Place, row: &rowVariables{row: r}})
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
		return fmt.Sprintf("give the row a text, a number or a truth value under %q, or write another variable; %s", name, spec.Braces)
	}
	if !errors.Is(err, errNoVariable) {
		return spec.Braces
	}
	names := s.row.names()
	for _, vars := range s.vars {
		names = slices.AppendSeq(names, maps.Keys(vars))
	}
	slices.Sort(names)
	return fmt.Sprintf("nearest variables: %s; %s", strings.Join(hooks.Nearest(name, slices.Compact(names)), ", "), spec.Braces)
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
	text, err := textfile.Scalar(raw)
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
	for name := range rowKeys {
		if v.text(name) != nil {
			out = append(out, name)
		}
	}
	return out
}
