package textfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/models/chat"
)

// ReadValue reads a text that is one JSON value. within says for errors what the text
// is: "on the line", "in the file".
func ReadValue(text, within string) (json.RawMessage, error) {
	r := jsonReader{text: text}
	value, err := r.next()
	if err == nil && !r.end() {
		err = fmt.Errorf("more than one value %s", within)
	}
	return value, err
}

// JSONError is the error of JSON that could not be read at a place. Its hint says how to
// correct what is wrong, or else gives the advice.
func JSONError(place string, err error, advice string) error {
	if fault := (*jsonFault)(nil); errors.As(err, &fault) && fault.advice != "" {
		advice = fault.advice
	}
	return hint.Usage(fmt.Errorf("%s: %w", place, err), advice)
}

// ReadObject reads a line that is one JSON object.
func ReadObject(place, line string) (*chat.Object, error) {
	const advice = "every line must be one whole JSON object; what goes over several lines, or is a list, belongs into a .json file"
	value, err := ReadValue(line, "on the line")
	if errors.Is(err, errJSONEnds) {
		err = errors.New("the line ends inside a value")
	}
	if err != nil {
		return nil, JSONError(place, err, advice)
	}
	return WantObject(place, value, advice)
}

// WantObject reads a value that was read as JSON and must be an object.
func WantObject(place string, value json.RawMessage, advice string) (*chat.Object, error) {
	if kind := chat.TypeOf(value); kind != "an object" {
		return nil, hint.Usage(fmt.Errorf("%s: not a JSON object, but %s", place, kind), advice)
	}
	return chat.ReadObject(value)
}

// Scalar reads text, a number or a truth value as text; null stays nil.
func Scalar(value json.RawMessage) (*string, error) {
	text := string(value)
	switch kind := chat.TypeOf(value); kind {
	case "null":
		return nil, nil
	case "text":
		text, _ = chat.ReadText(value)
	case "a list", "an object":
		return nil, fmt.Errorf("want text or a number, got %s", kind)
	}
	return &text, nil
}

// List gives a value that is a list, or a text that holds one as JSON (as the cell of a
// table must), first as it was written and then by its items.
func List(value json.RawMessage) (json.RawMessage, []json.RawMessage, error) {
	if text, err := chat.ReadText(value); err == nil {
		read, err := ReadValue(text, "in the text")
		if err != nil || chat.TypeOf(read) != "a list" {
			if err != nil && strings.HasPrefix(strings.TrimSpace(text), "[") {
				return nil, nil, fmt.Errorf("the text is not a list in JSON: %w", err)
			}
			return nil, nil, fmt.Errorf("want a list, got text")
		}
		value = read
	}
	if kind := chat.TypeOf(value); kind != "a list" {
		return nil, nil, fmt.Errorf("want a list, got %s", kind)
	}
	var items []json.RawMessage
	err := json.Unmarshal(value, &items)
	return value, items, err
}

// Texts gives a text, a number or a truth value, or a list of them, which may also stand
// in a text as JSON.
func Texts(value json.RawMessage) (out []string, err error) {
	items := []json.RawMessage{value}
	if text, _ := chat.ReadText(value); chat.TypeOf(value) == "a list" || Bracketed(text) {
		if _, list, err := List(value); err == nil {
			items = list
		}
	}
	for i, item := range items {
		text, err := Scalar(item)
		if err == nil && text == nil {
			err = errors.New("want text or a number, got null")
		}
		if err != nil && chat.TypeOf(value) != "an object" {
			err = fmt.Errorf("[%d]: %w", i, err)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, *text)
	}
	if len(out) == 0 {
		return nil, errors.New("the list is empty")
	}
	return out, nil
}

// Bracketed says whether a text is written as lists are.
func Bracketed(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]")
}
