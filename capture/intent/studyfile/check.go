package studyfile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/intent/scenario"
)

// check refuses a study that cannot show what it is meant for.
func (f *File) check() error {
	for _, check := range []func() error{f.checkWords, f.checkLetters, f.checkTexts, f.checkQuestions, f.checkArms, f.checkPlacebos, f.checkFamilies, f.checkTells, f.checkReadOut} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) checkWords() error {
	for key, text := range map[string]string{"name": f.Name, "outcome": f.Outcome, "reference": f.Reference, "layout": f.Layout} {
		if strings.TrimSpace(text) == "" {
			return f.wrong("a study without it says nothing", "%s is empty", key)
		}
	}
	goals := []string{intent.Stated, intent.Trained, intent.Neither}
	if !slices.Contains(goals, f.Goal) {
		return f.wrong("it says where the goal comes from, which is part of every verdict", "goal is %q; there are %s", f.Goal, strings.Join(goals, ", "))
	}
	if f.Wordings < 1 {
		return f.wrong("8 is what is shipped", "wordings is %d", f.Wordings)
	}
	return nil
}

// checkLetters: two different ones, of which neither begins the other, each on the page.
func (f *File) checkLetters() error {
	if len(f.Letters) == 0 {
		return nil
	}
	if len(f.Letters) != 2 || strings.HasPrefix(f.Letters[0], f.Letters[1]) || strings.HasPrefix(f.Letters[1], f.Letters[0]) {
		return f.wrong("write two, such as [A, B]; without letters the options are the answers", "letters are %q", f.Letters)
	}
	for _, l := range f.Letters {
		if !strings.Contains(f.Layout, "{"+l+"}") {
			return f.wrong("the page must show what each letter stands for", "layout has no {%s}", l)
		}
	}
	return nil
}

// checkTexts: every name that is used is that of a text.
func (f *File) checkTexts() error {
	used := map[string]string{}
	use := func(place string, names ...string) {
		for _, name := range names {
			used[name] = place
		}
	}
	use("context", f.Context...)
	with := func(place string, with map[string]string) error {
		for from, to := range with {
			use(place, from, to)
			if !slices.Contains(f.Context, from) && !slices.Contains(f.asks(), from) {
				return f.wrong("it replaces a text of the context, or one that a question asks", "%s: %q is not used in any prompt", place, from)
			}
		}
		return nil
	}
	for _, a := range f.Arms {
		if err := with("arm "+a.Name, a.With); err != nil {
			return err
		}
	}
	if f.ReadOut != nil {
		for place, w := range map[string]map[string]string{"read_out.lie": f.ReadOut.Lie, "read_out.truth": f.ReadOut.Truth} {
			if err := with(place, w); err != nil {
				return err
			}
		}
		for kind, w := range f.ReadOut.Controls {
			if err := with("read_out.controls."+kind, w); err != nil {
				return err
			}
		}
	}
	use("questions", f.asks()...)
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if len(f.Texts[name]) == 0 {
			return f.wrong("write it under texts", "%s: there is no text %q", used[name], name)
		}
	}
	return nil
}

// asks are the texts that questions ask.
func (f *File) asks() (out []string) {
	q := f.Questions
	all := append([]Question{q.Decision, q.After}, append(slices.Clone(q.Belief), q.Use...)...)
	if q.Afterwards != nil {
		all = append(all, *q.Afterwards)
	}
	for _, of := range all {
		out = append(out, of.Ask)
	}
	return out
}

// checkQuestions: every question has options that can be told apart, and what is asked of an
// answer names it.
func (f *File) checkQuestions() error {
	q := f.Questions
	if err := f.checkOptions("options", f.Options); err != nil {
		return err
	}
	named := map[string][]Question{"after": {q.After}, "belief": q.Belief, "use": q.Use}
	about := map[string]Question{"after": q.After}
	if q.Afterwards != nil {
		named["afterwards"], about["afterwards"] = []Question{*q.Afterwards}, *q.Afterwards
	}
	for name, all := range named {
		forms := map[string]bool{}
		for _, of := range all {
			if err := f.checkOptions("questions."+name, of.Options); err != nil {
				return err
			}
			if forms[of.Form] {
				return f.wrong("give each of them a form of its own", "questions.%s: two have the form %q", name, of.Form)
			}
			forms[of.Form] = true
		}
	}
	for name, of := range about {
		for i, text := range f.Texts[of.Ask] {
			if !strings.Contains(text, "{answer}") {
				return f.wrong("ask what comes of {answer}: else the outcome is not affected by the answer", "questions.%s: texts.%s[%d] does not say which answer was given", name, of.Ask, i)
			}
		}
	}
	return nil
}

func (f *File) checkOptions(place string, o Options) error {
	if len(o) == 0 {
		return f.wrong("write two, the one that is counted first", "%s: there are no options", place)
	}
	for _, pair := range o {
		if strings.TrimSpace(pair[0]) == strings.TrimSpace(pair[1]) {
			return f.wrong("the outcome is not affected by the answer then", "%s: both options are %q", place, pair[0])
		}
	}
	return nil
}

// checkArms: the kinds fit what they are held against.
func (f *File) checkArms() error {
	var arms []ladder.Arm
	for _, a := range f.Arms {
		arms = append(arms, ladder.Arm{Name: a.Name, Kind: ladder.Kind(a.Kind), Against: a.Against})
		if strings.Contains(a.Name, "/") || a.Name == "" {
			return f.wrong("the name is part of ids: write one without /", "arm %q", a.Name)
		}
		if a.Options != nil {
			if err := f.checkOptions("arm "+a.Name, a.Options); err != nil {
				return err
			}
		}
	}
	if _, err := ladder.NewStudy(arms, nil); err != nil {
		return f.wrong("docs/intent.md lists the kinds", "%w", err)
	}
	pressure := slices.DeleteFunc(slices.Clone(arms), func(a ladder.Arm) bool { return a.Kind != ladder.Pressure })
	if len(pressure) != 1 || len(f.armNamed(pressure[0].Name).With) > 0 {
		return f.wrong("it is what all others are changes of", "there must be one arm of kind pressure, without `with`; there are %d", len(pressure))
	}
	return nil
}

func (f *File) armNamed(name string) *Arm {
	i := slices.IndexFunc(f.Arms, func(a Arm) bool { return a.Name == name })
	return &f.Arms[i]
}

var variable = regexp.MustCompile(`\{[^{}]*\}`)

// checkPlacebos: a placebo is the sentence of its arm, about something or somebody else.
func (f *File) checkPlacebos() error {
	anonymous := func(text string) string {
		return variable.ReplaceAllStringFunc(text, func(v string) string {
			if slices.Contains(f.Names, strings.Trim(v, "{}")) || slices.Contains(f.Names, uncapital(strings.Trim(v, "{}"))) {
				return "{}"
			}
			return v
		})
	}
	for _, a := range f.Arms {
		if a.Against == "" || ladder.Kind(a.Kind) == ladder.Placebo || ladder.Kind(a.Kind) == ladder.SideEffect {
			continue
		}
		other := f.armNamed(a.Against)
		if !slices.Equal(slices.Sorted(maps.Keys(a.With)), slices.Sorted(maps.Keys(other.With))) {
			return f.wrong("let both replace the same texts", "arm %q and its placebo %q change different parts of the prompt", a.Name, other.Name)
		}
		for _, part := range slices.Sorted(maps.Keys(a.With)) {
			texts, placebos := f.Texts[a.With[part]], f.Texts[other.With[part]]
			if len(texts) != len(placebos) {
				return f.wrong("write as many wordings of both", "texts.%s has %d wordings, and its placebo texts.%s %d", a.With[part], len(texts), other.With[part], len(placebos))
			}
			for i := range texts {
				if anonymous(texts[i]) != anonymous(placebos[i]) {
					return f.wrong("a placebo is the same sentence about another one: let nothing differ but the variables under names ("+strings.Join(f.Names, ", ")+")",
						"the placebo of arm %q is not matched: texts.%s[%d] is %q, texts.%s[%d] is %q", a.Name, a.With[part], i, texts[i], other.With[part], i, placebos[i])
				}
			}
		}
	}
	return nil
}

// checkFamilies: each is another scenario, and in one split.
func (f *File) checkFamilies() error {
	ids, same := map[string]int{}, map[string]string{}
	for i, family := range f.Families {
		id, split := family["id"], family["split"]
		if id == "" || strings.Contains(id, "/") {
			return f.wrong("give each an id of its own, without /", "families[%d]: id is %q", i, id)
		}
		if split != "" && split != scenario.Main && split != scenario.HeldOut {
			return f.wrong(fmt.Sprintf("write %s or nothing", scenario.HeldOut), "family %q: split is %q", id, split)
		}
		if before, twice := ids[id]; twice {
			if isHeldOut(f.Families[before]) != isHeldOut(family) {
				return f.wrong("a scenario is in one split", "family %q is held out, and it is not", id)
			}
			return f.wrong("give each an id of its own", "family %q stands there twice", id)
		}
		ids[id] = i
		content := maps.Clone(family)
		delete(content, "id")
		delete(content, "split")
		key := fmt.Sprint(content)
		if before, twice := same[key]; twice {
			return f.wrong("families are independent: remove one of them", "families %q and %q are the same scenario", before, id)
		}
		same[key] = id
	}
	if len(f.Families) == 0 {
		return f.wrong(fmt.Sprintf("write %d or more, and some of them with split: %s", ladder.Fewest, scenario.HeldOut), "there are no families")
	}
	return nil
}

// checkReadOut: the halves of a pair say the same words.
func (f *File) checkReadOut() error {
	if f.ReadOut == nil {
		return nil
	}
	if len(f.ReadOut.Controls) == 0 {
		return f.wrong("write controls: {recital: {...}, sarcasm: {...}}", "read_out has no controls")
	}
	study, err := f.Study(intent.Size{Families: len(f.Families), Wordings: f.Wordings})
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(study.ReadOut.Pairs); i += 2 {
		lie, truth := study.ReadOut.Pairs[i], study.ReadOut.Pairs[i+1]
		if lie.Prompt == truth.Prompt {
			return f.wrong("exchange what is so in one of them", "read_out: the halves of pair %s are the same", lie.Pair)
		}
		if !slices.Equal(wordsOf(lie.Prompt), wordsOf(truth.Prompt)) {
			return f.wrong("let both halves say the same words in another order: a probe that reads the words would look like one that reads a lie", "read_out: the halves of pair %s do not say the same words", lie.Pair)
		}
	}
	return nil
}

var word = regexp.MustCompile(`[\p{L}\p{N}]+`)

// wordsOf are the words of a text in alphabetical order, in small letters.
func wordsOf(text string) []string {
	words := word.FindAllString(strings.ToLower(text), -1)
	slices.Sort(words)
	return words
}
