package chat

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// QuoteJSON writes a text as JSON: quoted, and <, > and & as they are.
func QuoteJSON(text string) json.RawMessage {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.Encode(text) // a text always can be
	return bytes.TrimSpace(out.Bytes())
}

// TypeOf names the type of a JSON value as people do; nil is null.
func TypeOf(value json.RawMessage) string {
	if len(value) == 0 {
		return "null"
	}
	switch value[0] {
	case 'n':
		return "null"
	case '"':
		return "text"
	case 't', 'f':
		return "a truth value"
	case '[':
		return "a list"
	case '{':
		return "an object"
	}
	return "a number"
}

// ReadText reads a value that must be a text.
func ReadText(value json.RawMessage) (text string, err error) {
	if TypeOf(value) != "text" {
		return "", fmt.Errorf("want text, got %s", TypeOf(value))
	}
	err = json.Unmarshal(value, &text)
	return text, err
}
