package jinja

import (
	"math"
	"math/big"

	"intentprobe/models/jinja/python"
)

// hash gives what equal keys have in common, and can be a key in Go.
func hash(key any) any {
	switch k := key.(type) {
	case str:
		return k.s
	case bool:
		if k {
			return int64(1)
		}
		return int64(0)
	case float64:
		if k == math.Trunc(k) && math.Abs(k) < 1<<62 {
			return int64(k)
		}
		return k
	case nil, int64:
		return k
	case *big.Int:
		return [2]string{"int", k.String()}
	case *list:
		if k.tuple {
			return [1]string{repr(k)}
		}
	case undefined:
		return k
	}
	fail("unhashable type: %s", python.Quote(typeName(key)))
	return nil
}

func (d *dict) get(key any) (any, bool) {
	i, ok := d.at[hash(key)]
	if !ok {
		return nil, false
	}
	return d.values[i], true
}

func (d *dict) set(key, value any) {
	h := hash(key)
	if i, ok := d.at[h]; ok {
		d.values[i] = value
		return
	}
	if d.at == nil {
		d.at = map[any]int{}
	}
	d.at[h] = len(d.keys)
	d.keys = append(d.keys, key)
	d.values = append(d.values, value)
}

// pairs gives the items as tuples.
func (d *dict) pairs() []any {
	out := make([]any, len(d.keys))
	for i := range out {
		out[i] = &list{[]any{d.keys[i], d.values[i]}, true}
	}
	return out
}

func newDict(st *state, a *arguments) *dict {
	out := &dict{}
	if len(a.pos) > 1 {
		fail("dict expected at most 1 argument, got %d", len(a.pos))
	}
	if len(a.pos) == 1 {
		if from, ok := a.pos[0].(*dict); ok {
			st.take(64 * len(from.keys))
			for i, key := range from.keys {
				st.look(key)
				out.set(key, from.values[i])
			}
		} else {
			for _, item := range items(st, a.pos[0]) {
				pair := items(st, item)
				if len(pair) != 2 {
					fail("dictionary update sequence element has length %d; 2 is required", len(pair))
				}
				st.take(64)
				st.look(pair[0])
				out.set(pair[0], pair[1])
			}
		}
	}
	for i, n := range a.names {
		out.set(text(n), a.named[i])
	}
	return out
}
