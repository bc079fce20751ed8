package prompt

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
	"intentprobe/models"
)

// templateKey is the key that chooses the chat template.
const templateKey = hint.Key("chat.template")

// TemplateSource gives the text of the template that is meant, empty for raw text: auto is
// the model's, or raw text where a base model has none; none is raw text; else chat.text.
func TemplateSource(c *spec.Chat, model models.Facts) (string, error) {
	switch {
	case c.Text != "":
		return c.Text, nil
	case c.Template == "none" || c.Template == "":
		if c.System != "" {
			return "", hint.Usage(fmt.Errorf("a system prompt without a chat template"), "remove ", hint.Key("chat.system"), ", or ", templateKey, " none")
		}
		return "", nil
	case c.TemplateName != "":
		return namedTemplate(model, c.TemplateName)
	case c.Vars["tools"] != nil && model.About.Templates["tool_use"] != "": // as Hugging Face chooses
		return model.About.Templates["tool_use"], nil
	case model.HasTemplate():
		return model.ChatTemplate, nil
	case len(model.About.Templates) > 0:
		names := templateNames(model.About.Templates)
		return "", hint.Usage(fmt.Errorf("model %q has no default chat template, only named ones: %s", model.Path, strings.Join(names, ", ")),
			"choose one with ", hint.Key("chat.template_name"), fmt.Sprintf(" %q, name a file with ", names[0]), templateKey, " FILE, or use ", templateKey, " none for raw text")
	}
	if why := instruct(&model); why != "" {
		return "", hint.Usage(fmt.Errorf("model %q has no chat template, and looks like an instruct model: %s", model.Path, why),
			"name a template with ", templateKey, " FILE, or use ", templateKey, " none for raw text")
	}
	if c.System != "" {
		return "", hint.Usage(fmt.Errorf("a system prompt, but model %q has no chat template", model.Path), "name a template with ", templateKey, " FILE, or put the text into the prompt")
	}
	return "", nil
}

// namedTemplate gives a model's template by its name; default is the one without.
func namedTemplate(model models.Facts, name string) (string, error) {
	text, ok := model.About.Templates[name]
	names := templateNames(model.About.Templates)
	if model.HasTemplate() {
		names = append(names, "default")
		if name == "default" && !ok {
			return model.ChatTemplate, nil
		}
	}
	switch {
	case ok && strings.TrimSpace(text) != "":
		return text, nil
	case ok:
		return "", hint.Usage(fmt.Errorf("chat template %q of model %q is empty", name, model.Path), "choose another, or name a file with ", templateKey, " FILE")
	case len(names) == 0:
		return "", hint.Usage(fmt.Errorf("model %q has no chat template %q, nor any other", model.Path, name), "name a file with ", templateKey, " FILE")
	}
	return "", hint.Usage(fmt.Errorf("model %q has no chat template %q; it has: %s", model.Path, name, strings.Join(names, ", ")),
		"nearest: "+hooks.Nearest(name, names)[0])
}

// SetClock sets the clock of a template that asks for the time and was given
// none: to today, which the spec of the run then says.
func SetClock(c *spec.Chat, model models.Facts) error {
	source, err := TemplateSource(c, model)
	if err == nil && c.Now == "" && strings.Contains(source, "strftime_now") {
		c.Now = time.Now().Format(time.DateOnly)
	}
	return err
}

func templateNames(named map[string]string) []string { return slices.Sorted(maps.Keys(named)) }
