package capture

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/models"
)

// known are the keys that a row may have beside its metadata.
var known = map[string]bool{
	"id": true, "prompt": true, "messages": true, "conversations": true, "tools": true, "documents": true, "response": true,
	"label": true, "group": true, "split": true, "pair": true, "spans": true,
	"question": true, "condition": true, "style": true, "stage": true,
}

// rowOfSpec reads a row that stands in a spec.
func rowOfSpec(value json.RawMessage, place string) (*Row, error) {
	object, err := wantObject(place, value, "a row is an object: {prompt: ...}")
	if err != nil {
		return nil, err
	}
	return rowFromObject(object, place, "")
}

// rowFromObject reads the keys that a row may have; all others become metadata. column
// is the key that holds the prompt or the messages, where it has another name.
func rowFromObject(object *models.Object, place, column string) (*Row, error) {
	object, err := withColumn(object, place, column)
	if err != nil {
		return nil, err
	}
	r := &Row{place: place}
	meta := map[string]json.RawMessage{}
	for _, key := range object.Keys() {
		value := object.Get(key)
		if !known[key] {
			meta[key] = value
		} else if models.TypeOf(value) != "null" { // null is no value
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
func withColumn(object *models.Object, place, column string) (*models.Object, error) {
	if column == "" || column == "prompt" {
		return object, nil
	}
	if object.Get(column) == nil {
		return nil, hint.Usage(fmt.Errorf("%s: no key %q", place, column),
			"name one with --prompt-column; nearest: "+strings.Join(hooks.Nearest(column, object.Keys()), ", "))
	}
	out := &models.Object{}
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
		if models.TypeOf(value) == "a list" {
			r.Messages, err = wantMessages(value)
		} else {
			r.Prompt, err = models.ReadText(value)
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
		text, err = models.ReadText(value)
		r.Response = &text
	case "id":
		var id *string
		if id, err = wantScalar(value); id != nil {
			r.ID = *id
		}
	case "stage":
		if r.Stage, err = wantScalar(value); err == nil && *r.Stage != stageKnowledge {
			err = fmt.Errorf("%q is no stage; the only one is %q", *r.Stage, stageKnowledge)
		}
	case "spans":
		r.Spans, err = wantSpans(value)
	default:
		*r.field(key), err = wantScalar(value)
	}
	return err
}

// converse makes of the row a prompt or messages. Beside conversations a system
// message may have a key of its own.
func (r *Row) converse(object *models.Object, meta map[string]json.RawMessage) error {
	given := func(key string) bool { return models.TypeOf(object.Get(key)) != "null" }
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
	system, err := models.ReadText(meta["system"])
	if err == nil && system != "" && given("conversations") && len(r.Messages) > 0 {
		if r.Messages[0].Role == "system" {
			return hint.Usage(fmt.Errorf("%s: both the key system and a system message in conversations", r.place), "keep one of them")
		}
		r.Messages = append([]models.Message{{Role: "system", Content: system}}, r.Messages...)
		delete(meta, "system")
	}
	return nil
}

// marshalled writes values that were read as JSON.
func marshalled(values map[string]json.RawMessage) []byte {
	out := &models.Object{}
	for _, key := range sortedKeys(values) {
		out.Set(key, values[key])
	}
	text, _ := out.MarshalJSON()
	return text
}

// wantScalar reads text, a number or a truth value as text; null stays null.
func wantScalar(value json.RawMessage) (*string, error) {
	text := string(value)
	switch kind := models.TypeOf(value); kind {
	case "null":
		return nil, nil
	case "text":
		text, _ = models.ReadText(value)
	case "a list", "an object":
		return nil, fmt.Errorf("want text or a number, got %s", kind)
	}
	return &text, nil
}

// wantList reads a list of values of some types. It may stand in a text, as the cell of
// a table must hold it.
func wantList(value json.RawMessage, kinds ...string) (json.RawMessage, error) {
	value, items, err := listIn(value)
	if err != nil {
		return nil, err
	}
	for i, item := range items {
		if kind := models.TypeOf(item); !slices.Contains(kinds, kind) {
			return nil, fmt.Errorf("[%d]: want %s, got %s", i, strings.Join(kinds, " or "), kind)
		}
	}
	return value, nil
}

// listIn gives the list that a value is, or that stands in a text as JSON.
func listIn(value json.RawMessage) (json.RawMessage, []json.RawMessage, error) {
	if text, err := models.ReadText(value); err == nil {
		r := jsonReader{text: text}
		read, err := r.next()
		if err == nil && !r.end() {
			err = fmt.Errorf("more than one value in the text")
		}
		if err != nil || models.TypeOf(read) != "a list" {
			if err != nil && strings.HasPrefix(strings.TrimSpace(text), "[") {
				return nil, nil, fmt.Errorf("the text is not a list in JSON: %w", err)
			}
			return nil, nil, fmt.Errorf("want a list, got text")
		}
		value = read
	}
	if kind := models.TypeOf(value); kind != "a list" {
		return nil, nil, fmt.Errorf("want a list, got %s", kind)
	}
	var items []json.RawMessage
	err := json.Unmarshal(value, &items)
	return value, items, err
}
