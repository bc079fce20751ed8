package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/match"
	"intentprobe/models"
	"intentprobe/storage"
)

// LabelRules are the rules that compare a response.
var LabelRules = []string{"contains", "equals", "starts", "regex"}

// Rule compares each sample's response with the answer of its row, or with an
// expression. docs/labels.md says what every rule does.
type Rule struct {
	Kind   string `json:"rule"`             // one of LabelRules
	Answer string `json:"answer,omitempty"` // key of the row: a text or a list of texts
	Wrong  string `json:"wrong,omitempty"`  // key of wrong answers; empty: none
	Regex  string `json:"regex,omitempty"`  // of the rule regex, in Go's (RE2) syntax
	Exact  bool   `json:"exact"`            // compare texts as they are
	True   string `json:"true"`             // value of a right response
	False  string `json:"false"`            // and of any other
}

// LabelByRule labels samples by a rule. Errors are *hint.UsageError, a
// *storage.LockedError, or come from the files.
func LabelByRule(dir string, rule Rule, opt LabelOptions) (*Labelled, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	expression, err := rule.check()
	if err != nil {
		return nil, err
	}
	l, err := openLabelling(dir)
	if err != nil {
		return nil, err
	}
	samples, err := l.chosen(opt.Where)
	if err != nil {
		return nil, err
	}
	labels := make([]storage.Label, 0, len(samples))
	for _, s := range samples {
		label := storage.Label{SampleID: s.SampleID}
		if expression != nil {
			label.Value = rule.value(strings.TrimSpace(s.Response) != "", expression.MatchString(s.Response), false)
		} else if label.Value, err = rule.compare(s); err != nil {
			return nil, err
		}
		labels = append(labels, label)
	}
	how := struct {
		Rule
		Where []string `json:"where,omitempty"`
	}{rule, opt.Where}
	return l.write(storage.LabelRule, opt, []string{rule.True, rule.False}, how, labels)
}

// check refuses a rule that says nothing, and gives the expression of the rule regex.
func (r *Rule) check() (*regexp.Regexp, error) {
	if !slices.Contains(LabelRules, r.Kind) {
		return nil, hint.Usage(fmt.Errorf("no rule %q", r.Kind), "rules: "+strings.Join(LabelRules, ", ")+", knowledge")
	}
	if err := checkValues([]string{r.True, r.False}); err != nil {
		return nil, err
	}
	if r.Kind != "regex" {
		if r.Regex != "" {
			return nil, hint.Usage(fmt.Errorf("--regex with the rule %s", r.Kind), "use --rule regex, or leave it out")
		}
		return nil, nil
	}
	if r.Regex == "" || r.Wrong != "" {
		return nil, hint.Usage(fmt.Errorf("the rule regex takes --regex RE and no --wrong"), `for example --rule regex --regex "(?i)\byes\b"`)
	}
	r.Answer = ""
	expression, err := regexp.Compile(r.Regex)
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("--regex: %w", err), "Go's (RE2) syntax; (?i) in front ignores case")
	}
	return expression, nil
}

// checkValues refuses values that cannot be told apart from each other, or from
// ambiguous ones.
func checkValues(values []string) error {
	for i, v := range values {
		switch {
		case strings.TrimSpace(v) == "":
			return hint.Usage(fmt.Errorf("an empty value in %q", values), "name every value")
		case v == storage.Ambiguous:
			return hint.Usage(fmt.Errorf("%q is always allowed, and means that it cannot be told", v), "leave it out of the values")
		case slices.Contains(values[:i], v):
			return hint.Usage(fmt.Errorf("the value %q twice", v), "name every value once")
		}
	}
	return nil
}

// value gives the value of a response in which right and wrong stand, or not.
func (r *Rule) value(said, right, wrong bool) string {
	switch {
	case !said || right && wrong:
		return storage.Ambiguous
	case right:
		return r.True
	}
	return r.False
}

// compare gives the value of a sample by the answers of its row.
func (r *Rule) compare(s *storage.Sample) (string, error) {
	right, err := r.phrases(s, r.Answer)
	if err != nil {
		return "", err
	}
	var wrong []match.Phrase
	if r.Wrong != "" {
		if wrong, err = r.phrases(s, r.Wrong); err != nil {
			return "", err
		}
	}
	all := match.Split(s.Response, r.Exact)
	found := func(phrases []match.Phrase) (out []match.Range) {
		for _, p := range phrases {
			out = append(out, p.Find(all, match.Relation(r.Kind))...)
		}
		return out
	}
	rights, wrongs := found(right), found(wrong)
	// "New York" is no "York", where one is right and the other wrong.
	own := func(these, others []match.Range) bool {
		return slices.ContainsFunc(these, func(s match.Range) bool { return !s.Inside(others) })
	}
	return r.value(len(all) > 0, own(rights, wrongs), own(wrongs, rights)), nil
}

// phrases gives the texts that stand under a key of a sample's row.
func (r *Rule) phrases(s *storage.Sample, key string) (out []match.Phrase, err error) {
	texts, err := answersOf(s, key)
	if errors.Is(err, errNoAnswer) {
		return nil, noKey(key, s, "; --where KEY=VALUE labels some of the samples")
	}
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("sample %d (prompt %s): %q: %w", s.SampleID, s.PromptID, key, err), "an answer is a text, a number, or a list of them")
	}
	for _, text := range texts {
		if isBracketed(text) && !r.Exact {
			return nil, hint.Usage(fmt.Errorf("sample %d (prompt %s): the text %q under %q looks like a list and is none in JSON", s.SampleID, s.PromptID, text, key),
				`write a list as JSON, also in the cell of a table: ["8", "eight"]; or compare exactly with --normalise=false`)
		}
		p := match.NewPhrase(text, r.Exact)
		if p.Empty() {
			return nil, hint.Usage(fmt.Errorf("sample %d (prompt %s): the text %q under %q has no word", s.SampleID, s.PromptID, text, key),
				"write a word or a number, or compare exactly with --normalise=false")
		}
		out = append(out, p)
	}
	return out, nil
}

// errNoAnswer says that there is nothing of a name.
var errNoAnswer = errors.New("there is nothing of this name")

// answersOf gives what stands under a key of a sample's row: a text, a number, or a
// list of them, which may also stand in a text as JSON; else what a column of that name
// holds. The error is errNoAnswer where there is neither.
func answersOf(s *storage.Sample, key string) (out []string, err error) {
	value := metaOf(s)[key]
	items := []json.RawMessage{value}
	kind := models.TypeOf(value)
	text, _ := models.ReadText(value)
	switch {
	case kind == "null":
		text, ok := sampleKey(s, key)
		if !ok {
			return nil, errNoAnswer
		}
		return []string{text}, nil
	case kind == "a list", isBracketed(text):
		if _, list, err := listIn(value); err == nil {
			items = list
		}
	}
	for i, item := range items {
		text, err := wantScalar(item)
		if err == nil && text == nil {
			err = errors.New("want text or a number, got null")
		}
		if err != nil && kind != "an object" {
			err = fmt.Errorf("[%d]: %w", i, err)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, *text)
	}
	if len(out) == 0 {
		return nil, errors.New("the list is empty")
	}
	return out, nil
}

// isBracketed says whether a text is written as lists are.
func isBracketed(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]")
}
