package vector

import (
	"encoding/json"
	"path/filepath"

	"intentprobe/storage/rundir"
)

// ModelOf gives what a manifest says of the model.
func ModelOf(m *rundir.Manifest) Model {
	return Model{
		File: filepath.Base(m.Model.File), SHA256: m.Model.SHA256, Architecture: m.Model.Architecture,
		Layers: m.Model.Layers, Width: m.Model.Width,
	}
}

// TemplateOf gives the sha256 of the chat template that rendered a run's prompts, as hex text,
// or rundir.RawText where none did. It is empty where the manifest does not say: of a run
// whose manifest was lost, and of older ones that named one of the model's templates, or
// gave the template tools, for which some models have another.
func TemplateOf(m *rundir.Manifest) string {
	if m.Template != "" || !m.HasSpec() {
		return m.Template
	}
	var spec struct {
		Chat struct {
			Template     string                     `json:"template"`
			Text         string                     `json:"text"`
			TemplateName string                     `json:"template_name"`
			Vars         map[string]json.RawMessage `json:"vars"`
		} `json:"chat"`
	}
	if json.Unmarshal(m.Spec, &spec) != nil {
		return ""
	}
	chat := &spec.Chat
	switch {
	case chat.Text != "":
		return rundir.SumOf([]byte(chat.Text))
	case chat.Template == "none" || chat.Template == "":
		return rundir.RawText
	case chat.TemplateName != "" || chat.Vars["tools"] != nil:
		return ""
	case m.Model.ChatTemplateSHA256 == "":
		return rundir.RawText // of a base model: prompts of others were refused
	}
	return m.Model.ChatTemplateSHA256
}

// tokensOf gives the expression by which a run chose its tokens.
func tokensOf(m *rundir.Manifest) string {
	var spec struct {
		Capture struct {
			Tokens string `json:"tokens"`
		} `json:"capture"`
	}
	json.Unmarshal(m.Spec, &spec) // as above
	return spec.Capture.Tokens
}
