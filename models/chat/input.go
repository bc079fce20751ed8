package chat

import (
	"encoding/json"
	"time"
)

// Input is what a template is rendered with.
type Input struct {
	Messages   []Message
	Tools      json.RawMessage // nil: none
	Documents  json.RawMessage // nil: none
	Generation bool            // add what opens the assistant's answer
	Continue   bool            // the last message goes on: the text ends with its content
	Vars       map[string]json.RawMessage
	Tokens     map[string]string // special tokens by their names in Hugging Face: bos_token, eos_token
	Now        time.Time         // for strftime_now, which ignores its zone
}

// Rendered is a rendered conversation.
type Rendered struct {
	Text  string
	Parts []Part
}

// Part says that bytes From to To of the text were taken from the content of
// a message, from its byte At on. The parts are in order and do not overlap; what
// none covers is the template's. A content may come in several parts, changed
// between them, or in none.
type Part struct{ From, To, Message, At int }
