package dataset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
	"intentprobe/storage/plural"
)

// difference is one thing in which a row differs from the first of its pair.
type difference struct {
	what          string // a role, response, or span:NAME where only declared spans differ
	where         string
	before, after string
	declared      bool
}

// members lists the rows of each pair, in the order in which they begin. Rows of a
// stage of their own are of no pair.
func (d *Dataset) members() (out [][]*Row) {
	at := map[string]int{}
	for i := range d.Rows {
		r := &d.Rows[i]
		if r.Pair == nil || r.Stage != nil {
			continue
		}
		n, there := at[*r.Pair]
		if !there {
			n = len(out)
			at[*r.Pair] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], r)
	}
	return out
}

// checkPairs refuses pairs that differ in what pairs.differ does not declare, and
// those without their other half. The error is a *hint.UsageError that shows where.
func (d *Dataset) checkPairs(s *spec.Spec) error {
	if s.Pairs.Allow {
		return nil
	}
	var first string
	var undeclared []string // what is to be declared
	wrong := 0
	pairs := d.members()
	for _, members := range pairs {
		if len(members) == 1 {
			return hint.Usage(fmt.Errorf("%s: pair %q is without its other half", members[0].Place, *members[0].Pair), "give its other row the same pair, or let all pass with pairs: {allow: true} (", hint.Key("pairs.allow"), "=true)")
		}
		bad := false
		for _, other := range members[1:] {
			var shown []string
			for _, diff := range compareRows(s, members[0], other) {
				if diff.declared {
					continue
				}
				bad = true
				if !slices.Contains(undeclared, diff.what) {
					undeclared = append(undeclared, diff.what)
				}
				if first == "" && len(shown) < 3 {
					text, _ := wordDiff(diff.before, diff.after)
					shown = append(shown, diff.where+": "+text)
				}
			}
			if first == "" && bad {
				first = fmt.Sprintf("pair %q: %s and %s differ in what pairs.differ does not declare: %s", *other.Pair, members[0].Place, other.Place, strings.Join(shown, "; "))
			}
		}
		if bad {
			wrong++
		}
	}
	if wrong == 0 {
		return nil
	}
	all := append(s.Pairs.Declared(), undeclared...)
	differ := "differ"
	if len(pairs) == 1 {
		differ = "differs"
	}
	return hint.Usage(fmt.Errorf("%s; %d of %s %s so", first, wrong, plural.Count(len(pairs), "pair"), differ),
		fmt.Sprintf("declare what may differ with pairs: {differ: [%s]}, or let everything pass with pairs: {allow: true} (", strings.Join(all, ", ")), hint.Key("pairs.differ"), "=..., ", hint.Key("pairs.allow"), "=true)")
}

// compareRows gives what a row differs in from the first of its pair, message by
// message and then the response.
func compareRows(s *spec.Spec, a, b *Row) (out []difference) {
	declared := s.Pairs.Declared()
	x, y := messagesOf(s, a), messagesOf(s, b)
	add := func(role, where string, before, after read) {
		if before.text == after.text && before.there == after.there && before.beside == after.beside {
			return
		}
		if before.text == after.text && before.there == after.there { // they differ beside it
			before, after = read{text: before.beside, there: true}, read{text: after.beside, there: true}
			where += ", beside its content"
		}
		diff := difference{what: role, where: where, before: before.text, after: after.text, declared: slices.Contains(declared, role)}
		if before.there && after.there {
			textA, names := before.without(declared)
			textB, _ := after.without(declared)
			if textA == textB {
				diff.what, diff.declared = "span:"+strings.Join(names, ","), true
			}
		}
		out = append(out, diff)
	}
	i, j := 0, 0
	for _, step := range align(x, y) {
		for range []rune(step.Text) {
			switch step.Type {
			case diffmatchpatch.DiffEqual:
				add(x[i].role, fmt.Sprintf("message %d (%s)", i, x[i].role), x[i], y[j])
				i, j = i+1, j+1
			case diffmatchpatch.DiffDelete:
				add(x[i].role, fmt.Sprintf("message %d (%s), which the second has not", i, x[i].role), x[i], read{})
				i++
			case diffmatchpatch.DiffInsert:
				add(y[j].role, fmt.Sprintf("message %d (%s), which the first has not", j, y[j].role), read{}, y[j])
				j++
			}
		}
	}
	add("response", "response", responseOf(a), responseOf(b))
	add("tools", "tools", read{text: string(a.Tools), there: true}, read{text: string(b.Tools), there: true})
	add("documents", "documents", read{text: string(a.Documents), there: true}, read{text: string(b.Documents), there: true})
	return out
}

// read is a text of a row, with the spans that are declared in it.
type read struct {
	role, text string
	beside     string // what a message has beside its content
	there      bool
	spans      []*spec.SpanRule
}

// messagesOf gives the messages that the model will read, chat.system included.
func messagesOf(s *spec.Spec, r *Row) (out []read) {
	messages := r.Messages
	if len(messages) == 0 {
		messages = []chat.Message{{Role: "user", Content: r.Prompt}}
	}
	if s.Chat.System != "" && !slices.ContainsFunc(messages, func(m chat.Message) bool { return m.Role == "system" }) {
		out = append(out, read{role: "system", text: s.Chat.System, there: true})
	}
	added := len(out)
	for i, m := range messages {
		text := read{role: m.Role, text: m.Content, beside: m.Beside(), there: true}
		for j := range r.Spans {
			if r.Spans[j].Applies(added+i, m.Role) {
				text.spans = append(text.spans, &r.Spans[j])
			}
		}
		out = append(out, text)
	}
	return out
}

func responseOf(r *Row) read {
	if r.Response == nil {
		return read{}
	}
	out := read{role: "response", text: *r.Response, there: true}
	for i := range r.Spans {
		if r.Spans[i].In == "response" {
			out.spans = append(out.spans, &r.Spans[i])
		}
	}
	return out
}

// without takes the declared spans out of a text and names those that were there.
func (r *read) without(declared []string) (rest string, names []string) {
	var out [][2]int // from and to of each stretch
	for _, span := range r.spans {
		if !slices.Contains(declared, "span:"+span.Name) {
			continue
		}
		if found := span.Find(r.text); len(found) > 0 {
			out, names = append(out, found...), append(names, span.Name)
		}
	}
	slices.SortFunc(out, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
	var b strings.Builder
	at := 0
	for _, stretch := range out {
		if stretch[0] >= at {
			b.WriteString(r.text[at:stretch[0]])
			b.WriteString("\x00") // so that the rests are not joined
		}
		at = max(at, stretch[1])
	}
	b.WriteString(r.text[at:])
	return b.String(), names
}

// align matches messages by their roles.
func align(a, b []read) []diffmatchpatch.Diff {
	roles := func(list []read) []rune {
		out := make([]rune, len(list))
		for i, r := range list {
			out[i] = 'a' + rune(spec.RoleCode(r.role))
		}
		return out
	}
	return diffmatchpatch.New().DiffMainRunes(roles(a), roles(b), false)
}
