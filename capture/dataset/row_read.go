package dataset

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/capture/textfile"
	"intentprobe/hooks"
	"intentprobe/models/chat"
)

// rowKeys are the keys that a row may have beside its metadata.
var rowKeys = map[string]bool{
	"id": true, "prompt": true, "messages": true, "conversations": true, "tools": true, "documents": true, "response": true,
	"label": true, "group": true, "split": true, "pair": true, "spans": true,
	"question": true, "condition": true, "style": true, "stage": true,
}

// rowOfSpec reads a row that stands in a spec.
func rowOfSpec(value json.RawMessage, place string) (*Row, error) {
	object, err := textfile.WantObject(place, value, "a row is an object: {prompt: ...}")
	if err != nil {
		return nil, err
	}
	return rowFromObject(object, place, "")
}

// rowFromObject reads the keys that a row may have; all others become metadata. column
// is the key that holds the prompt or the messages, where it has another name.
func rowFromObject(object *chat.Object, place, column string) (*Row, error) {
	object, err := withColumn(object, place, column)
	if err != nil {
		return nil, err
	}
	r := &Row{Place: place}
	meta := map[string]json.RawMessage{}
	for _, key := range object.Keys() {
		value := object.Get(key)
		if !rowKeys[key] {
			meta[key] = value
		} else if chat.TypeOf(value) != "null" { // null is no value
			err = r.take(key, value)
		}
		if err != nil {
			return nil, hint.Usage(fmt.Errorf("%s: key %q: %w", place, key, err), "see docs/datasets.md for what a row may hold")
		}
	}
	if err := r.converse(object, meta); err != nil {
		return nil, err
	}
	r.Meta = string(marshalled(meta))
	return r, nil
}

// withColumn puts the key that holds the prompts in the place of prompt. Those that do
// so by their names are kept under another.
func withColumn(object *chat.Object, place, column string) (*chat.Object, error) {
	if column == "" || column == "prompt" {
		return object, nil
	}
	if object.Get(column) == nil {
		return nil, hint.Usage(fmt.Errorf("%s: no key %q", place, column),
			"name one with ", hint.Key("prompts.column"), "; nearest: "+strings.Join(hooks.Nearest(column, object.Keys()), ", "))
	}
	out := &chat.Object{}
	for _, key := range object.Keys() {
		name := key
		switch {
		case key == column:
			name = "prompt"
		case key == "prompt" || key == "messages" || key == "conversations":
			name = key + "_column"
		}
		out.Set(name, object.Get(key))
	}
	return out, nil
}

// take reads the value of a known key.
func (r *Row) take(key string, value json.RawMessage) (err error) {
	switch key {
	case "prompt":
		if chat.TypeOf(value) == "a list" {
			r.Messages, err = wantMessages(value)
		} else {
			r.Prompt, err = chat.ReadText(value)
		}
	case "messages", "conversations":
		if r.Messages != nil {
			return fmt.Errorf("there are messages under another key too; keep one of them")
		}
		r.Messages, err = wantMessages(value)
	case "tools":
		r.Tools, err = wantList(value, "an object")
	case "documents":
		r.Documents, err = wantList(value, "an object", "text")
	case "response":
		var text string
		text, err = chat.ReadText(value)
		r.Response = &text
	case "id":
		var id *string
		if id, err = textfile.Scalar(value); id != nil {
			r.ID = *id
		}
	case "stage":
		if r.Stage, err = textfile.Scalar(value); err == nil && *r.Stage != spec.StageKnowledge {
			err = fmt.Errorf("%q is no stage; the only one is %q", *r.Stage, spec.StageKnowledge)
		}
	case "spans":
		r.Spans, err = wantSpans(value)
	default:
		*r.field(key), err = textfile.Scalar(value)
	}
	return err
}

// converse makes of the row a prompt or messages. Beside conversations a system
// message may have a key of its own.
func (r *Row) converse(object *chat.Object, meta map[string]json.RawMessage) error {
	given := func(key string) bool { return chat.TypeOf(object.Get(key)) != "null" }
	if !given("prompt") && !given("messages") && !given("conversations") {
		for _, key := range slices.Sorted(slices.Values(object.Keys())) {
			if !given(key) {
				key += " (null)"
			}
			r.bare = append(r.bare, key)
		}
		if r.bare == nil {
			r.bare = []string{"none"}
		}
	}
	system, err := chat.ReadText(meta["system"])
	if err == nil && system != "" && given("conversations") && len(r.Messages) > 0 {
		if r.Messages[0].Role == "system" {
			return hint.Usage(fmt.Errorf("%s: both the key system and a system message in conversations", r.Place), "keep one of them")
		}
		r.Messages = append([]chat.Message{{Role: "system", Content: system}}, r.Messages...)
		delete(meta, "system")
	}
	return nil
}

// marshalled writes values that were read as JSON.
func marshalled(values map[string]json.RawMessage) []byte {
	out := &chat.Object{}
	for _, key := range sortedKeys(values) {
		out.Set(key, values[key])
	}
	text, _ := out.MarshalJSON()
	return text
}

// wantList reads a list of values of some types. It may stand in a text, as the cell of
// a table must hold it.
func wantList(value json.RawMessage, kinds ...string) (json.RawMessage, error) {
	value, items, err := textfile.List(value)
	if err != nil {
		return nil, err
	}
	for i, item := range items {
		if kind := chat.TypeOf(item); !slices.Contains(kinds, kind) {
			return nil, fmt.Errorf("[%d]: want %s, got %s", i, strings.Join(kinds, " or "), kind)
		}
	}
	return value, nil
}
