package prompt

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/models"
	"intentprobe/models/chat"
	"intentprobe/storage/rundir"
)

var roleTemplate, roleAssistant = int8(slices.Index(rundir.Roles, "template")), spec.RoleCode("assistant")

// span is a stretch of rendered text, in bytes, that was taken from the content
// of one message, from its byte at on.
type span struct {
	from, to    int
	role        int8
	message, at int
}

// Rendered is the text of a prompt and whose each part of it is; what no span
// covers is the template's. A message whose content the template splits has
// several spans. That of a last message by the assistant is where the response
// goes on.
type Rendered struct {
	Text      string
	spans     []span
	Messages  []chat.Message // as they were rendered
	answer    int            // number of the message that the response is or goes on with; -1 where there are no turns
	before    int            // number of the message before the text, -1 for none
	prefilled bool           // the text ends within the answer
}

// Renderer turns dataset rows into text.
type Renderer struct {
	Source   string         // of the template
	template *chat.Template // nil: raw text, no turns
	system   string
	input    chat.Input  // what is the same for every row
	example  dataset.Row // tools and documents that the template cannot do without
	ways     []any       // to name another template: parts of a hint
	forTools bool        // the model has a template for tools, which this is not
}

// exampleRow has one tool and one document, for templates that cannot do without.
var exampleRow = dataset.Row{
	Tools:     json.RawMessage(`[{"type":"function","function":{"name":"f","description":"","parameters":{"type":"object","properties":{}}}}]`),
	Documents: json.RawMessage(`[{"title":"","text":""}]`),
}

// NewRenderer resolves the settings of chats against the model.
func NewRenderer(settings spec.Chat, model models.Facts) (*Renderer, error) {
	source, err := TemplateSource(&settings, model)
	r := &Renderer{system: settings.System, Source: source, ways: []any{templateKey, " FILE"}}
	r.forTools = settings.IsModels() && model.About.Templates["tool_use"] != "" && source != model.About.Templates["tool_use"]
	if names := templateNames(model.About.Templates); len(names) > 0 && settings.IsModels() {
		r.ways = []any{hint.Key("chat.template_name"), fmt.Sprintf(" (%s) or ", strings.Join(names, ", ")), templateKey, " FILE"}
	}
	if err != nil || source == "" {
		return r, err
	}
	advice := []any{"use ", templateKey, " FILE with another template, or ", templateKey, " none and text that is rendered already"}
	if r.template, err = chat.NewTemplate(source); err != nil {
		return nil, hint.Usage(fmt.Errorf("model %q: %w", model.Path, err), advice...)
	}
	r.input = chat.Input{Generation: true, Vars: settings.Vars, Tokens: model.SpecialTokens}
	if settings.Now != "" {
		if r.input.Now, err = spec.ParseNow(settings.Now); err != nil {
			return nil, err
		}
	}
	// What the template raises may be about this conversation; anything else is not,
	// unless it is for want of tools and documents.
	if err = r.try(); err != nil {
		r.example = exampleRow
		if r.try() != nil {
			return nil, hint.Usage(fmt.Errorf("model %q: %w", model.Path, err), advice...)
		}
	}
	return r, nil
}

// try renders a message by the user. What the template raises is no error.
func (r *Renderer) try() error {
	_, err := r.apply(&r.example, []chat.Message{{Role: "user", Content: "x"}})
	var broken *chat.Error
	if errors.As(err, &broken) && !broken.Raised {
		return err
	}
	return nil
}

// apply renders messages with the tools and documents of a row; a last one by the
// assistant is left open, for the response to go on.
func (r *Renderer) apply(row *dataset.Row, messages []chat.Message) (*chat.Rendered, error) {
	in := r.input
	in.Messages, in.Tools, in.Documents = messages, row.Tools, row.Documents
	if messages[len(messages)-1].Role == "assistant" {
		in.Generation, in.Continue = false, true
	}
	return r.template.Render(in)
}

// Ignored names what a row has that a template never speaks of, empty for nothing.
func Ignored(template string, row *dataset.Row) string {
	knows := func(name string) bool { return strings.Contains(template, name) }
	calls := slices.ContainsFunc(row.Messages, func(m chat.Message) bool { return m.Calls() })
	switch {
	case isGiven(row.Tools) && !knows("tools"):
		return "tools"
	case isGiven(row.Documents) && !knows("documents"):
		return "documents"
	case calls && !knows("tool_calls") && !knows("function_call"):
		return "tool_calls"
	}
	return ""
}

// isGiven says whether a row has tools, or documents; an empty list is none.
func isGiven(list json.RawMessage) bool { return list != nil && string(list) != "[]" }

// Render gives the text that the model reads before it answers.
func (r *Renderer) Render(row dataset.Row) (*Rendered, error) {
	if r.forTools && isGiven(row.Tools) {
		return nil, hint.Usage(fmt.Errorf("%s: tools, for which the model has a template beside its default one", row.Place),
			"choose for all rows: ", hint.Key("chat.template_name"), " tool_use, which Hugging Face takes where there are tools, or ", hint.Key("chat.template_name"), " default")
	}
	if what := Ignored(r.Source, &row); what != "" {
		return nil, hint.Usage(fmt.Errorf("%s: %s, of which the chat template knows nothing", row.Place, what), slices.Concat([]any{"name a template that knows them with "}, r.ways, []any{", or leave them out"})...)
	}
	if r.template == nil {
		if len(row.Messages) > 0 {
			return nil, hint.Usage(fmt.Errorf("%s: messages, but no chat template", row.Place), "name a template with ", templateKey, " FILE, or use prompt")
		}
		return &Rendered{
			Text: row.Prompt, spans: []span{{to: len(row.Prompt), role: spec.RoleCode("user")}}, answer: -1, before: -1,
			Messages: []chat.Message{{Role: "user", Content: row.Prompt}},
		}, nil
	}
	messages := row.Messages
	if len(messages) == 0 {
		messages = []chat.Message{{Role: "user", Content: row.Prompt}}
	}
	hasSystem := slices.ContainsFunc(messages, func(m chat.Message) bool { return m.Role == "system" })
	if r.system != "" && !hasSystem {
		messages = append([]chat.Message{{Role: "system", Content: r.system}}, messages...)
	}
	advice := []any{"change the messages, name another template with ", templateKey, " FILE, or use ", templateKey, " none and text that is rendered already"}
	chat, err := r.apply(&row, messages)
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("%s: %w", row.Place, err), advice...)
	}
	out := &Rendered{Text: chat.Text, Messages: messages, answer: len(messages), before: -1}
	if last := len(messages) - 1; messages[last].Role == "assistant" {
		out.answer, out.prefilled = last, true
	}
	found := make([]bool, len(messages))
	for _, p := range chat.Parts {
		found[p.Message] = true
		out.spans = append(out.spans, span{p.From, p.To, spec.RoleCode(messages[p.Message].Role), p.Message, p.At})
	}
	for i, m := range messages {
		if !found[i] && strings.TrimSpace(m.Content) != "" {
			return nil, hint.Usage(fmt.Errorf("%s: the chat template drops or rewrites the content of message %d (%s), so it cannot be found in the text", row.Place, i, m.Role), advice...)
		}
	}
	return out, nil
}
