package spec

import (
	"errors"
	"strings"
	"testing"

	"intentprobe/capture/hint"
	"intentprobe/capture/internal/expect"
)

func TestTemplatesThatCannotBeRead(t *testing.T) {
	for text, part := range map[string]string{
		"a {n": "not closed", "{": "not closed", "{a{n}": "not closed", "n} b": "closes nothing", "{n}}": "closes nothing", "{}": "names no variable", "{ }": "names no variable", "\xff": "UTF-8",
	} {
		_, err := ParseTemplate("system of condition \"a\"", text)
		expect.Refused(t, err, `system of condition "a"`, part)
	}
}

// FuzzTemplate parses a text as a template: what is parsed can be filled in and
// gives, its values being braces, what a plain reading gives.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"", "a", "{a}", "{{a}}", "{{{a}}}", "}{", "}}", "{{", "{", "}", "{a", "{a{b}}", "{}", "{ }", "{b}{a}x{b}", "{{}}", "é{a}\xff", `{"a": 1}`, "{id}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var usage *hint.UsageError
		parsed, err := ParseTemplate("x", text)
		if err != nil {
			if !errors.As(err, &usage) || usage.Hint() == "" {
				t.Fatalf("%T without a hint: %v", err, err)
			}
			return
		}
		vars := map[string]string{}
		var want strings.Builder
		for i, literal := range parsed.literals {
			want.WriteString(literal)
			if i < len(parsed.names) {
				vars[parsed.names[i]] = "{x}}"
				want.WriteString("{x}}")
			}
		}
		got, err := parsed.Fill(func(name string) (string, error) { return vars[name], nil })
		if err != nil || got != want.String() {
			t.Fatalf("%q filled in is %q, not %q", text, got, want.String())
		}
		escape := strings.NewReplacer("{", "{{", "}", "}}")
		plain, err := ParseTemplate("x", escape.Replace(text))
		if err != nil || len(plain.names) > 0 || plain.literals[0] != text {
			t.Fatalf("%q does not come back from its escapes: %v, %v", text, plain, err)
		}
	})
}
