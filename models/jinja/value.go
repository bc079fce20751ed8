package jinja

import (
	"math/big"

	"intentprobe/models/jinja/python"
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

func missing(name string) undefined { return undefined{python.Quote(name) + " is undefined"} }

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
	fail("%s object is not iterable", python.Quote(typeName(v)))
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
	fail("object of type %s has no len()", python.Quote(typeName(v)))
	return 0
}

// arguments are those of a call.
type arguments struct {
	pos   []any
	names []string
	named []any
}

// dict is Python's dict: it keeps the order in which keys came.
type dict struct {
	keys, values []any
	at           map[any]int
}

// loop is what `loop` is in the body of a `for`.
type loop struct {
	items   []any
	at      int
	depth   int
	changed []any
	again   func(items []any) str // nil if the loop is not recursive
}
