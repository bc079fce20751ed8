package spec

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"intentprobe/capture/hint"
)

// checkExperiment checks the keys of docs/experiments.md as far as neither the
// model nor the dataset is needed.
func (s *Spec) checkExperiment() error {
	for _, check := range []func() error{
		s.checkConditions, s.checkPairs, s.checkSplit, s.checkKnowledge, s.checkFollowups, s.checkAlternatives,
		s.checkInterventions, s.checkArms, s.checkControls,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkConditions checks conditions, styles and spans, and every template.
func (s *Spec) checkConditions() error {
	for _, list := range []struct {
		key      string
		variants []Variant
	}{{"conditions", s.Conditions}, {"styles", s.Styles}} {
		var names []string
		for _, v := range list.variants {
			names = append(names, v.Name)
			if s.Chat.IsRaw() && (v.System != "" || v.Prefill != "") {
				return hint.Usage(fmt.Errorf("%s: %q has a system message or a prefill, and chat.template is none", list.key, v.Name), "use prefix and suffix, which need no template, or ", hint.Key("chat.template"), " auto")
			}
		}
		if err := checkNames(list.key, names); err != nil {
			return err
		}
	}
	if err := CheckSpans("spans", s.Spans); err != nil {
		return err
	}
	_, err := s.Treatments()
	return err
}

func (s *Spec) checkPairs() error {
	words := []string{"system", "user", "assistant", "tool", "developer", "response", "tools", "documents"}
	for _, word := range s.Pairs.Declared() {
		if name, span := strings.CutPrefix(word, "span:"); !slices.Contains(words, word) && (!span || name == "") {
			return hint.Usage(fmt.Errorf("pairs.differ holds %q", word), "use a role (system, user, assistant, tool, developer), response, tools, documents or span:NAME")
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
	if k.System != "" && s.Chat.IsRaw() {
		return hint.Usage(fmt.Errorf("knowledge.system is set, and chat.template is none"), "leave it out, or use ", hint.Key("chat.template"), " auto")
	}
	_, err := s.Neutral()
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
		for k, option := range a.Options {
			if _, err := ParseTemplate(fmt.Sprintf("%s.options[%d]", key, k), option); err != nil {
				return err
			}
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

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
