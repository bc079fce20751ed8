package dataset

import (
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
	"intentprobe/models/chat"
)

// ReadConversation reads what a chat template is given: a JSON list of messages, or a
// row of a dataset that has them, with tools and documents where there are any.
func ReadConversation(path string) (*Row, error) {
	const advice = `write a JSON list: [{"role": "user", "content": "Hi"}], or an object with "messages" and, if need be, "tools" and "documents"`
	text, err := textfile.Read(path, textfile.MaxLineBytes)
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("messages: %w", err), advice)
	}
	if text, err = textfile.UTF8(path, text); err != nil {
		return nil, err
	}
	value, err := textfile.ReadValue(string(text), "in the file")
	if err != nil {
		return nil, textfile.JSONError(path, err, advice)
	}
	object := &chat.Object{}
	if chat.TypeOf(value) == "a list" {
		object.Set("messages", value)
	} else if object, err = textfile.WantObject(path, value, advice); err != nil {
		return nil, err
	}
	row, err := rowFromObject(object, path, "")
	if err != nil {
		return nil, err
	}
	if row.Prompt != "" && len(row.Messages) == 0 {
		row.Messages = []chat.Message{{Role: "user", Content: row.Prompt}}
	}
	if len(row.Messages) == 0 {
		return nil, hint.Usage(fmt.Errorf("%s holds no messages", path), advice)
	}
	return row, nil
}
