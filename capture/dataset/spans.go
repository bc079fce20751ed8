package dataset

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/capture/textfile"
	"intentprobe/hooks"
	"intentprobe/models/chat"
)

// wantSpans reads the spans of a row: a list of rules, or {"name": "text"}.
func wantSpans(value json.RawMessage) ([]spec.SpanRule, error) {
	var out []spec.SpanRule
	if object, err := chat.ReadObject(value); err == nil {
		for _, name := range slices.Sorted(slices.Values(object.Keys())) {
			text, err := chat.ReadText(object.Get(name))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			out = append(out, spec.SpanRule{Name: name, Text: text})
		}
		return out, spec.CheckSpans("spans", out)
	}
	_, items, err := textfile.List(value)
	if err != nil {
		return nil, fmt.Errorf("%w; spans are a list of rules or {name: text}", err)
	}
	for i, item := range items {
		object, err := chat.ReadObject(item)
		if err != nil {
			return nil, fmt.Errorf("span %d: want {name, text}, got %s", i, chat.TypeOf(item))
		}
		rule, err := wantSpan(object)
		if err != nil {
			return nil, fmt.Errorf("span %d: %w", i, err)
		}
		out = append(out, rule)
	}
	return out, spec.CheckSpans("spans", out)
}

// wantSpan reads one rule. A number under `in` is that of a message.
func wantSpan(object *chat.Object) (spec.SpanRule, error) {
	known := []string{"name", "text", "regex", "range", "in", "all"}
	for _, key := range object.Keys() {
		if !slices.Contains(known, key) {
			return spec.SpanRule{}, fmt.Errorf("unknown key %q; nearest: %s", key, strings.Join(hooks.Nearest(key, known), ", "))
		}
	}
	if in, err := textfile.Scalar(object.Get("in")); err == nil && in != nil {
		object = object.Clone()
		object.Set("in", chat.QuoteJSON(*in))
	}
	var rule spec.SpanRule
	text, err := object.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(text, &rule)
	}
	if err != nil {
		return rule, fmt.Errorf("want name, text or regex, range [from, to], in, all: %w", err)
	}
	return rule, nil
}

// checkSpanNames wants every span that the spec speaks of to be declared, by the
// spec or by some row.
func checkSpanNames(s *spec.Spec, d *Dataset) error {
	declared := map[string]bool{}
	for _, r := range s.Spans {
		declared[r.Name] = true
	}
	for i := range d.Rows {
		for _, r := range d.Rows[i].Spans {
			declared[r.Name] = true
		}
	}
	check := func(key, word string) error {
		name, span := strings.CutPrefix(word, "span:")
		if !span || declared[name] {
			return nil
		}
		advice := "declare it under spans"
		if len(declared) > 0 {
			var names []string
			for name := range declared {
				names = append(names, name)
			}
			slices.Sort(names)
			advice += "; nearest: " + strings.Join(hooks.Nearest(name, names), ", ")
		}
		return hint.Usage(fmt.Errorf("%s: no span %q is declared", key, name), advice)
	}
	for _, word := range s.Pairs.Declared() {
		if err := check("pairs.differ", word); err != nil {
			return err
		}
	}
	for i, a := range s.Alternatives {
		if err := check(fmt.Sprintf("alternatives[%d].at", i), a.At); err != nil {
			return err
		}
	}
	return nil
}
