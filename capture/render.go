package capture

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/models"
	"intentprobe/storage"
)

// roleCode gives the index of a role in storage.Roles, -1 if it has none there.
func roleCode(role string) int8 {
	for i, r := range storage.Roles {
		if r == role && role != "template" {
			return int8(i)
		}
	}
	return -1
}

var roleTemplate, roleAssistant = int8(len(storage.Roles) - 1), roleCode("assistant")

// span is a stretch of rendered text, in bytes, that is the content of a message.
type span struct {
	from, to int
	role     int8
	message  int
}

// rendered is the text of a prompt and whose each part of it is; what no span
// covers is the template's.
type rendered struct {
	text      string
	spans     []span
	messages  []models.Message // as they were rendered
	answer    int              // number of the message that the response is or goes on with; -1 where there are no turns
	before    int              // number of the message before the text, -1 for none
	prefilled bool             // the text ends within the answer
}

// renderer turns dataset rows into text.
type renderer struct {
	template string // empty: raw text, no turns
	system   string
}

// readTemplate fills in the text of a template that is named by its file.
func (c *Chat) readTemplate() error {
	if c.Text != "" || c.Template == "auto" || c.Template == "none" || c.Template == "" {
		return nil
	}
	text, err := readLimited(c.Template, mostTemplateBytes)
	if err != nil {
		return usage(fmt.Errorf("chat template: %w", err), "use auto, none, or a file that exists")
	}
	if c.Text = string(text); strings.TrimSpace(c.Text) == "" {
		return usage(fmt.Errorf("chat template %q is empty", c.Template), "use a file with a template, or --chat none for raw text")
	}
	return nil
}

// newRenderer resolves chat.template against the model's own: auto is the
// model's, or raw text where it has none; none is raw text; else chat.text is it.
func newRenderer(chat Chat, model models.Facts) (*renderer, error) {
	r := &renderer{system: chat.System}
	switch template := chat.Template; {
	case chat.Text != "":
		r.template = chat.Text
	case template == "none" || template == "":
		if chat.System != "" {
			return nil, usage(fmt.Errorf("a system prompt without a chat template"), "remove --system, or --chat none")
		}
		return r, nil
	default: // auto
		r.template = model.ChatTemplate
		if r.template == "" && chat.System != "" {
			return nil, usage(fmt.Errorf("a system prompt, but model %q has no chat template", model.Path), "name a template with --chat FILE, or put the text into the prompt")
		}
	}
	if r.template == "" {
		return r, nil
	}
	if _, err := models.RenderChat(r.template, []models.Message{{Role: "user", Content: "x"}}, true); err != nil {
		return nil, usage(fmt.Errorf("chat template of %q: %w", model.Path, err),
			"use --chat FILE with a template of a family that llama.cpp knows (a file holding the word chatml will do), or --chat none and text that is rendered already")
	}
	return r, nil
}

// render gives the text that the model reads before it answers.
func (r *renderer) render(row Row) (*rendered, error) {
	if r.template == "" {
		if len(row.Messages) > 0 {
			return nil, usage(fmt.Errorf("%s: messages, but no chat template", row.place), "name a template with --chat FILE, or use prompt")
		}
		return &rendered{
			text: row.Prompt, spans: []span{{0, len(row.Prompt), roleCode("user"), 0}}, answer: -1, before: -1,
			messages: []models.Message{{Role: "user", Content: row.Prompt}},
		}, nil
	}
	messages := row.Messages
	if len(messages) == 0 {
		messages = []models.Message{{Role: "user", Content: row.Prompt}}
	}
	hasSystem := slices.ContainsFunc(messages, func(m models.Message) bool { return m.Role == "system" })
	if r.system != "" && !hasSystem {
		messages = append([]models.Message{{Role: "system", Content: r.system}}, messages...)
	}
	text, err := r.whole(messages)
	if err != nil {
		return nil, usage(fmt.Errorf("%s: %w", row.place, err), "use --chat none and text that is rendered already")
	}
	spans, err := r.locate(text, messages)
	if err != nil {
		return nil, usage(fmt.Errorf("%s: %w", row.place, err), "use --chat none and text that is rendered already")
	}
	return &rendered{text: text, spans: spans, messages: messages, answer: len(messages), before: -1}, nil
}

// whole renders messages and what opens the assistant's answer to them.
func (r *renderer) whole(messages []models.Message) (string, error) {
	return models.RenderChat(r.template, messages, true)
}

// contentMark stands for the content of message i: private-use characters, which
// no template holds.
func contentMark(i int) string { return fmt.Sprintf("\uE000%d\uE001", i) }

// locate finds every message's content in the rendered text. The messages are
// rendered once more with marks in place of their contents, which shows what the
// template puts around them; between these pieces the contents must lie, whole
// or trimmed. So a content that also occurs in the template ("user") is found
// where it is.
func (r *renderer) locate(text string, messages []models.Message) ([]span, error) {
	marked := make([]models.Message, len(messages))
	marks := make([]string, len(messages))
	for i, m := range messages {
		marks[i] = contentMark(i)
		marked[i] = models.Message{Role: m.Role, Content: marks[i]}
	}
	frame, err := models.RenderChat(r.template, marked, true)
	if err != nil {
		return nil, err
	}
	var spans []span
	at := 0
	for i, m := range messages {
		before, after, ok := strings.Cut(frame, marks[i])
		if !ok {
			return nil, fmt.Errorf("the chat template drops message %d (%s)", i, m.Role)
		}
		if !strings.HasPrefix(text[at:], before) {
			return nil, fmt.Errorf("the chat template changes with the content of message %d", i)
		}
		at += len(before)
		content := m.Content
		if !strings.HasPrefix(text[at:], content) || !framed(text[at+len(content):], after, marks[i+1:]) {
			content = strings.Trim(content, " \t\n\v\f\r") // what C calls space
		}
		if !strings.HasPrefix(text[at:], content) {
			return nil, fmt.Errorf("the chat template changes the content of message %d", i)
		}
		spans = append(spans, span{at, at + len(content), roleCode(m.Role), i})
		at += len(content)
		frame = after
	}
	if text[at:] != frame {
		return nil, fmt.Errorf("the chat template changes with the content of its messages")
	}
	return spans, nil
}

// framed says whether text goes on as the frame does up to its next mark.
func framed(text, frame string, marks []string) bool {
	if len(marks) > 0 {
		frame, _, _ = strings.Cut(frame, marks[0])
		return strings.HasPrefix(text, frame)
	}
	return text == frame
}
