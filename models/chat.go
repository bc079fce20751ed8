package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"intentprobe/models/gguf"
	"intentprobe/models/jinja"
)

// ChatTemplate is a chat template that was read once and renders as Hugging
// Face's apply_chat_template does. It may be used by several goroutines at once
// and holds nothing that must be freed.
type ChatTemplate struct{ t *jinja.Template }

// ChatError says why a chat template did not parse or did not render. Raised:
// the message is the template's own, by raise_exception.
type ChatError struct {
	Message string
	Raised  bool
}

func (e *ChatError) Error() string { return "chat template: " + e.Message }

func chatError(err error) error {
	var ours *jinja.Error
	if errors.As(err, &ours) {
		return &ChatError{ours.Error(), ours.Raised}
	}
	return &ChatError{Message: err.Error()}
}

// NewChatTemplate reads the Jinja text of a template. The error is a *ChatError
// and names the line.
func NewChatTemplate(source string) (*ChatTemplate, error) {
	t, err := jinja.Parse(source)
	if err != nil {
		return nil, chatError(err)
	}
	return &ChatTemplate{t}, nil
}

// ChatInput is what a template is rendered with.
type ChatInput struct {
	Messages   []Message
	Tools      json.RawMessage // nil: none
	Documents  json.RawMessage // nil: none
	Generation bool            // add what opens the assistant's answer
	Continue   bool            // the last message goes on: the text ends with its content
	Vars       map[string]json.RawMessage
	Tokens     map[string]string // special tokens by their names in Hugging Face: bos_token, eos_token
	Now        time.Time         // for strftime_now, which ignores its zone
}

// Chat is a rendered conversation.
type Chat struct {
	Text  string
	Parts []ChatPart
}

// ChatPart says that bytes From to To of the text were taken from the content of
// a message, from its byte At on. The parts are in order and do not overlap; what
// none covers is the template's. A content may come in several parts, changed
// between them, or in none.
type ChatPart struct{ From, To, Message, At int }

// continueMark is what Hugging Face puts behind the message that goes on, to find
// its end again.
const continueMark = "CONTINUE_FINAL_MESSAGE_TAG "

// Render renders a conversation. Content in parts reaches the template as a list; a
// template that does not print all of them so gets their texts as one. A template that
// does not come to an end, or makes too much text, is stopped (jinja.DefaultLimits).
// The error is a *ChatError.
func (c *ChatTemplate) Render(in ChatInput) (*Chat, error) {
	return c.renderWithin(in, jinja.DefaultLimits)
}

func (c *ChatTemplate) renderWithin(in ChatInput, limits jinja.Limits) (*Chat, error) {
	out, err := c.renderAs(in, limits, nil)
	joined := in.inParts(func(i int) bool { return err != nil || !out.hasParts(&in.Messages[i], i) })
	if len(joined) > 0 {
		return c.renderAs(in, limits, joined)
	}
	return out, err
}

// renderAs renders with the parts of some messages joined.
func (c *ChatTemplate) renderAs(in ChatInput, limits jinja.Limits, joined map[int]bool) (*Chat, error) {
	vars := map[string]any{"tools": nil, "documents": nil}
	for name, token := range in.Tokens {
		vars[name] = jinja.Text(token)
	}
	set := func(name string, value json.RawMessage) error {
		v, err := jinja.FromJSON(value, nil)
		if err != nil {
			return &ChatError{Message: fmt.Sprintf("variable %q: %v", name, err)}
		}
		vars[name] = v
		return nil
	}
	for name, value := range in.Vars {
		if err := set(name, value); err != nil {
			return nil, err
		}
	}
	for name, value := range map[string]json.RawMessage{"tools": in.Tools, "documents": in.Documents} {
		if value == nil {
			continue
		}
		if err := set(name, value); err != nil {
			return nil, err
		}
	}
	messages := make([]any, len(in.Messages))
	for i := range messages {
		var err error
		if messages[i], err = in.value(i, joined[i]); err != nil {
			return nil, &ChatError{Message: fmt.Sprintf("messages[%d]: %v", i, err)}
		}
	}
	vars["messages"] = jinja.List(messages...)
	vars["add_generation_prompt"] = in.Generation
	rendered, err := c.t.Render(vars, in.Now, limits)
	if err != nil {
		return nil, chatError(err)
	}
	out := &Chat{Text: rendered.Text}
	if in.Continue {
		if out.Text, err = cutAtMark(out.Text); err != nil {
			return nil, err
		}
	}
	for _, r := range rendered.Runs {
		if r.From <= len(out.Text) {
			out.Parts = append(out.Parts, ChatPart{r.From, min(r.To, len(out.Text)), r.Source, r.At})
		}
	}
	return out, nil
}

// cutAtMark ends the text where the message that goes on ends, as Hugging Face
// does: where the template trimmed the mark, the message is trimmed too.
func cutAtMark(text string) (string, error) {
	bare := strings.TrimSpace(continueMark)
	at := strings.LastIndex(text, bare)
	if at < 0 {
		return "", &ChatError{Message: "the last message does not appear in the text, so it cannot be continued"}
	}
	if strings.HasPrefix(text[at:], continueMark) {
		return text[:at], nil
	}
	return strings.TrimRightFunc(text[:at], unicode.IsSpace), nil
}

// ReadChat reads from the head of a GGUF file what its chats are rendered with: of the
// facts only templates and special tokens are filled in. The error is a *LoadError.
func ReadChat(path string) (Facts, error) {
	head, err := gguf.ReadFile(path)
	if err != nil {
		return Facts{}, fileError(path, err)
	}
	f := Facts{Path: path, ChatTemplate: head.Text("tokenizer.chat_template"), SpecialTokens: specialTokens(head)}
	f.About.Templates = head.Templates()
	return f, nil
}

// specialTokens names a vocabulary's special tokens as Hugging Face does.
func specialTokens(head *gguf.File) map[string]string {
	out := map[string]string{}
	for theirs, name := range map[string]string{
		"bos": "bos_token", "eos": "eos_token", "unknown": "unk_token", "seperator": "sep_token",
		"padding": "pad_token", "cls": "cls_token", "mask": "mask_token",
	} {
		if token, ok := head.Special(theirs); ok {
			out[name] = token
		}
	}
	return out
}
