package jinja

import (
	"fmt"
	"strconv"
	"strings"

	"intentprobe/models/jinja/python"
)

// formatBraces is Python's text.format(...).
func formatBraces(st *state, s str, a *arguments) any {
	var b builder
	next := 0
	for at := 0; at < len(s.s); {
		i := strings.IndexAny(s.s[at:], "{}")
		if i < 0 {
			b.add(s.sub(at, len(s.s)))
			break
		}
		b.add(s.sub(at, at+i))
		at += i
		if at+1 < len(s.s) && s.s[at+1] == s.s[at] {
			b.add(s.sub(at, at+1))
			at += 2
			continue
		}
		end := strings.IndexByte(s.s[at:], '}')
		if s.s[at] == '}' || end < 0 {
			fail("Single %s encountered in format string", python.Quote(s.s[at:at+1]))
		}
		field := s.s[at+1 : at+end]
		at += end + 1
		field, spec, _ := strings.Cut(field, ":")
		field, conversion, _ := strings.Cut(field, "!")
		v := formatField(st, field, a, &next)
		if conversion == "r" {
			v = st.repr(v)
		} else if conversion == "s" {
			v = st.printed(v)
		}
		part := formatSpec(st, v, spec)
		st.take(len(part.s))
		b.add(part)
	}
	return b.str()
}

// formatField finds what {0.name[key]} names.
func formatField(st *state, field string, a *arguments, next *int) any {
	n := strings.IndexAny(field, ".[")
	if n < 0 {
		n = len(field)
	}
	head, rest := field[:n], field[n:]
	var v any
	if head == "" {
		head = strconv.Itoa(*next)
		*next++
	}
	if i, err := strconv.Atoi(head); err == nil {
		if i < 0 || i >= len(a.pos) {
			fail("Replacement index %d out of range for positional args tuple", i)
		}
		v = a.pos[i]
	} else {
		found := false
		for i, name := range a.names {
			if name == head {
				v, found = a.named[i], true
			}
		}
		if !found {
			fail("no argument %s to format", python.Quote(head))
		}
	}
	for rest != "" {
		if rest[0] == '.' {
			n := strings.IndexAny(rest[1:]+".", ".[")
			v, rest = attribute(v, rest[1:1+n]), rest[1+n:]
			continue
		}
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 {
			fail("the format field %s is not closed", python.Quote(field))
		}
		var key any = text(rest[1:end])
		if i, err := strconv.ParseInt(rest[1:end], 10, 64); err == nil {
			key = i
		}
		v, rest = element(st, v, key), rest[end+1:]
	}
	return v
}

// formatSpec writes a value as [[fill]align][sign][0][width][,][.precision][type]
// says.
func formatSpec(st *state, v any, spec string) str {
	if spec == "" {
		return st.printed(v)
	}
	r := []rune(spec)
	fill, align := " ", rune(0)
	if len(r) > 1 && strings.ContainsRune("<>^=", r[1]) {
		fill, align, r = string(r[0]), r[1], r[2:]
	} else if strings.ContainsRune("<>^=", r[0]) {
		align, r = r[0], r[1:]
	}
	rest := string(r)
	sign := ""
	if rest != "" && strings.IndexByte("+- ", rest[0]) >= 0 {
		sign, rest = rest[:1], rest[1:]
	}
	if strings.HasPrefix(rest, "0") && align == 0 {
		fill, align = "0", '='
	}
	n := strings.IndexFunc(rest+"x", func(r rune) bool { return r < '0' || r > '9' })
	width, _ := split2(rest[:n])
	rest = rest[n:]
	rest, comma := strings.CutPrefix(rest, ",")
	precision := -1
	if strings.HasPrefix(rest, ".") {
		n := strings.IndexFunc(rest[1:]+"x", func(r rune) bool { return r < '0' || r > '9' })
		_, precision = split2("0" + rest[:1+n])
		rest = rest[1+n:]
	}
	out := formatValue(st, v, rest, precision, comma)
	if numeric(v) != nil {
		if align == 0 {
			align = '>'
		}
		if sign != "" && sign != "-" && !strings.HasPrefix(out.s, "-") {
			out = text(sign + out.s)
		}
	}
	if align == '=' {
		lead := ""
		if out.s != "" && strings.IndexByte("+- ", out.s[0]) >= 0 {
			lead, out = out.s[:1], out.sub(1, len(out.s))
		}
		return concat(text(lead), padded(st, out, width-len(lead), text(fill), "rjust"))
	}
	if align == '^' {
		n := max(0, width-out.length())
		return concat(repeat(st, text(fill), n/2), out, repeat(st, text(fill), n-n/2))
	}
	return padded(st, out, width, text(fill), map[rune]string{0: "ljust", '<': "ljust", '>': "rjust"}[align])
}

func formatValue(st *state, v any, kind string, precision int, comma bool) str {
	n := numeric(v)
	group := func(s string) str {
		if !comma {
			return text(s)
		}
		whole, part, dot := strings.Cut(s, ".")
		minus := strings.HasPrefix(whole, "-")
		whole = strings.TrimPrefix(whole, "-")
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
		if dot {
			whole += "." + part
		}
		if minus {
			whole = "-" + whole
		}
		return text(whole)
	}
	switch {
	case kind == "" || kind == "s":
		if n != nil && kind == "" {
			if f, ok := n.(float64); ok && precision >= 0 {
				return group(strconv.FormatFloat(f, 'g', precision, 64))
			}
			return group(st.printed(v).s)
		}
		out := st.printed(v)
		if precision >= 0 {
			p := int64(precision)
			at := out.offsets()
			_, end := bounds(nil, &p, len(at)-1)
			out = out.sub(0, at[end])
		}
		return out
	case n == nil:
	case strings.Contains("d x X o b", kind):
		if i, ok := n.(int64); ok {
			return group(fmt.Sprintf("%"+kind, i))
		}
	case strings.Contains("f F e E g G %", kind):
		f := toFloat(n)
		if precision < 0 {
			precision = 6
		}
		if kind == "%" {
			return group(strconv.FormatFloat(f*100, 'f', precision, 64) + "%")
		}
		return group(strconv.FormatFloat(f, strings.ToLower(kind)[0], precision, 64))
	}
	fail("Unknown format code %s for object of type %s", python.Quote(kind), python.Quote(typeName(v)))
	return str{}
}
