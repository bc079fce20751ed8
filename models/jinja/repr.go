package jinja

import (
	"math/big"
	"strconv"
	"strings"

	"intentprobe/models/jinja/python"
)

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
		b.WriteString(python.Float(v))
	case str:
		st.take(4 * len(v.s))
		if v.safe {
			b.WriteString("Markup(" + python.Quote(v.s) + ")")
			return
		}
		b.WriteString(python.Quote(v.s))
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
