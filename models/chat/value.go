package chat

import (
	"strings"

	"intentprobe/models/jinja"
)

// reasoningKeys are those under which a message has what its author thought.
var reasoningKeys = []string{"reasoning_content", "thinking", "reasoning"}

// inParts gives the numbers of the messages whose content is a list of parts and for
// which something holds.
func (in *Input) inParts(holds func(i int) bool) map[int]bool {
	out := map[int]bool{}
	for i := range in.Messages {
		if in.Messages[i].parts != nil && holds(i) {
			out[i] = true
		}
	}
	return out
}

// hasParts says whether each part of a message's content stands in the text, if only
// trimmed.
func (c *Rendered) hasParts(m *Message, number int) bool {
	for i, from := range m.parts {
		to := len(m.Content)
		if i+1 < len(m.parts) {
			to = m.parts[i+1] - len(partEnd)
		}
		there := strings.TrimSpace(m.Content[from:to]) == ""
		for _, p := range c.Parts {
			there = there || p.Message == number && p.At < to && p.At+p.To-p.From > from
		}
		if !there {
			return false
		}
	}
	return true
}

// value makes what the template sees of message i: its texts are marked, so that they
// are found again; with its parts as one text, or as they are. What it thought counts
// as its text from after the content on.
func (in *Input) value(i int, joined bool) (any, error) {
	m := &in.Messages[i]
	goesOn := in.Continue && i == len(in.Messages)-1
	mark := func(text string, at int, last bool) any {
		v := jinja.Marked(text, i, at)
		if goesOn && last {
			v = jinja.Join(v, continueMark)
		}
		return v
	}
	if m.Written == nil {
		return jinja.Object("role", jinja.Text(m.Role), "content", mark(m.Content, 0, true)), nil
	}
	written := m.Written
	if joined {
		written = written.Clone()
		written.Set("content", QuoteJSON(m.Content))
	}
	text, err := written.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return jinja.FromJSON(text, func(path []any, text string) any {
		switch {
		case len(path) == 1 && path[0] == "content":
			return mark(text, 0, true)
		case len(path) == 1 && contains(reasoningKeys, path[0]):
			return mark(text, len(m.Content)+len(partEnd), false)
		case len(path) == 3 && path[0] == "content" && path[2] == "text":
			n, _ := path[1].(int)
			return mark(text, m.parts[n], n == len(m.parts)-1)
		}
		return jinja.Text(text)
	})
}

func contains(list []string, key any) bool {
	for _, s := range list {
		if s == key {
			return true
		}
	}
	return false
}
