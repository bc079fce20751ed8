package jinja

import (
	"intentprobe/models/jinja/python"
)

// mutators are the methods that would change a value: the sandbox has none.
var mutators = map[string][]string{
	"list": {"append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"},
	"dict": {"clear", "pop", "popitem", "setdefault", "update"},
}

// method gives the attribute that Python's type has under this name, nil if none.
func method(of any, name string) any {
	var f func(st *state, a *arguments) any
	switch v := of.(type) {
	case str:
		if m, ok := strMethods[name]; ok {
			f = func(st *state, a *arguments) any {
				st.take(len(v.s))
				return m(st, v, a)
			}
		}
	case *dict:
		f = v.method(name)
	case *list:
		f = v.method(name)
	case float64:
		if name == "is_integer" {
			f = func(*state, *arguments) any { return v == float64(int64(v)) }
		}
	}
	if f != nil {
		return &function{name, f}
	}
	if contains(mutators[typeName(of)], name) {
		return undefined{"access to attribute " + python.Quote(name) + " of " + python.Quote(typeName(of)) + " object is unsafe."}
	}
	return nil
}

func (d *dict) method(name string) func(st *state, a *arguments) any {
	switch name {
	case "get":
		return func(st *state, a *arguments) any {
			p := a.take("get", "key", "default")
			key := need("get", "key", p[0])
			st.look(key)
			if v, ok := d.get(key); ok {
				return v
			}
			return or(p[1], nil)
		}
	case "items":
		return func(st *state, a *arguments) any {
			st.take(64 * len(d.keys))
			return &lazy{d.pairs(), "dict_items"}
		}
	case "keys":
		return func(*state, *arguments) any { return &lazy{d.keys, "dict_keys"} }
	case "values":
		return func(*state, *arguments) any { return &lazy{d.values, "dict_values"} }
	case "copy":
		return func(st *state, _ *arguments) any { return newDict(st, &arguments{pos: []any{d}}) }
	}
	return nil
}

func (l *list) method(name string) func(st *state, a *arguments) any {
	switch {
	case name == "index":
		return func(st *state, a *arguments) any {
			v := need("index", "value", a.take("index", "value")[0])
			for i, x := range l.items {
				if st.equal(x, v, 0) {
					return int64(i)
				}
			}
			fail("%s is not in list", repr(v))
			return nil
		}
	case name == "count":
		return func(st *state, a *arguments) any {
			v, n := need("count", "value", a.take("count", "value")[0]), int64(0)
			for _, x := range l.items {
				if st.equal(x, v, 0) {
					n++
				}
			}
			return n
		}
	case name == "copy" && !l.tuple:
		return func(*state, *arguments) any { return l }
	}
	return nil
}

// strMethods are those of Python's str.
var strMethods map[string]func(st *state, s str, a *arguments) any
