package studyfile

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"intentprobe/capture/intent/ladder"
)

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
