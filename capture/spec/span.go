package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/storage/rundir"
)

// SpanRule declares a named stretch of a message or of the response: exactly one of
// Text, Regex and Range.
type SpanRule struct {
	Name  string `json:"name" yaml:"name"`
	Text  string `json:"text,omitempty" yaml:"text"`   // a template
	Regex string `json:"regex,omitempty" yaml:"regex"` // Go's (RE2) syntax
	Range []int  `json:"range,omitempty" yaml:"range"` // characters from, to (not included)
	In    string `json:"in,omitempty" yaml:"in"`       // a role, the number of a message, response, or any (empty)
	All   bool   `json:"all,omitempty" yaml:"all"`     // every occurrence, also none
}

// CheckSpans checks the rules under a key by themselves.
func CheckSpans(key string, rules []SpanRule) error {
	var names []string
	for _, r := range rules {
		names = append(names, r.Name)
		if err := r.check(key); err != nil {
			return err
		}
	}
	return checkNames(key, names)
}

func (r *SpanRule) check(key string) error {
	wrong := func(format string, args ...any) error {
		return hint.Usage(fmt.Errorf("%s: %q: %s", key, r.Name, fmt.Sprintf(format, args...)), "give it a name and one of text, regex and range; docs/experiments.md shows them")
	}
	if strings.ContainsAny(r.Name, " \t\r\n|&,!()[]:") {
		return wrong("its name holds a space or a sign of capture.tokens")
	}
	ways := 0
	for _, given := range []bool{r.Text != "", r.Regex != "", r.Range != nil} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return wrong("%d of text, regex and range are set", ways)
	}
	if _, err := regexp.Compile(r.Regex); err != nil {
		return wrong("%v", err)
	}
	if r.Range != nil && (len(r.Range) != 2 || r.Range[0] < 0 || r.Range[1] <= r.Range[0]) {
		return wrong("range is %v; want two numbers, from and to, the first the smaller", r.Range)
	}
	_, err := strconv.ParseUint(r.In, 10, 31)
	if err != nil && r.In != "" && r.In != "any" && r.In != "response" && RoleCode(r.In) < 0 {
		return wrong("in is %q; want system, user, assistant, tool, developer, the number of a message, response, or any", r.In)
	}
	return nil
}

// Applies says whether the rule looks into a message.
func (r *SpanRule) Applies(message int, role string) bool {
	return r.In == "" || r.In == "any" || r.In == role || r.In == strconv.Itoa(message)
}

// Find gives where the rule holds in a text, in bytes from and to; an expression that
// matches nothing at all there holds nowhere.
func (r *SpanRule) Find(text string) (out [][2]int) {
	switch {
	case r.Regex != "":
		for _, at := range regexp.MustCompile(r.Regex).FindAllStringIndex(text, -1) {
			if at[1] > at[0] {
				out = append(out, [2]int{at[0], at[1]})
			}
		}
	case r.Range != nil:
		if from, to := byteOffset(text, r.Range[0]), byteOffset(text, r.Range[1]); to > from {
			out = append(out, [2]int{from, to})
		}
	default:
		for from := 0; ; {
			i := strings.Index(text[from:], r.Text)
			if i < 0 {
				break
			}
			out = append(out, [2]int{from + i, from + i + len(r.Text)})
			from += i + len(r.Text)
		}
	}
	return out
}

// CheckFound refuses a rule that found too much or nothing, where that matters.
func (r *SpanRule) CheckFound(place string, found int) error {
	if r.All || found == 1 {
		return nil
	}
	where := "the messages"
	if r.In != "" && r.In != "any" {
		where = r.In
		if _, err := strconv.Atoi(r.In); err == nil {
			where = "message " + r.In
		}
	}
	what := r.Text + r.Regex
	if r.Range != nil {
		what = fmt.Sprintf("characters %d to %d", r.Range[0], r.Range[1])
	}
	if found == 0 {
		return hint.Usage(fmt.Errorf("%s: span %q: %q never occurs in %s", place, r.Name, what, where), "correct the rule, or set all: true where it may be missing")
	}
	return hint.Usage(fmt.Errorf("%s: span %q: %q occurs %d times in %s", place, r.Name, what, found, where), "choose a longer text, say in which message (in: user, in: 0), or set all: true to take every one")
}

// byteOffset is where character n of a text begins; its length for one after the last.
func byteOffset(text string, n int) int {
	for at := range text {
		if n == 0 {
			return at
		}
		n--
	}
	return len(text)
}

// RoleCode gives the index of a message's role in rundir.Roles, -1 if it has none there.
func RoleCode(role string) int8 {
	if role == "function" || role == "ipython" { // as older templates call it
		role = "tool"
	}
	if role == "template" { // nobody's
		return -1
	}
	return int8(slices.Index(rundir.Roles, role))
}
