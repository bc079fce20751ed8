package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// readObject reads a line that is one JSON object.
func readObject(place, line string) (*models.Object, error) {
	const advice = "every line must be one whole JSON object; what goes over several lines, or is a list, belongs into a .json file"
	r := jsonReader{text: line}
	value, err := r.next()
	if err == nil && !r.end() {
		err = errors.New("more than one value on the line")
	}
	if errors.Is(err, errJSONEnds) {
		err = errors.New("the line ends inside a value")
	}
	if err != nil {
		return nil, jsonError(place, err, advice)
	}
	return wantObject(place, value, advice)
}

// jsonError is the error of JSON that could not be read at a place.
func jsonError(place string, err error, advice string) error {
	if fault := (*jsonFault)(nil); errors.As(err, &fault) && fault.advice != "" {
		advice = fault.advice
	}
	return hint.Usage(fmt.Errorf("%s: %w", place, err), advice)
}

func wantObject(place string, value json.RawMessage, advice string) (*models.Object, error) {
	if kind := models.TypeOf(value); kind != "an object" {
		return nil, hint.Usage(fmt.Errorf("%s: not a JSON object, but %s", place, kind), advice)
	}
	return models.ReadObject(value) // it was read as JSON
}

func readJSONL(path string, text []byte, column string) ([]Row, error) {
	return eachLine(path, text, mostJSONBytes, func(place, line string) (*Row, error) {
		object, err := readObject(place, line)
		if err != nil {
			return nil, err
		}
		return rowFromObject(object, place, column)
	})
}

// readJSONFile reads a list of objects, or objects one behind the other, over as many
// lines as they take. A text among them is a prompt.
func readJSONFile(path string, text []byte, column string) ([]Row, error) {
	var list rowList
	err := eachValue(path, string(text), func(place string, value json.RawMessage) error {
		if err := checkLine(place, len(value), mostJSONBytes); err != nil {
			return err
		}
		if text, err := models.ReadText(value); err == nil && column == "" {
			return list.add(&Row{Prompt: text, Meta: "{}", place: place})
		}
		object, err := wantObject(place, value, "write a list of texts, or of objects: [{\"prompt\": \"...\"}, ...]")
		if err != nil {
			return err
		}
		return list.addObject(object, place, column)
	})
	return list.rows, err
}

// eachValue calls take on the elements of a JSON list, or on values that stand one
// behind the other. A place is the file with the number of the value, from 0.
func eachValue(path, text string, take func(place string, value json.RawMessage) error) error {
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
		return jsonError(fmt.Sprintf("%s:%d", path, 1+strings.Count(text[:min(at, len(text))], "\n")), err, "the file must hold one whole JSON list of objects, or objects one after the other")
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

// rest refuses what stands behind the list.
func (r *jsonReader) rest(wrong func(int, error) error) error {
	if r.end() {
		return nil
	}
	return wrong(0, errors.New("something follows the end of the list"))
}
