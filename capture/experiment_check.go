package capture

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
)

// checkExperiment checks the keys of docs/experiments.md as far as neither the
// model nor the dataset is needed.
func (s *Spec) checkExperiment() error {
	for _, check := range []func() error{
		s.checkConditions, s.checkPairs, s.checkSplit, s.checkKnowledge, s.checkFollowups, s.checkAlternatives,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkConditions checks conditions, styles and spans, and every template.
func (s *Spec) checkConditions() error {
	raw := s.Chat.Template == "none" && s.Chat.Text == ""
	for _, list := range []struct {
		key      string
		variants []Variant
	}{{"conditions", s.Conditions}, {"styles", s.Styles}} {
		var names []string
		for _, v := range list.variants {
			names = append(names, v.Name)
			if raw && (v.System != "" || v.Prefill != "") {
				return hint.Usage(fmt.Errorf("%s: %q has a system message or a prefill, and chat.template is none", list.key, v.Name), "use prefix and suffix, which need no template, or --chat auto")
			}
		}
		if err := checkNames(list.key, names); err != nil {
			return err
		}
	}
	if err := checkSpans("spans", s.Spans); err != nil {
		return err
	}
	_, err := s.settings()
	return err
}

// checkNames wants names that can be told apart.
func checkNames(key string, names []string) error {
	for i, name := range names {
		if err := checkName(fmt.Sprintf("%s[%d].name", key, i), name); err != nil {
			return err
		}
		if first := slices.Index(names, name); first < i {
			return hint.Usage(fmt.Errorf("%s[%d]: the name %q stands there twice, first in %s[%d]", key, i, name, key, first), "give each a name of its own")
		}
	}
	return nil
}

// checkName wants a name that can be part of an id.
func checkName(key, name string) error {
	wrong := func(what string) error {
		return hint.Usage(fmt.Errorf("%s is %q, %s", key, name, what), "names go into ids: use letters, digits, - and _")
	}
	switch {
	case strings.TrimSpace(name) == "":
		return wrong("which names nothing")
	case strings.Contains(name, "/"):
		return wrong("which holds a /")
	case !utf8.ValidString(name), strings.ContainsFunc(name, unicode.IsControl):
		return wrong("which holds control characters, or is not UTF-8")
	}
	return nil
}

func (s *Spec) checkPairs() error {
	words := []string{"system", "user", "assistant", "tool", "developer", "response", "tools", "documents"}
	for _, word := range s.Pairs.declared() {
		if name, span := strings.CutPrefix(word, "span:"); !slices.Contains(words, word) && (!span || name == "") {
			return hint.Usage(fmt.Errorf("pairs.differ holds %q", word), "use a role (system, user, assistant, tool, developer), response, tools, documents or span:NAME")
		}
	}
	return nil
}

// checkSpanNames wants every span that the spec speaks of to be declared, by the
// spec or by some row.
func (s *Spec) checkSpanNames(d *Dataset) error {
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
	for _, word := range s.Pairs.declared() {
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

func (s *Spec) checkKnowledge() error {
	k := s.Knowledge
	if k == nil {
		return nil
	}
	for _, err := range []error{
		inside("knowledge.samples", float64(k.Samples), 1, 1<<24),
		inside("knowledge.temperature", k.Temperature, 0, 100),
		inside("knowledge.max_tokens", float64(k.MaxTokens), 1, 1<<24),
		inside("knowledge.knows", k.Knows, 0, 1),
		inside("knowledge.does_not_know", k.DoesNotKnow, 0, 1),
	} {
		if err != nil {
			return err
		}
	}
	if k.DoesNotKnow >= k.Knows {
		return hint.Usage(fmt.Errorf("knowledge.does_not_know is %v, knowledge.knows %v", k.DoesNotKnow, k.Knows), "the first must be the smaller; what lies between is unsure")
	}
	if k.Condition != "" {
		if err := checkName("knowledge.condition", k.Condition); err != nil {
			return err
		}
	}
	if k.System != "" && s.Chat.Template == "none" && s.Chat.Text == "" {
		return hint.Usage(fmt.Errorf("knowledge.system is set, and chat.template is none"), "leave it out, or use --chat auto")
	}
	_, err := s.neutral()
	return err
}

func (s *Spec) checkFollowups() error {
	var names []string
	for i, f := range s.Followups {
		key := fmt.Sprintf("followups[%d]", i)
		names = append(names, f.Name)
		for _, text := range []string{f.Ask, f.Prefill, deref(f.Response)} {
			if !utf8.ValidString(text) {
				return hint.Usage(fmt.Errorf("%s: %q is not UTF-8", key, text), "convert it to UTF-8")
			}
		}
		if strings.TrimSpace(f.Ask) == "" {
			return hint.Usage(fmt.Errorf("%s (%s) asks nothing", key, f.Name), "write the question under ask")
		}
		if err := inside(key+".max_tokens", float64(f.MaxTokens), 0, 1<<24); err != nil {
			return err
		}
		if f.Response != nil && f.MaxTokens > 0 {
			return hint.Usage(fmt.Errorf("%s (%s) has both a response and max_tokens", key, f.Name), "an answer is given or sampled; keep one of them")
		}
		if f.Alternatives != nil {
			if err := checkOptions(key+".alternatives", f.Alternatives); err != nil {
				return err
			}
		}
	}
	return checkNames("followups", names)
}

func (s *Spec) checkAlternatives() error {
	var names []string
	for i, a := range s.Alternatives {
		key := fmt.Sprintf("alternatives[%d]", i)
		names = append(names, a.Name)
		if err := checkOptions(key+".options", a.Options); err != nil {
			return err
		}
		if name, span := strings.CutPrefix(a.At, "span:"); !slices.Contains([]string{"", "response", "end"}, a.At) && (!span || name == "") {
			return hint.Usage(fmt.Errorf("%s.at is %q", key, a.At), "use response, end or span:NAME")
		}
	}
	return checkNames("alternatives", names)
}

// checkOptions wants two texts or more, each of its own.
func checkOptions(key string, options []string) error {
	if len(options) < 2 {
		return hint.Usage(fmt.Errorf("%s has %d texts", key, len(options)), "name at least two, for example [\"TRUE\", \"FALSE\"]")
	}
	for i, option := range options {
		switch {
		case option == "" || !utf8.ValidString(option):
			return hint.Usage(fmt.Errorf("%s[%d] is empty or not UTF-8", key, i), "write a text")
		case slices.Index(options, option) < i:
			return hint.Usage(fmt.Errorf("%s: %q stands there twice", key, option), "remove one of them")
		}
	}
	return nil
}
