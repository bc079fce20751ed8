package dataset

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/textfile"
	"intentprobe/models/chat"
)

// wantMessages reads a list of messages, {role, content} as the interfaces of models
// have them or {from, value} as ShareGPT does.
func wantMessages(value json.RawMessage) ([]chat.Message, error) {
	_, items, err := textfile.List(value)
	if err != nil {
		return nil, fmt.Errorf("%w; messages are a list of {role, content}", err)
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("the list is empty; write at least one message")
	}
	out := make([]chat.Message, len(items))
	for i, item := range items {
		if item, err = asMessage(item); err == nil {
			out[i], err = chat.ReadMessage(item)
		}
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", i, err)
		}
	}
	return out, nil
}

// conversationIn gives the list of messages that a cell of prompts holds as JSON; nil
// where it is any other text.
func conversationIn(cell string) json.RawMessage {
	list, items, err := textfile.List(chat.QuoteJSON(cell))
	if err != nil || len(items) == 0 {
		return nil
	}
	for _, item := range items {
		if turn, err := chat.ReadObject(item); err != nil || turn.Get("role") == nil && turn.Get("from") == nil {
			return nil
		}
	}
	return list
}

// shareRoles are the roles by the names that ShareGPT and its successors give them.
var shareRoles = map[string]string{
	"human": "user", "gpt": "assistant", "chatgpt": "assistant", "model": "assistant",
	"observation": "tool", "function_response": "tool", "tool_response": "tool", "function": "tool",
	"user": "user", "assistant": "assistant", "system": "system", "tool": "tool", "developer": "developer",
	"function_call": "assistant", "tool_call": "assistant",
}

// asMessage turns {from, value} into {role, content}; further keys stay.
func asMessage(value json.RawMessage) (json.RawMessage, error) {
	turn, err := chat.ReadObject(value)
	if err != nil || turn.Get("role") != nil || turn.Get("from") == nil {
		return value, nil // a message, or none
	}
	from, err := chat.ReadText(turn.Get("from"))
	if err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	from = strings.ToLower(from)
	role, ok := shareRoles[from]
	if !ok {
		return nil, fmt.Errorf("from is %q; known are %s", from, strings.Join(sortedKeys(shareRoles), ", "))
	}
	text, err := chat.ReadText(turn.Get("value"))
	if err != nil {
		return nil, fmt.Errorf("value: %w", err)
	}
	out := &chat.Object{}
	out.Set("role", chat.QuoteJSON(role))
	out.Set("content", chat.QuoteJSON(text))
	if strings.HasSuffix(from, "_call") {
		calls, err := toolCalls(text)
		if err != nil {
			return nil, fmt.Errorf("value of a %s: %w", from, err)
		}
		out.Set("content", chat.QuoteJSON(""))
		out.Set("tool_calls", calls)
	}
	for _, key := range turn.Keys() {
		if key != "from" && key != "value" {
			out.Set(key, turn.Get(key))
		}
	}
	return out.MarshalJSON()
}

// toolCalls reads {name, arguments}, or a list of them, as the tool_calls of a message.
func toolCalls(text string) (json.RawMessage, error) {
	value, err := textfile.ReadValue(text, "in the text")
	if err != nil {
		return nil, fmt.Errorf("want {name, arguments} as JSON, got %q", textfile.Excerpt(text))
	}
	items := []json.RawMessage{value}
	if chat.TypeOf(value) == "a list" {
		if err := json.Unmarshal(value, &items); err != nil {
			return nil, err
		}
	}
	var calls []string
	for _, item := range items {
		call, err := chat.ReadObject(item)
		if err != nil || chat.TypeOf(call.Get("name")) != "text" {
			return nil, fmt.Errorf("want {name, arguments}, got %s", item)
		}
		calls = append(calls, `{"type":"function","function":`+string(item)+`}`)
	}
	return json.RawMessage("[" + strings.Join(calls, ",") + "]"), nil
}

func sortedKeys[V any](values map[string]V) []string {
	out := make([]string, 0, len(values))
	for key := range values {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}
