package jinja

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// The values of a template: nil (None), bool, int64, *big.Int (what int64 cannot
// hold; it is printed and compared, and nothing is computed with it), float64, str, *list (also
// Python's tuple), *dict, *lazy, *span (range), undefined, *namespace, *loop,
// *function.

type list struct {
	items []any
	tuple bool
}

// lazy is what Python makes without a length: a generator, which is empty after
// it was walked once, or the view that a dict's items() is.
type lazy struct {
	items []any
	view  string // dict_items, dict_keys, dict_values; empty: a generator
}

// span is Python's range.
type span struct{ start, stop, step int64 }

func (r *span) length() int {
	switch {
	case r.step > 0 && r.start < r.stop:
		return int((r.stop - r.start + r.step - 1) / r.step)
	case r.step < 0 && r.start > r.stop:
		return int((r.start - r.stop - r.step - 1) / -r.step)
	}
	return 0
}

type namespace struct{ attrs map[string]any }

// function is anything that can be called: a global, a method, a macro.
type function struct {
	name string
	call func(st *state, args *arguments) any
}

// undefined is a name, attribute or element that is not there. It prints as
// nothing and fails with its message where more is asked of it.
type undefined struct{ message string }

func (u undefined) fail() { fail("%s", u.message) }

func missing(name string) undefined { return undefined{quote(name) + " is undefined"} }

func notThere(v any, key any) undefined {
	kind := typeName(v) + " object"
	if v == nil {
		kind = "None"
	}
	if name, ok := key.(str); ok {
		return undefined{quote(kind) + " has no attribute " + quote(name.s)}
	}
	return undefined{kind + " has no element " + repr(key)}
}

// typeName is the name of the value's type in Python.
func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case str:
		if v.safe {
			return "Markup"
		}
		return "str"
	case *list:
		if v.tuple {
			return "tuple"
		}
		return "list"
	case *dict:
		return "dict"
	case *lazy:
		if v.view != "" {
			return v.view
		}
		return "generator"
	case *span:
		return "range"
	case undefined:
		return "Undefined"
	case *namespace:
		return "Namespace"
	case *loop:
		return "LoopContext"
	}
	return "function"
}

// truth is Python's bool().
func truth(v any) bool {
	switch v := v.(type) {
	case nil, undefined:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case float64:
		return v != 0
	case str:
		return v.s != ""
	case *list:
		return len(v.items) > 0
	case *dict:
		return len(v.keys) > 0
	case *lazy:
		return v.view == "" || len(v.items) > 0
	case *span:
		return v.length() > 0
	}
	return true
}

// printed is Python's str(), with the runs of a text.
func (st *state) printed(v any) str {
	switch v := v.(type) {
	case str:
		return v
	case undefined:
		return str{}
	}
	return st.repr(v)
}

const deepest = 100 // lists and objects within each other, printed or compared

// repr is Python's repr().
func (st *state) repr(v any) str {
	var b strings.Builder
	st.writeRepr(&b, v, 0)
	return text(b.String())
}

// repr is Python's repr() of what is small: keys, numbers.
func repr(v any) string {
	var b strings.Builder
	small := &state{limits: Limits{Steps: 1 << 16, Bytes: 1 << 20}}
	small.writeRepr(&b, v, 0)
	return b.String()
}

// writeRepr writes Python's repr().
func (st *state) writeRepr(b *strings.Builder, v any, depth int) {
	st.take(16)
	if depth > deepest {
		fail("values within each other, more than %d deep", deepest)
	}
	all := func(items []any) {
		for i, item := range items {
			if i > 0 {
				b.WriteString(", ")
			}
			st.writeRepr(b, item, depth+1)
		}
	}
	switch v := v.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		b.WriteString(map[bool]string{true: "True", false: "False"}[v])
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case *big.Int:
		st.take(v.BitLen() / 3)
		b.WriteString(v.String())
	case float64:
		b.WriteString(floatRepr(v))
	case str:
		st.take(4 * len(v.s))
		if v.safe {
			b.WriteString("Markup(" + quote(v.s) + ")")
			return
		}
		b.WriteString(quote(v.s))
	case *list:
		open, end := "[", "]"
		if v.tuple {
			open, end = "(", ")"
			if len(v.items) == 1 {
				end = ",)"
			}
		}
		b.WriteString(open)
		all(v.items)
		b.WriteString(end)
	case *dict:
		b.WriteString("{")
		for i, key := range v.keys {
			if i > 0 {
				b.WriteString(", ")
			}
			st.writeRepr(b, key, depth+1)
			b.WriteString(": ")
			st.writeRepr(b, v.values[i], depth+1)
		}
		b.WriteString("}")
	case *lazy:
		if v.view == "" {
			b.WriteString("<generator object>")
			return
		}
		b.WriteString(v.view + "([")
		all(v.items)
		b.WriteString("])")
	case *span:
		b.WriteString("range(" + strconv.FormatInt(v.start, 10) + ", " + strconv.FormatInt(v.stop, 10))
		if v.step != 1 {
			b.WriteString(", " + strconv.FormatInt(v.step, 10))
		}
		b.WriteString(")")
	case undefined:
		b.WriteString("Undefined")
	default:
		b.WriteString("<" + typeName(v) + ">")
	}
}

// quote writes a text as a Python literal.
func quote(s string) string {
	mark := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		mark = '"'
	}
	b := []byte{mark}
	for _, r := range s {
		switch {
		case r == rune(mark) || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case unicode.IsPrint(r):
			b = append(b, string(r)...)
		case r < 0x100:
			b = append(b, `\x`+hex(r, 2)...)
		case r < 0x10000:
			b = append(b, `\u`+hex(r, 4)...)
		default:
			b = append(b, `\U`+hex(r, 8)...)
		}
	}
	return string(append(b, mark))
}

func hex(r rune, digits int) string {
	s := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", max(0, digits-len(s))) + s
}

// floatRepr is Python's repr of a float.
func floatRepr(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// items walks a value as `for` does.
func items(st *state, v any) []any {
	switch v := v.(type) {
	case str:
		st.take(48 * len(v.s))
		return v.chars()
	case *list:
		return v.items
	case *dict:
		return v.keys
	case *lazy:
		out := v.items
		if v.view == "" {
			v.items = nil
		}
		return out
	case *span:
		st.take(16 * v.length())
		out := make([]any, v.length())
		for i := range out {
			out[i] = v.start + int64(i)*v.step
		}
		return out
	case undefined:
		return nil
	case *loop:
		fail("'loop' cannot be walked")
	}
	fail("%s object is not iterable", quote(typeName(v)))
	return nil
}

// length is Python's len().
func length(v any) int {
	switch v := v.(type) {
	case str:
		return v.length()
	case *list:
		return len(v.items)
	case *dict:
		return len(v.keys)
	case *lazy:
		if v.view != "" {
			return len(v.items)
		}
	case *span:
		return v.length()
	case undefined:
		return 0
	case *loop:
		return len(v.items)
	}
	fail("object of type %s has no len()", quote(typeName(v)))
	return 0
}
