package chat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Message is one turn of a conversation.
type Message struct {
	Role    string
	Content string  // its text; of several parts, with a line break between them
	Written *Object // the message as it was written, where it is more than a role and a text
	parts   []int   // the byte of Content at which each part of a content that is a list begins; nil where it is none
}

// partEnd stands in Content between the texts of two parts.
const partEnd = "\n"

// ReadMessage reads a message as data sets and the interfaces of models have it:
// role, content (a text, or a list of parts that are texts), and whatever other keys a
// template knows, such as name, tool_calls, tool_call_id and reasoning_content.
func ReadMessage(text json.RawMessage) (m Message, err error) {
	object, err := ReadObject(text)
	if err != nil {
		return m, fmt.Errorf("want {role, content}, got %s", TypeOf(text))
	}
	if m.Role, err = ReadText(object.Get("role")); err != nil {
		return m, fmt.Errorf("role: %w", err)
	}
	content := object.Get("content")
	kind := TypeOf(content)
	switch {
	case kind == "a list":
		err = m.readParts(content)
	case kind == "null" && m.Role == "assistant" && (isSet(object.Get("tool_calls")) || isSet(object.Get("function_call"))):
	default:
		if m.Content, err = ReadText(content); err == nil && object.Len() == 2 && object.Keys()[0] == "role" {
			return m, nil
		}
	}
	if err != nil {
		return m, fmt.Errorf("content: %w", err)
	}
	m.Written = object
	return m, nil
}

// readParts reads a content that is a list of {type: text, text}.
func (m *Message) readParts(content json.RawMessage) error {
	var list []json.RawMessage
	if err := json.Unmarshal(content, &list); err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("the list of its parts is empty")
	}
	m.parts = []int{}
	var texts strings.Builder
	for i, item := range list {
		part, err := ReadObject(item)
		if err != nil {
			return fmt.Errorf("part %d: want {type, text}, got %s", i, TypeOf(item))
		}
		if kind, err := ReadText(part.Get("type")); err != nil || kind != "text" {
			return fmt.Errorf("part %d has the type %s; only parts of the type \"text\" can be read", i, part.Get("type"))
		}
		text, err := ReadText(part.Get("text"))
		if err != nil {
			return fmt.Errorf("part %d: text: %w", i, err)
		}
		if i > 0 {
			texts.WriteString(partEnd)
		}
		m.parts = append(m.parts, texts.Len())
		texts.WriteString(text)
	}
	m.Content = texts.String()
	return nil
}

func isSet(value json.RawMessage) bool {
	return value != nil && string(value) != "null" && string(value) != "[]"
}

// Calls says whether the message calls tools.
func (m *Message) Calls() bool {
	return m.Written != nil && (isSet(m.Written.Get("tool_calls")) || isSet(m.Written.Get("function_call")))
}

// Beside gives what the message has beside its role and the text of its content, as
// JSON; empty where it is no more than these.
func (m *Message) Beside() string {
	if m.Written == nil {
		return ""
	}
	rest := m.Written.Clone()
	rest.Delete("role")
	rest.Delete("content")
	if rest.Len() == 0 {
		return ""
	}
	text, _ := rest.MarshalJSON() // was read as JSON
	return string(text)
}

// Around gives the message with texts before and after its content.
func (m Message) Around(before, after string) Message {
	m.Content = before + m.Content + after
	if m.Written == nil {
		return m
	}
	m.Written = m.Written.Clone()
	if m.parts == nil {
		m.Written.Set("content", QuoteJSON(m.Content))
		return m
	}
	var list []*Object
	json.Unmarshal(m.Written.Get("content"), &list) // was read before
	first, last := list[0], list[len(list)-1]
	text, _ := ReadText(first.Get("text"))
	first.Set("text", QuoteJSON(before+text))
	text, _ = ReadText(last.Get("text"))
	last.Set("text", QuoteJSON(text+after))
	content := []byte("[")
	for i, part := range list {
		if i > 0 {
			content = append(content, ',')
		}
		text, _ := part.MarshalJSON() // texts, and JSON that was read
		content = append(content, text...)
	}
	content = append(content, ']')
	m.Written.Set("content", content)
	m.readParts(content)
	return m
}

// MarshalJSON writes the message as it was written.
func (m Message) MarshalJSON() ([]byte, error) {
	if m.Written != nil {
		return m.Written.MarshalJSON()
	}
	o := &Object{}
	o.Set("role", QuoteJSON(m.Role))
	o.Set("content", QuoteJSON(m.Content))
	return o.MarshalJSON()
}

// UnmarshalJSON reads a message as ReadMessage does.
func (m *Message) UnmarshalJSON(text []byte) (err error) {
	*m, err = ReadMessage(bytes.Clone(text))
	return err
}
