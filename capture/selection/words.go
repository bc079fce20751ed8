package selection

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intentprobe/hooks"
)

// atoms are the plain words. `last` and the like are slices of these.
var atoms = map[string]atom{
	"all":             {match: func(*Token) bool { return true }},
	"prompt":          {match: func(t *Token) bool { return !t.Response }, prompt: true},
	"response":        {match: func(t *Token) bool { return t.Response && !t.Stop }},
	"stop":            {match: func(t *Token) bool { return t.Stop }, late: true},
	"system":          ofRole("system", true),
	"user":            ofRole("user", true),
	"assistant":       ofRole("assistant", false),
	"tool":            ofRole("tool", true),
	"developer":       ofRole("developer", true),
	"template":        ofRole("template", true),
	"prefill":         {match: func(t *Token) bool { return t.Prefill }, prompt: true},
	"reasoning":       {reasoning: true, match: func(t *Token) bool { return t.Reasoning }},
	"answer":          {reasoning: true, match: func(t *Token) bool { return t.Response && !t.Reasoning && !t.Ends && !t.Stop }},
	"content":         {role: "template", match: func(t *Token) bool { return t.Role != "template" && !t.Ends && !t.Stop }},
	"end_of_turn":     {match: func(t *Token) bool { return t.Response && t.Ends }, single: true},
	"first_generated": {match: func(t *Token) bool { return t.Response && t.First && !t.Stop }, single: true},
}

// ofRole selects the tokens of a role; prompt says that a response has none.
func ofRole(role string, prompt bool) atom {
	return atom{role: role, prompt: prompt, match: func(t *Token) bool { return t.Role == role }}
}

// Words are all names that an expression may hold, for hints.
func Words() []string {
	out := []string{"last", "last_content", "span:NAME", "every:N"}
	for name := range atoms {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// plain gives the node of a plain word.
func plain(name string) *atom {
	a := atoms[name]
	return &a
}

// readWord gives the node of a word.
func readWord(word string) (node, error) {
	kind, argument, _ := strings.Cut(word, ":")
	last := -1
	switch {
	case word == "":
		return nil, fmt.Errorf("a name is missing")
	case word == "last":
		return slice{a: plain("all"), from: &last}, nil
	case word == "last_content":
		return slice{a: both{plain("response"), plain("content")}, from: &last}, nil
	case kind == "span" && argument != "":
		return &atom{span: argument, match: func(t *Token) bool { return slices.Contains(t.Spans, argument) }}, nil
	case kind == "every":
		n, err := strconv.Atoi(argument)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q: after every: comes a number from 1", word)
		}
		return &atom{match: func(t *Token) bool { return t.Position%n == 0 }}, nil
	}
	if _, ok := atoms[word]; ok {
		return plain(word), nil
	}
	return nil, fmt.Errorf("%q is not known; nearest: %s", word, strings.Join(hooks.Nearest(word, Words()), ", "))
}
