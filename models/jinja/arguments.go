package jinja

import "intentprobe/models/jinja/python"

// take gives the arguments of a function with these parameters, nil for one that
// was not given; further ones are an error.
func (a *arguments) take(function string, params ...string) []any {
	if len(a.pos) > len(params) {
		fail("%s() takes at most %d arguments, %d were given", function, len(params), len(a.pos))
	}
	out := make([]any, len(params))
	for i := range out {
		out[i] = absent{}
	}
	copy(out, a.pos)
	for i, n := range a.names {
		at := -1
		for j, p := range params {
			if p == n {
				at = j
			}
		}
		if at < 0 {
			fail("%s() got an unexpected keyword argument %s", function, python.Quote(n))
		}
		if at < len(a.pos) {
			fail("%s() got multiple values for argument %s", function, python.Quote(n))
		}
		out[at] = a.named[i]
	}
	return out
}

// absent stands for an argument that was not given.
type absent struct{}

// or gives the argument, or what stands for it where it is not given.
func or(v, otherwise any) any {
	if _, no := v.(absent); no {
		return otherwise
	}
	return v
}

// need gives the argument and fails where it is not given.
func need(function, param string, v any) any {
	if _, no := v.(absent); no {
		fail("%s() missing required argument: %s", function, python.Quote(param))
	}
	return v
}

func wantText(function string, v any) str {
	s, ok := v.(str)
	if !ok {
		if u, no := v.(undefined); no {
			u.fail()
		}
		fail("%s(): expected str, got %s", function, typeName(v))
	}
	return s
}

func wantInt(function string, v any) int {
	switch v := v.(type) {
	case int64:
		const most = 1 << 40
		return int(max(-most, min(most, v)))
	case bool:
		if v {
			return 1
		}
		return 0
	case undefined:
		v.fail()
	}
	fail("%s(): expected int, got %s", function, typeName(v))
	return 0
}
