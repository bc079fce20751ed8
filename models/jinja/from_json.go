package jinja

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Object makes a dict of pairs: a key, its value, the next key and so on.
func Object(pairs ...any) any {
	d := &dict{}
	for i := 0; i+1 < len(pairs); i += 2 {
		d.set(text(pairs[i].(string)), pairs[i+1])
	}
	return d
}

// List makes a list of values.
func List(values ...any) any { return &list{items: values} }

// Text makes a value of a text.
func Text(s string) any { return text(s) }

// Marked gives a text as a value whose parts can be found again in the output: it is
// the part of its source that begins at byte at.
func Marked(text string, source, at int) any {
	return str{s: text, runs: []Run{{0, len(text), source, at}}}
}

// Join appends a text to a value made with Marked.
func Join(marked any, behind string) any { return concat(marked.(str), text(behind)) }

// mostDigits is what a whole number may have; Python reads no more either.
const mostDigits = 4300

func number(s string) any {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i
	}
	if !strings.ContainsAny(s, ".eE") && len(s) <= mostDigits {
		if i, ok := new(big.Int).SetString(s, 10); ok {
			return i
		}
	}
	f, _ := strconv.ParseFloat(s, 64) // JSON's numbers parse, or are beyond float64: infinite
	return f
}

// FromJSON reads a JSON text; the keys of objects keep their order. mark, if not
// nil, is asked about every text, by the keys and numbers that lead to it, and
// gives the value to put in its place.
func FromJSON(source []byte, mark func(path []any, text string) any) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(source))
	dec.UseNumber()
	v, err := decode(dec, nil, mark)
	if err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

func decode(dec *json.Decoder, path []any, mark func([]any, string) any) (any, error) {
	if len(path) > deepest {
		return nil, fmt.Errorf("JSON is nested more than %d deep", deepest)
	}
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case string:
		if mark != nil {
			return mark(path, t), nil
		}
		return text(t), nil
	case json.Number:
		return number(t.String()), nil
	case json.Delim:
		if t == '[' {
			out := &list{}
			for dec.More() {
				item, err := decode(dec, append(path, len(out.items)), mark)
				if err != nil {
					return nil, err
				}
				out.items = append(out.items, item)
			}
			_, err := dec.Token()
			return out, err
		}
		out := &dict{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			value, err := decode(dec, append(path, key), mark)
			if err != nil {
				return nil, err
			}
			out.set(text(key.(string)), value)
		}
		_, err := dec.Token()
		return out, err
	}
	return token, nil // null, true, false
}
