package label

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/match"
	"intentprobe/capture/textfile"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// Rules are the rules that compare a response.
var Rules = []string{"contains", "equals", "starts", "regex"}

// Rule compares each sample's response with the answer of its row, or with an
// expression. docs/labels.md says what every rule does.
type Rule struct {
	Kind   string `json:"rule"`             // one of Rules
	Answer string `json:"answer,omitempty"` // key of the row: a text or a list of texts
	Wrong  string `json:"wrong,omitempty"`  // key of wrong answers; empty: none
	Regex  string `json:"regex,omitempty"`  // of the rule regex, in Go's (RE2) syntax
	Exact  bool   `json:"exact"`            // compare texts as they are
	True   string `json:"true"`             // value of a right response
	False  string `json:"false"`            // and of any other
}

// ByRule labels samples by a rule. Errors are *hint.UsageError, a
// *disk.LockedError, or come from the files.
func ByRule(dir string, rule Rule, opt Options) (*Summary, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	expression, err := rule.check()
	if err != nil {
		return nil, err
	}
	r, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	samples, err := r.where(opt.Where)
	if err != nil {
		return nil, err
	}
	list := make([]labels.Label, 0, len(samples))
	for _, s := range samples {
		label := labels.Label{SampleID: s.SampleID}
		if expression != nil {
			label.Value = rule.value(strings.TrimSpace(s.Response) != "", expression.MatchString(s.Response), false)
		} else if label.Value, err = rule.compare(s); err != nil {
			return nil, err
		}
		list = append(list, label)
	}
	how := struct {
		Rule
		Where []string `json:"where,omitempty"`
	}{rule, opt.Where}
	return r.write(labels.Rule, opt, []string{rule.True, rule.False}, how, list)
}

// check refuses a rule that says nothing, and gives the expression of the rule regex.
func (r *Rule) check() (*regexp.Regexp, error) {
	if !slices.Contains(Rules, r.Kind) {
		return nil, hint.Usage(fmt.Errorf("no rule %q", r.Kind), "rules: "+strings.Join(Rules, ", ")+", knowledge")
	}
	if err := checkValues([]string{r.True, r.False}); err != nil {
		return nil, err
	}
	if r.Kind != "regex" {
		if r.Regex != "" {
			return nil, hint.Usage(fmt.Errorf("an expression with the rule %s", r.Kind), "use ", hint.Option("rule"), " regex, or leave the expression out")
		}
		return nil, nil
	}
	if r.Regex == "" || r.Wrong != "" {
		return nil, hint.Usage(errors.New("the rule regex takes an expression, and no wrong answers"), "for example ", hint.Option("rule"), " regex ", hint.Option("regex"), ` "(?i)\byes\b"`)
	}
	r.Answer = ""
	expression, err := regexp.Compile(r.Regex)
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("the expression: %w", err), "Go's (RE2) syntax; (?i) in front ignores case")
	}
	return expression, nil
}

// value gives the value of a response in which right and wrong stand, or not.
func (r *Rule) value(said, right, wrong bool) string {
	switch {
	case !said || right && wrong:
		return labels.Ambiguous
	case right:
		return r.True
	}
	return r.False
}

// compare gives the value of a sample by the answers of its row.
func (r *Rule) compare(s *rundir.Sample) (string, error) {
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

// exactly is the option that compares texts as they are.
const exactly = hint.Option("normalise=false")

// phrases gives the texts that stand under a key of a sample's row.
func (r *Rule) phrases(s *rundir.Sample, key string) (out []match.Phrase, err error) {
	texts, err := textsOf(s, key)
	if errors.Is(err, errNoText) {
		return nil, noKey(key, s, "; ", hint.Option("where"), " KEY=VALUE labels some of the samples")
	}
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("%s: %q: %w", placeOf(s), key, err), "an answer is a text, a number, or a list of them")
	}
	for _, text := range texts {
		if textfile.Bracketed(text) && !r.Exact {
			return nil, hint.Usage(fmt.Errorf("%s: the text %q under %q looks like a list and is none in JSON", placeOf(s), text, key),
				`write a list as JSON, also in the cell of a table: ["8", "eight"]; or compare exactly with `, exactly)
		}
		p := match.NewPhrase(text, r.Exact)
		if p.Empty() {
			return nil, hint.Usage(fmt.Errorf("%s: the text %q under %q has no word", placeOf(s), text, key),
				"write a word or a number, or compare exactly with ", exactly)
		}
		out = append(out, p)
	}
	return out, nil
}
