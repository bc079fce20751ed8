package chat

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"intentprobe/models/jinja"
)

// continueMark is what Hugging Face puts after the message that goes on, to find
// its end again.
const continueMark = "CONTINUE_FINAL_MESSAGE_TAG "

// Render renders a conversation. Content in parts reaches the template as a list; a
// template that does not print all of them so gets their texts as one. A template that
// does not come to an end, or makes too much text, is stopped (jinja.DefaultLimits).
// The error is an *Error.
func (c *Template) Render(in Input) (*Rendered, error) {
	return c.renderWithin(in, jinja.DefaultLimits)
}

func (c *Template) renderWithin(in Input, limits jinja.Limits) (*Rendered, error) {
	out, err := c.renderAs(in, limits, nil)
	joined := in.inParts(func(i int) bool { return err != nil || !out.hasParts(&in.Messages[i], i) })
	if len(joined) > 0 {
		return c.renderAs(in, limits, joined)
	}
	return out, err
}

// renderAs renders with the parts of some messages joined.
func (c *Template) renderAs(in Input, limits jinja.Limits, joined map[int]bool) (*Rendered, error) {
	vars := map[string]any{"tools": nil, "documents": nil}
	for name, token := range in.Tokens {
		vars[name] = jinja.Text(token)
	}
	set := func(name string, value json.RawMessage) error {
		v, err := jinja.FromJSON(value, nil)
		if err != nil {
			return &Error{Message: fmt.Sprintf("variable %q: %v", name, err)}
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
			return nil, &Error{Message: fmt.Sprintf("messages[%d]: %v", i, err)}
		}
	}
	vars["messages"] = jinja.List(messages...)
	vars["add_generation_prompt"] = in.Generation
	rendered, err := c.t.Render(vars, in.Now, limits)
	if err != nil {
		return nil, asError(err)
	}
	out := &Rendered{Text: rendered.Text}
	if in.Continue {
		if out.Text, err = cutAtMark(out.Text); err != nil {
			return nil, err
		}
	}
	for _, r := range rendered.Runs {
		if r.From <= len(out.Text) {
			out.Parts = append(out.Parts, Part{r.From, min(r.To, len(out.Text)), r.Source, r.At})
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
		return "", &Error{Message: "the last message does not appear in the text, so it cannot be continued"}
	}
	if strings.HasPrefix(text[at:], continueMark) {
		return text[:at], nil
	}
	return strings.TrimRightFunc(text[:at], unicode.IsSpace), nil
}
