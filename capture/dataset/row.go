package dataset

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

// Row is one prompt of a dataset, before it meets a model.
type Row struct {
	ID        string
	Prompt    string          // one of Prompt
	Messages  []chat.Message  // and Messages is set
	Tools     json.RawMessage // that the template tells the model of; nil: none
	Documents json.RawMessage // likewise
	Response  *string         // given: scored instead of sampled
	Label     *string
	Group     *string
	Split     *string
	Pair      *string

	Question  *string // what it asks: rows of the same question are in the same split
	Condition *string // under which it is asked
	Style     *string
	Stage     *string         // "knowledge", or nil
	Spans     []spec.SpanRule // texts in them as they are, no templates

	Meta  string   // JSON object of every other key
	Place string   // file and line, for errors
	bare  []string // the keys of a row in which neither prompt nor messages stand
}

// fields are the keys of a row that are one text each, beside id and prompt.
var fields = []string{"response", "label", "group", "split", "pair", "question", "condition", "style", "stage"}

// field gives the place of such a key's value, nil for any other key.
func (r *Row) field(key string) **string {
	switch key {
	case "response":
		return &r.Response
	case "label":
		return &r.Label
	case "group":
		return &r.Group
	case "split":
		return &r.Split
	case "pair":
		return &r.Pair
	case "question":
		return &r.Question
	case "condition":
		return &r.Condition
	case "style":
		return &r.Style
	case "stage":
		return &r.Stage
	}
	return nil
}

// Neutral says whether the row asks neutrally whether the model knows the answer.
func (r *Row) Neutral() bool { return r.Stage != nil && *r.Stage == spec.StageKnowledge }

// object gives the keys of a row that have a value.
func (r *Row) object() map[string]any {
	object := map[string]any{}
	var meta map[string]json.RawMessage
	json.Unmarshal([]byte(r.Meta), &meta) // it was marshalled
	for key, value := range meta {
		object[key] = value
	}
	object["id"] = r.ID
	if len(r.Messages) > 0 {
		object["messages"] = r.Messages
	} else {
		object["prompt"] = r.Prompt
	}
	if r.Tools != nil {
		object["tools"] = r.Tools
	}
	if r.Documents != nil {
		object["documents"] = r.Documents
	}
	for _, key := range fields {
		if value := *r.field(key); value != nil {
			object[key] = *value
		}
	}
	if len(r.Spans) > 0 {
		object["spans"] = r.Spans
	}
	return object
}

// checkMessages refuses a row that no model can read.
func (r *Row) checkMessages() error {
	if r.bare != nil {
		return hint.Usage(fmt.Errorf("%s: neither prompt nor messages", r.Place),
			"every row needs one of them, or the spec prompts.prompt; ", hint.Key("prompts.column"), " names another key; keys here: "+strings.Join(r.bare, ", "))
	}
	if len(r.Messages) == 0 {
		if !utf8.ValidString(r.Prompt) {
			return hint.Usage(fmt.Errorf("%s: the prompt is not UTF-8", r.Place), "convert it to UTF-8")
		}
		if strings.TrimSpace(r.Prompt) == "" {
			return hint.Usage(fmt.Errorf("%s: the prompt is empty", r.Place), "write a prompt, or remove the row")
		}
		return nil
	}
	if r.Prompt != "" {
		return hint.Usage(fmt.Errorf("%s: both prompt and messages", r.Place), "keep one of them")
	}
	for i, m := range r.Messages {
		if spec.RoleCode(m.Role) < 0 {
			return hint.Usage(fmt.Errorf("%s: messages[%d]: role is %q", r.Place, i, m.Role), "use system, user, assistant, tool or developer")
		}
	}
	if last := r.Messages[len(r.Messages)-1]; last.Role == "assistant" && last.Calls() {
		return hint.Usage(fmt.Errorf("%s: messages[%d]: the last message calls tools, so no response can go on with it", r.Place, len(r.Messages)-1), "put the answers of the tools after it (role tool), or leave it out")
	}
	return nil
}
