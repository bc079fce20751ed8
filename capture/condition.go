package capture

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// setting is a condition met with a style, either of them perhaps none: what makes
// a row of the run of a row of the dataset.
type setting struct {
	condition, style *string
	id               string // behind the row's id
	place            string // behind the row's place, for errors
	conditions       int    // how many there are

	system, prompt, prefill, response *template // nil where not set
	prefix, suffix                    []*template
	label, split                      *string
	vars                              []map[string]string // the style's first
	spans                             []spanTemplate
}

// spanTemplate is a span that the spec declares, the text in it parsed.
type spanTemplate struct {
	SpanRule
	text *template
}

// settings crosses the conditions of a spec with its styles. The error is a
// *hint.UsageError that names the key.
func (s *Spec) settings() ([]setting, error) {
	base, err := s.plain()
	if err != nil {
		return nil, err
	}
	var out []setting
	for _, condition := range orNone(s.Conditions) {
		under := base
		if err := under.take("condition", condition); err != nil {
			return nil, err
		}
		for _, style := range orNone(s.Styles) {
			whole := under
			if err := whole.take("style", style); err != nil {
				return nil, err
			}
			out = append(out, whole)
		}
	}
	return out, nil
}

// plain is the setting without condition and style.
func (s *Spec) plain() (out setting, err error) {
	out.conditions = len(s.Conditions)
	if text := s.Prompts.Prompt; text != "" {
		if out.prompt, err = parseTemplate("prompts.prompt", text); err != nil {
			return out, err
		}
	}
	if text := s.Prompts.Response; text != "" {
		if out.response, err = parseTemplate("prompts.response", text); err != nil {
			return out, err
		}
	}
	for _, rule := range s.Spans {
		span := spanTemplate{SpanRule: rule}
		if span.text, err = parseTemplate(fmt.Sprintf("text of span %q", rule.Name), rule.Text); err != nil {
			return out, err
		}
		out.spans = append(out.spans, span)
	}
	return out, nil
}

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

// take adds a condition, and after it a style. What both of them set is refused;
// prefixes and suffixes lie around each other, the style's next to the message.
func (s *setting) take(kind string, v *Variant) error {
	if v == nil {
		return nil
	}
	if kind == "style" {
		s.style = &v.Name
	} else {
		s.condition = &v.Name
	}
	s.id += "/" + v.Name
	s.place += fmt.Sprintf(", %s %s", kind, v.Name)
	var err error
	parse := func(key, text string) *template {
		t, perr := parseTemplate(fmt.Sprintf("%s of %s %q", key, kind, v.Name), text)
		if err == nil {
			err = perr
		}
		return t
	}
	twice := func(key string, before bool) {
		if err == nil && before {
			err = hint.Usage(fmt.Errorf("both style %q and condition %q set %s", v.Name, *s.condition, key), "set it in one of them")
		}
	}
	inStyle := kind == "style" && s.condition != nil
	set := func(key, text string, field **template, fromSpec bool) {
		if text != "" {
			twice(key, inStyle && *field != nil && !fromSpec)
			*field = parse(key, text)
		}
	}
	set("system", v.System, &s.system, false)
	set("prefill", v.Prefill, &s.prefill, false)
	set("prompt", v.Prompt, &s.prompt, s.prompt != nil && s.prompt.place == "prompts.prompt")
	if v.Response != nil {
		twice("response", inStyle && s.response != nil && s.response.place != "prompts.response")
		s.response = parse("response", *v.Response)
	}
	if v.Prefix != "" {
		s.prefix = append(slices.Clip(s.prefix), parse("prefix", v.Prefix))
	}
	if v.Suffix != "" {
		s.suffix = append([]*template{parse("suffix", v.Suffix)}, s.suffix...)
	}
	if v.Label != nil {
		twice("label", inStyle && s.label != nil)
		s.label = v.Label
	}
	if v.Split != nil {
		twice("split", inStyle && s.split != nil)
		s.split = v.Split
	}
	if len(v.Vars) > 0 {
		s.vars = append([]map[string]string{v.Vars}, s.vars...)
	}
	return err
}

// row makes a row of the run. vars are the base row's variables.
func (s *setting) row(base *Row, vars *rowVariables) (*Row, error) {
	r := *base
	if s.place != "" {
		r.place += " (" + s.place[len(", "):] + ")"
	}
	if err := s.ambiguous(base, r.place); err != nil {
		return nil, err
	}
	scope := &scope{place: r.place, row: vars, vars: s.vars}
	r.ID += s.id
	if s.condition != nil {
		r.Condition = s.condition
	}
	if s.style != nil {
		r.Style = s.style
	}
	if r.Pair == nil && s.conditions > 1 && s.condition != nil {
		id := base.ID
		r.Pair = &id
	}
	if r.Pair != nil && s.style != nil {
		pair := *r.Pair + "/" + *s.style
		r.Pair = &pair
	}
	if s.label != nil {
		r.Label = s.label
	}
	if s.split != nil {
		r.Split = s.split
	}
	if err := s.messages(&r, scope); err != nil {
		return nil, err
	}
	if s.response != nil {
		text, err := s.response.fill(scope)
		if err != nil {
			return nil, err
		}
		r.Response = &text
	}
	var err error
	r.Spans, err = s.fillSpans(base.Spans, scope)
	return &r, err
}

// ambiguous refuses what both the row and the setting say.
func (s *setting) ambiguous(r *Row, place string) error {
	twice := func(what string) error {
		return hint.Usage(fmt.Errorf("%s: the row has %s of its own, and the spec sets one", place, what), "keep one of them; a key of another name stays in the row's metadata")
	}
	system := slices.ContainsFunc(r.Messages, func(m models.Message) bool { return m.Role == "system" })
	switch {
	case s.condition != nil && r.Condition != nil:
		return twice("a condition")
	case s.style != nil && r.Style != nil:
		return twice("a style")
	case s.label != nil && r.Label != nil:
		return twice("a label")
	case s.system != nil && system:
		return twice("a system message")
	case s.prompt != nil && len(r.Messages) > 0:
		return twice("messages, thus a prompt")
	case s.prefill != nil && len(r.Messages) > 0 && r.Messages[len(r.Messages)-1].Role == "assistant":
		return twice("a beginning of the answer")
	}
	return nil
}

// messages writes what the model reads into a row: a prompt alone where that is
// all there is, else messages.
func (s *setting) messages(r *Row, scope *scope) (err error) {
	fill := func(t *template) (text string) {
		if err == nil {
			text, err = t.fill(scope)
		}
		return text
	}
	if s.prompt != nil {
		r.Prompt, r.bare = fill(s.prompt), nil
	}
	if r.bare != nil {
		return nil // it is refused with all the others
	}
	var before, behind string
	for _, t := range s.prefix {
		before += fill(t)
	}
	for _, t := range s.suffix {
		behind += fill(t)
	}
	if len(r.Messages) == 0 {
		r.Prompt = before + r.Prompt + behind
		if s.system == nil && s.prefill == nil {
			return err
		}
		r.Messages, r.Prompt = []models.Message{{Role: "user", Content: r.Prompt}}, ""
	} else if len(s.prefix)+len(s.suffix) > 0 {
		last := len(r.Messages) - 1
		for last >= 0 && r.Messages[last].Role != "user" {
			last--
		}
		if last < 0 {
			return hint.Usage(fmt.Errorf("%s: no message of the user, to which prefix and suffix belong", scope.place), "write one, or leave prefix and suffix out")
		}
		r.Messages = slices.Clone(r.Messages)
		r.Messages[last] = r.Messages[last].Around(before, behind)
	}
	if s.system != nil {
		r.Messages = append([]models.Message{{Role: "system", Content: fill(s.system)}}, r.Messages...)
	}
	if s.prefill != nil {
		r.Messages = append(slices.Clip(r.Messages), models.Message{Role: "assistant", Content: fill(s.prefill)})
	}
	return err
}

// fillSpans gives the spans of a row: the spec's with their variables filled in,
// then its own, which replace those of the same name.
func (s *setting) fillSpans(own []SpanRule, scope *scope) ([]SpanRule, error) {
	if len(s.spans) == 0 {
		return own, nil
	}
	var out []SpanRule
	for _, span := range s.spans {
		if slices.ContainsFunc(own, func(r SpanRule) bool { return r.Name == span.Name }) {
			continue
		}
		rule := span.SpanRule
		var err error
		if rule.Text, err = span.text.fill(scope); err != nil {
			return nil, err
		}
		out = append(out, rule)
	}
	return append(out, own...), nil
}
