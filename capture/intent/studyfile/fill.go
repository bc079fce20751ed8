package studyfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"intentprobe/capture/spec"
)

// scope is where variables are looked up: what a prompt says of its own, then the keys of
// the family.
type scope struct {
	f      *File
	family map[string]string
	item   int               // which wording of each text
	with   map[string]string // texts that replace others
	own    map[string]string // variables of the prompt
}

// text is a named text, or the one in its place, in the wording of the scope.
func (s *scope) text(name string) (string, error) {
	if other, replaced := s.with[name]; replaced {
		name = other
	}
	texts := s.f.Texts[name]
	if len(texts) == 0 {
		return "", s.f.wrong("write it under texts", "there is no text %q", name)
	}
	return s.fill(fmt.Sprintf("texts.%s[%d]", name, s.item%len(texts)), texts[s.item%len(texts)])
}

// fill puts the variables into a text. A variable that begins with a capital is the one
// without, with a capital.
func (s *scope) fill(place, text string) (string, error) {
	t, err := spec.ParseTemplate(s.f.place+": "+place, text)
	if err != nil {
		return "", err
	}
	return t.Fill(func(name string) (string, error) {
		for _, values := range []map[string]string{s.own, s.family} {
			if value, ok := values[name]; ok {
				return value, nil
			}
			if value, ok := values[uncapital(name)]; ok {
				return capital(value), nil
			}
		}
		return "", s.f.wrong("give every family that key, or correct the name", "family %q: %s: there is no variable {%s}", s.family["id"], place, name)
	})
}

// context joins the texts that a prompt begins with; empty ones are left out.
func (s *scope) context() (string, error) {
	var parts []string
	for _, name := range s.f.Context {
		text, err := s.text(name)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " "), nil
}

// prompt is a whole one, and the answers for its two options; turned says that the second
// option stands first on the page.
func (s *scope) prompt(ask string, options [2]string, turned bool) (prompt string, answers [2]string, err error) {
	context, err := s.context()
	if err != nil {
		return "", answers, err
	}
	question, err := s.text(ask)
	if err != nil {
		return "", answers, err
	}
	own := map[string]string{"context": context, "question": question}
	answers = options
	if letters := s.f.Letters; len(letters) == 2 {
		first, second := 0, 1
		if turned {
			first, second = 1, 0
		}
		answers[first], answers[second] = letters[0], letters[1]
		own[letters[0]], own[letters[1]] = options[first], options[second]
	}
	page := *s
	page.own = own
	prompt, err = page.fill("layout", s.f.Layout)
	return prompt, answers, err
}

// pair fills the options that go with the wording.
func (s *scope) pair(place string, options Options) (out [2]string, err error) {
	for i, text := range options[s.item%len(options)] {
		if out[i], err = s.fill(place, text); err != nil {
			return out, err
		}
	}
	return out, nil
}

func capital(text string) string { return cased(text, unicode.ToUpper) }

func uncapital(text string) string { return cased(text, unicode.ToLower) }

func cased(text string, of func(rune) rune) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(of(first)) + text[size:]
}
