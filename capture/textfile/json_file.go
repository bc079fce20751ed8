package textfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// EachValue calls take on the elements of a JSON list, or on values that stand one
// after the other. A place is the file with the number of the value, from 0.
func EachValue(path, text string, take func(place string, value json.RawMessage) error) error {
	r := jsonReader{text: text}
	list := r.peek() == '['
	if list {
		r.at++
	}
	wrong := func(n int, err error) error {
		at := r.at
		if fault := (*jsonFault)(nil); errors.As(err, &fault) {
			at = fault.at
		}
		if errors.Is(err, errJSONEnds) {
			err = fmt.Errorf("the file ends inside a value, which begins with number %d", n)
		}
		return JSONError(fmt.Sprintf("%s:%d", path, 1+strings.Count(text[:min(at, len(text))], "\n")), err, "the file must hold one whole JSON list of objects, or objects one after the other")
	}
	for n := 0; ; n++ {
		switch {
		case r.end() && !list:
			return nil
		case r.end():
			return wrong(n, errJSONEnds)
		case list && r.peek() == ']' && n == 0:
			r.at++
			return r.rest(wrong)
		}
		r.path = []string{fmt.Sprintf("[%d]", n)}
		value, err := r.next()
		if err != nil {
			return wrong(n, err)
		}
		if err := take(fmt.Sprintf("%s[%d]", path, n), value); err != nil {
			return err
		}
		if !list {
			continue
		}
		switch r.peek() {
		case ',':
			r.at++
			if r.peek() == ']' {
				r.path = nil
				return wrong(n, r.fault("remove the comma", "a comma before ], after which nothing comes"))
			}
		case ']':
			r.at++
			return r.rest(wrong)
		default:
			if r.end() {
				return wrong(n, errJSONEnds)
			}
			r.path = nil
			return wrong(n, r.unexpected("a comma or ]"))
		}
	}
}

// rest refuses what stands after the list.
func (r *jsonReader) rest(wrong func(int, error) error) error {
	if r.end() {
		return nil
	}
	return wrong(0, errors.New("something follows the end of the list"))
}
