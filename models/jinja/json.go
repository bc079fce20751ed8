package jinja

import (
	"math/big"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"intentprobe/models/jinja/python"
)

// jsonWriter is Python's json.dumps.
type jsonWriter struct {
	st                 *state
	out                builder
	ascii, sort        bool
	indent             *string
	itemMark, pairMark string
}

func toJSON(st *state, v any, a *arguments) any {
	p := a.take("tojson", "ensure_ascii", "indent", "separators", "sort_keys")
	w := jsonWriter{st: st, ascii: truth(or(p[0], false)), sort: truth(or(p[3], false)), itemMark: ", ", pairMark: ": "}
	switch indent := or(p[1], nil).(type) {
	case nil:
	case str:
		w.indent = &indent.s
	default:
		s := strings.Repeat(" ", st.times(1, wantInt("tojson", indent)))
		w.indent = &s
	}
	if w.indent != nil {
		w.itemMark = ","
	}
	if marks := or(p[2], nil); marks != nil {
		pair := items(st, marks)
		if len(pair) != 2 {
			fail("tojson(): separators must be two texts")
		}
		w.itemMark, w.pairMark = wantText("tojson", pair[0]).s, wantText("tojson", pair[1]).s
	}
	w.value(v, 0)
	return w.out.str()
}

func (w *jsonWriter) put(s string) {
	w.st.take(len(s))
	w.out.add(text(s))
}

func (w *jsonWriter) line(depth int) {
	if w.indent != nil {
		w.put("\n")
		for range depth {
			w.put(*w.indent)
		}
	}
}

func (w *jsonWriter) value(v any, depth int) {
	if depth > deepest {
		fail("values within each other, more than %d deep", deepest)
	}
	switch v := v.(type) {
	case nil:
		w.put("null")
	case bool:
		w.put(map[bool]string{true: "true", false: "false"}[v])
	case int64, *big.Int:
		w.put(w.st.repr(v).s)
	case float64:
		w.put(jsonFloat(v))
	case str:
		w.text(v)
	case *list:
		if len(v.items) == 0 {
			w.put("[]")
			return
		}
		w.put("[")
		for i, item := range v.items {
			if i > 0 {
				w.put(w.itemMark)
			}
			w.line(depth + 1)
			w.value(item, depth+1)
		}
		w.line(depth)
		w.put("]")
	case *dict:
		w.object(v, depth)
	default:
		fail("Object of type %s is not JSON serializable", typeName(v))
	}
}

func jsonFloat(f float64) string {
	return map[string]string{"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[python.Float(f)] + map[bool]string{true: python.Float(f)}[f-f == 0]
}

func (w *jsonWriter) object(d *dict, depth int) {
	if len(d.keys) == 0 {
		w.put("{}")
		return
	}
	places := make([]int, len(d.keys))
	for i := range places {
		places[i] = i
	}
	if w.sort {
		sort.SliceStable(places, func(i, j int) bool {
			c, ok := w.st.order(d.keys[places[i]], d.keys[places[j]])
			if !ok {
				fail("keys of different types cannot be sorted")
			}
			return c < 0
		})
	}
	w.put("{")
	for n, i := range places {
		if n > 0 {
			w.put(w.itemMark)
		}
		w.line(depth + 1)
		switch key := d.keys[i].(type) {
		case str:
			w.text(key)
		case nil:
			w.put(`"null"`)
		case bool:
			w.put(map[bool]string{true: `"true"`, false: `"false"`}[key])
		case int64, *big.Int:
			w.put(`"` + repr(key) + `"`)
		case float64:
			w.put(`"` + jsonFloat(key) + `"`)
		default:
			fail("keys must be str, int, float, bool or None, not %s", typeName(key))
		}
		w.put(w.pairMark)
		w.value(d.values[i], depth+1)
	}
	w.line(depth)
	w.put("}")
}

// text writes a text in quotes. What is not escaped keeps its runs.
func (w *jsonWriter) text(s str) {
	w.put(`"`)
	plain := 0 // where what is not escaped begins
	upTo := func(i int) {
		if plain < i {
			w.st.take(i - plain)
			w.st.step(64 * len(s.runs))
			w.out.add(s.sub(plain, i))
		}
	}
	for i, r := range s.s {
		if escaped := w.escaped(r); escaped != "" {
			upTo(i)
			w.put(escaped)
			plain = i + utf8.RuneLen(r)
		}
	}
	if s.s == "" {
		w.out.add(s)
	}
	upTo(len(s.s))
	w.put(`"`)
}

// escaped gives how a character is written that cannot stand for itself; else "".
func (w *jsonWriter) escaped(r rune) string {
	switch r {
	case '"', '\\':
		return `\` + string(r)
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	case '\f':
		return `\f`
	case '\b':
		return `\b`
	}
	switch {
	case r < 0x20 || (w.ascii && r >= 0x7f && r < 0x10000):
		return `\u` + python.Hex(r, 4)
	case w.ascii && r >= 0x10000:
		high, low := utf16.EncodeRune(r)
		return `\u` + python.Hex(high, 4) + `\u` + python.Hex(low, 4)
	}
	return ""
}
