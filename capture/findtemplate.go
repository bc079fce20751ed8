package capture

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/prompt"
	"intentprobe/capture/spec"
	"intentprobe/models"
)

// FindTemplate finds a chat template and the special tokens it may print: those
// of a model, given by its path or by a name that `capture models` shows, of which
// only the head is read; or the text of any other file, whose tokens are taken to
// be <s> and </s>. which chooses one of a model's named templates; where it is empty
// and there are tools, the one for tools is taken, as chat.vars with tools does.
func FindTemplate(name, which string, tools json.RawMessage) (source string, tokens map[string]string, err error) {
	if isTemplateFile(name) {
		if which != "" {
			return "", nil, hint.Usage(fmt.Errorf("%s is a template, and has none of the name %q", name, which), "name a model, or leave ", hint.Key("chat.template_name"), " out")
		}
		chat := spec.Chat{Template: name}
		if err := chat.ReadTemplate(); err != nil {
			return "", nil, err
		}
		return chat.Text, map[string]string{"bos_token": "<s>", "eos_token": "</s>"}, nil
	}
	path, err := FindModel(name)
	if err != nil {
		return "", nil, err
	}
	facts, err := models.ReadChat(path)
	if err != nil {
		return "", nil, err
	}
	if which == "" && !facts.HasTemplate() && len(facts.About.Templates) == 0 {
		return "", nil, hint.Usage(fmt.Errorf("model %q has no chat template", name), "name a file with a template")
	}
	chat := spec.Chat{Template: "auto", TemplateName: which}
	if tools != nil {
		chat.Vars = spec.Vars{"tools": tools}
	}
	source, err = prompt.TemplateSource(&chat, facts)
	return source, facts.SpecialTokens, err
}

// isTemplateFile says whether a name is that of a file that is no model.
func isTemplateFile(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.IsDir() || strings.HasSuffix(strings.ToLower(name), ".gguf") {
		return false
	}
	magic := make([]byte, 4)
	n, _ := io.ReadFull(f, magic)
	return string(magic[:n]) != "GGUF"
}
