package textfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"intentprobe/models/chat"
)

// jsonReader reads JSON strictly, value by value. What it gives is JSON with the keys
// in their order, numbers as they were written, and texts written one way.
type jsonReader struct {
	text string
	at   int
	path []string // of the value that is read: .key or [number]
	out  bytes.Buffer
}

// A jsonFault says what is wrong, and what to do where that is clear.
type jsonFault struct {
	what   string
	advice string
	path   string
	at     int // byte of the text
}

func (f *jsonFault) Error() string {
	if f.path == "" {
		return f.what
	}
	return f.path + ": " + f.what
}

var errJSONEnds = errors.New("the text ends inside a value")

func (r *jsonReader) fault(advice, format string, args ...any) error {
	return &jsonFault{fmt.Sprintf(format, args...), advice, strings.TrimPrefix(strings.Join(r.path, ""), "."), r.at}
}

// next reads the value that begins after white space.
func (r *jsonReader) next() (json.RawMessage, error) {
	r.out.Reset()
	r.space()
	if err := r.value(0); err != nil {
		return nil, err
	}
	return bytes.Clone(r.out.Bytes()), nil
}

// end says whether nothing but white space is left.
func (r *jsonReader) end() bool {
	r.space()
	return r.at == len(r.text)
}

func (r *jsonReader) space() {
	for r.at < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.at]) >= 0 {
		r.at++
	}
}

// peek gives the next byte after white space, 0 at the end.
func (r *jsonReader) peek() byte {
	if r.end() {
		return 0
	}
	return r.text[r.at]
}

func (r *jsonReader) value(depth int) error {
	switch c := r.peek(); {
	case c == 0 && r.at == len(r.text):
		return errJSONEnds
	case depth == MaxDepth && (c == '{' || c == '['):
		r.path = nil
		return r.fault("make it flatter", "lists and objects stand more than %d deep in each other", MaxDepth)
	case c == '{':
		return r.members('}', depth)
	case c == '[':
		return r.members(']', depth)
	case c == '"':
		_, err := r.str()
		return err
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	}
	return r.word()
}

// members reads what stands in an object or a list, up to its end.
func (r *jsonReader) members(end byte, depth int) error {
	r.out.WriteByte(r.text[r.at])
	r.at++
	seen := map[string]bool{}
	for n := 0; ; n++ {
		switch c := r.peek(); {
		case c == 0 && r.at == len(r.text):
			return errJSONEnds
		case c == end:
			if n > 0 {
				return r.fault("remove the comma", "a comma before %c, after which nothing comes", end)
			}
			r.at++
			r.out.WriteByte(end)
			return nil
		}
		step := "[" + strconv.Itoa(n) + "]"
		if end == '}' {
			key, err := r.key(seen)
			if err != nil {
				return err
			}
			step = "." + key
		}
		r.path = append(r.path, step)
		if err := r.value(depth + 1); err != nil {
			return err
		}
		r.path = r.path[:len(r.path)-1]
		switch c := r.peek(); {
		case c == ',':
			r.at++
			if r.peek() != end {
				r.out.WriteByte(',')
			}
		case c == end:
			r.at++
			r.out.WriteByte(end)
			return nil
		case c == 0 && r.at == len(r.text):
			return errJSONEnds
		default:
			return r.unexpected("a comma or %c", end)
		}
	}
}

// key reads a key and the colon after it.
func (r *jsonReader) key(seen map[string]bool) (string, error) {
	if r.peek() != '"' {
		return "", r.unexpected("a key in double quotes")
	}
	from := r.at
	key, err := r.str()
	if err != nil {
		return "", err
	}
	if seen[key] {
		r.at = from
		return "", r.fault("remove one of them, or rename it", "the key %q stands there twice", key)
	}
	seen[key] = true
	switch c := r.peek(); {
	case c == ':':
		r.at++
		r.out.WriteByte(':')
		return key, nil
	case c == 0 && r.at == len(r.text):
		return "", errJSONEnds
	}
	return "", r.unexpected("a colon after the key %q", key)
}

func (r *jsonReader) unexpected(want string, args ...any) error {
	c, _ := utf8.DecodeRuneInString(r.text[r.at:])
	return r.fault("", "invalid character %q, where %s should stand", c, fmt.Sprintf(want, args...))
}

// str reads a text, and writes it with as few escapes as there must be.
func (r *jsonReader) str() (string, error) {
	from := r.at
	r.at++
	for escaped := false; ; r.at++ {
		if r.at >= len(r.text) {
			return "", errJSONEnds
		}
		c := r.text[r.at]
		switch {
		case c < 0x20:
			return "", r.fault("write line breaks as \\n and tabs as \\t", "a control character (0x%02x) in a text", c)
		case c == '"':
			r.at++
			if !escaped {
				r.out.WriteString(r.text[from:r.at])
				return r.text[from+1 : r.at-1], nil
			}
			var text string
			if err := json.Unmarshal([]byte(r.text[from:r.at]), &text); err != nil {
				r.at = from
				return "", r.fault("", "%s", strings.TrimPrefix(err.Error(), "json: "))
			}
			r.out.Write(chat.QuoteJSON(text))
			return text, nil
		case c == '\\':
			escaped = true
			if err := r.escape(); err != nil {
				return "", err
			}
		}
	}
}

// escape goes to the last byte of an escape. Half of a character, which no text can
// hold, is refused.
func (r *jsonReader) escape() error {
	unit := func(at int) (int, bool) {
		if at+6 > len(r.text) || r.text[at] != '\\' || r.text[at+1] != 'u' {
			return 0, false
		}
		n, err := strconv.ParseUint(r.text[at+2:at+6], 16, 16)
		return int(n), err == nil
	}
	n, is := unit(r.at)
	switch {
	case !is:
		r.at++
		return nil
	case n >= 0xd800 && n < 0xdc00:
		if low, ok := unit(r.at + 6); ok && low >= 0xdc00 && low < 0xe000 {
			r.at += 11
			return nil
		}
		fallthrough
	case n >= 0xdc00 && n < 0xe000:
		return r.fault("write the whole character, or leave this half of it out", "%s is half of a character (a lone surrogate), which no text can hold", r.text[r.at:r.at+6])
	}
	r.at += 5
	return nil
}

func (r *jsonReader) number() error {
	from := r.at
	for r.at < len(r.text) && strings.IndexByte("+-.0123456789eE", r.text[r.at]) >= 0 {
		r.at++
	}
	number := r.text[from:r.at]
	if strings.HasPrefix(r.text[from:], "-Infinity") {
		r.at = from
		return r.word()
	}
	if !json.Valid([]byte(number)) {
		r.at = from
		return r.fault("", "%q is not a number in JSON", number)
	}
	r.out.WriteString(number)
	return nil
}

// word reads true, false or null. What Python writes beside them is named.
func (r *jsonReader) word() error {
	from, to := r.at, r.at
	for to < len(r.text) && (r.text[to] == '-' || r.text[to] == '_' || r.text[to] >= 'A' && r.text[to] <= 'Z' || r.text[to] >= 'a' && r.text[to] <= 'z') {
		to++
	}
	switch word := r.text[from:to]; word {
	case "true", "false", "null":
		r.at = to
		r.out.WriteString(word)
		return nil
	case "NaN", "Infinity", "-Infinity", "nan", "inf", "-inf":
		return r.fault("write null where there is no number (Python's json.dumps writes NaN, the to_json of pandas null)", "%s is not in JSON", word)
	case "None", "True", "False":
		return r.fault("write null, true and false; json.dumps does in Python", "%s is Python, not JSON", word)
	}
	return r.unexpected("a value")
}
