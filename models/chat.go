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

// Message is one turn of a conversation.
type Message struct {
	Role    string `json:"role" yaml:"role"`
	Content string `json:"content" yaml:"content"`
}

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
	JSON       []byte // instead of Messages: a list of objects, with whatever keys the template knows
	Generation bool   // add what opens the assistant's answer
	Continue   bool   // the last message goes on: the text ends with its content
	Vars       map[string]any
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

// Render renders a conversation. A template that does not come to an end, or
// makes too much text, is stopped (jinja.DefaultLimits). The error is a *ChatError.
func (c *ChatTemplate) Render(in ChatInput) (*Chat, error) {
	return c.renderWithin(in, jinja.DefaultLimits)
}

func (c *ChatTemplate) renderWithin(in ChatInput, limits jinja.Limits) (*Chat, error) {
	vars := map[string]any{"tools": nil, "documents": nil}
	for name, token := range in.Tokens {
		v, _ := jinja.FromGo(token)
		vars[name] = v
	}
	for name, value := range in.Vars {
		v, err := jinja.FromGo(value)
		if err != nil {
			return nil, &ChatError{Message: fmt.Sprintf("variable %q: %v", name, err)}
		}
		vars[name] = v
	}
	var err error
	if vars["messages"], err = in.messages(); err != nil {
		return nil, err
	}
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

func (in *ChatInput) messages() (any, error) {
	mark := func(content string, i int, last bool) any {
		v := jinja.Marked(content, i)
		if last && in.Continue {
			v = jinja.Join(v, continueMark)
		}
		return v
	}
	if in.JSON == nil {
		list := make([]any, len(in.Messages))
		for i, m := range in.Messages {
			role, _ := jinja.FromGo(m.Role)
			list[i] = jinja.Object("role", role, "content", mark(m.Content, i, i == len(list)-1))
		}
		return jinja.List(list...), nil
	}
	var shape []struct{ Content any }
	if err := json.Unmarshal(in.JSON, &shape); err != nil {
		return nil, &ChatError{Message: "messages: " + err.Error()}
	}
	last, lastPart := len(shape)-1, -1
	if last >= 0 {
		parts, _ := shape[last].Content.([]any)
		for i, part := range parts {
			if object, ok := part.(map[string]any); ok && object["text"] != nil {
				lastPart = i
			}
		}
	}
	v, err := jinja.FromJSON(in.JSON, func(path []any, text string) any {
		i, _ := path[0].(int)
		switch {
		case len(path) == 2 && path[1] == "content":
			return mark(text, i, i == last)
		case len(path) == 4 && path[1] == "content" && path[3] == "text":
			return mark(text, i, i == last && path[2] == lastPart)
		}
		plain, _ := jinja.FromGo(text)
		return plain
	})
	if err != nil {
		return nil, &ChatError{Message: "messages: " + err.Error()}
	}
	return v, nil
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
