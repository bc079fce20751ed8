package capture

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/models"
)

// wantSpans reads the spans of a row: a list of rules, or {"name": "text"}.
func wantSpans(value json.RawMessage) ([]SpanRule, error) {
	var out []SpanRule
	if object, err := models.ReadObject(value); err == nil {
		for _, name := range slices.Sorted(slices.Values(object.Keys())) {
			text, err := models.ReadText(object.Get(name))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			out = append(out, SpanRule{Name: name, Text: text})
		}
		return out, checkSpans("spans", out)
	}
	_, items, err := listIn(value)
	if err != nil {
		return nil, fmt.Errorf("%w; spans are a list of rules or {name: text}", err)
	}
	for i, item := range items {
		object, err := models.ReadObject(item)
		if err != nil {
			return nil, fmt.Errorf("span %d: want {name, text}, got %s", i, models.TypeOf(item))
		}
		rule, err := wantSpan(object)
		if err != nil {
			return nil, fmt.Errorf("span %d: %w", i, err)
		}
		out = append(out, rule)
	}
	return out, checkSpans("spans", out)
}

// wantSpan reads one rule. A number under `in` is that of a message.
func wantSpan(object *models.Object) (SpanRule, error) {
	known := []string{"name", "text", "regex", "range", "in", "all"}
	for _, key := range object.Keys() {
		if !slices.Contains(known, key) {
			return SpanRule{}, fmt.Errorf("unknown key %q; nearest: %s", key, strings.Join(hooks.Nearest(key, known), ", "))
		}
	}
	if in, err := wantScalar(object.Get("in")); err == nil && in != nil {
		object = object.Clone()
		object.Set("in", models.QuoteJSON(*in))
	}
	var rule SpanRule
	text, err := object.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(text, &rule)
	}
	if err != nil {
		return rule, fmt.Errorf("want name, text or regex, range [from, to], in, all: %w", err)
	}
	return rule, nil
}

// checkSpans checks the rules under a key by themselves.
func checkSpans(key string, rules []SpanRule) error {
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
	if err != nil && r.In != "" && r.In != "any" && r.In != "response" && roleCode(r.In) < 0 {
		return wrong("in is %q; want system, user, assistant, tool, developer, the number of a message, response, or any", r.In)
	}
	return nil
}

// applies says whether the rule looks into a message.
func (r *SpanRule) applies(message int, role string) bool {
	return r.In == "" || r.In == "any" || r.In == role || r.In == strconv.Itoa(message)
}

// stretches gives where the rule holds in a text; an expression that matches nothing
// at all there holds nowhere.
func (r *SpanRule) stretches(text string) (out []stretch) {
	switch {
	case r.Regex != "":
		for _, at := range regexp.MustCompile(r.Regex).FindAllStringIndex(text, -1) {
			if at[1] > at[0] {
				out = append(out, stretch{at[0], at[1]})
			}
		}
	case r.Range != nil:
		if from, to := byteOffset(text, r.Range[0]), byteOffset(text, r.Range[1]); to > from {
			out = append(out, stretch{from, to})
		}
	default:
		for from := 0; ; {
			i := strings.Index(text[from:], r.Text)
			if i < 0 {
				break
			}
			out = append(out, stretch{from + i, from + i + len(r.Text)})
			from += i + len(r.Text)
		}
	}
	return out
}

// byteOffset is where character n of a text begins; its length behind the last.
func byteOffset(text string, n int) int {
	for at := range text {
		if n == 0 {
			return at
		}
		n--
	}
	return len(text)
}
