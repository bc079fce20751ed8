package studyfile

import (
	"maps"
	"slices"
	"strings"

	"intentprobe/capture/intent"
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
