package spec

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
)

// Treatment is a condition met with a style, either of them perhaps none: what is done
// to a row of the dataset to make a row of the run. Its templates are parsed; those that
// are nil are not set.
type Treatment struct {
	Condition, Style *string
	ID               string // follows the row's id: /condition/style
	Place            string // follows the row's place in errors

	System, Prompt, Prefill, Response *Template
	Prefix, Suffix                    []*Template // of the user's last message, in the order in which they are read
	Label, Split                      *string
	Vars                              []map[string]string // the style's first
	Spans                             []SpanTemplate
}

// SpanTemplate is a span that the spec declares, the text in it parsed.
type SpanTemplate struct {
	SpanRule
	Template *Template
}

// Treatments crosses the conditions of a spec with its styles. The error is a
// *hint.UsageError that names the key.
func (s *Spec) Treatments() ([]Treatment, error) {
	base, err := s.untreated()
	if err != nil {
		return nil, err
	}
	var out []Treatment
	for _, condition := range orNone(s.Conditions) {
		under := base
		if err := under.add("condition", condition); err != nil {
			return nil, err
		}
		for _, style := range orNone(s.Styles) {
			whole := under
			if err := whole.add("style", style); err != nil {
				return nil, err
			}
			out = append(out, whole)
		}
	}
	return out, nil
}

// untreated is the treatment without condition and style.
func (s *Spec) untreated() (out Treatment, err error) {
	if text := s.Prompts.Prompt; text != "" {
		if out.Prompt, err = ParseTemplate("prompts.prompt", text); err != nil {
			return out, err
		}
	}
	if text := s.Prompts.Response; text != "" {
		if out.Response, err = ParseTemplate("prompts.response", text); err != nil {
			return out, err
		}
	}
	for _, rule := range s.Spans {
		span := SpanTemplate{SpanRule: rule}
		if span.Template, err = ParseTemplate(fmt.Sprintf("text of span %q", rule.Name), rule.Text); err != nil {
			return out, err
		}
		out.Spans = append(out.Spans, span)
	}
	return out, nil
}

// orNone gives pointers to the variants, one of them nil where there are none.
func orNone(list []Variant) []*Variant {
	if len(list) == 0 {
		return []*Variant{nil}
	}
	out := make([]*Variant, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

// add adds a condition, and after it a style. What both of them set is refused;
// prefixes and suffixes lie around each other, the style's next to the message.
func (t *Treatment) add(kind string, v *Variant) error {
	if v == nil {
		return nil
	}
	if kind == "style" {
		t.Style = &v.Name
	} else {
		t.Condition = &v.Name
	}
	t.ID += "/" + v.Name
	t.Place += fmt.Sprintf(", %s %s", kind, v.Name)
	var err error
	parse := func(key, text string) *Template {
		parsed, perr := ParseTemplate(fmt.Sprintf("%s of %s %q", key, kind, v.Name), text)
		if err == nil {
			err = perr
		}
		return parsed
	}
	twice := func(key string, before bool) {
		if err == nil && before {
			err = hint.Usage(fmt.Errorf("both style %q and condition %q set %s", v.Name, *t.Condition, key), "set it in one of them")
		}
	}
	inStyle := kind == "style" && t.Condition != nil
	set := func(key, text string, field **Template, fromSpec bool) {
		if text != "" {
			twice(key, inStyle && *field != nil && !fromSpec)
			*field = parse(key, text)
		}
	}
	set("system", v.System, &t.System, false)
	set("prefill", v.Prefill, &t.Prefill, false)
	set("prompt", v.Prompt, &t.Prompt, t.Prompt != nil && t.Prompt.Place == "prompts.prompt")
	if v.Response != nil {
		twice("response", inStyle && t.Response != nil && t.Response.Place != "prompts.response")
		t.Response = parse("response", *v.Response)
	}
	if v.Prefix != "" {
		t.Prefix = append(slices.Clip(t.Prefix), parse("prefix", v.Prefix))
	}
	if v.Suffix != "" {
		t.Suffix = append([]*Template{parse("suffix", v.Suffix)}, t.Suffix...)
	}
	if v.Label != nil {
		twice("label", inStyle && t.Label != nil)
		t.Label = v.Label
	}
	if v.Split != nil {
		twice("split", inStyle && t.Split != nil)
		t.Split = v.Split
	}
	if len(v.Vars) > 0 {
		t.Vars = append([]map[string]string{v.Vars}, t.Vars...)
	}
	return err
}
