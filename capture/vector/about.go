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

// TemplateOf gives the sha256 of the chat template of a run, as hex text: its spec's or the
// model's. It is empty where prompts are raw text, and where the manifest does not say: of
// a model's second template.
func TemplateOf(m *rundir.Manifest) string {
	var spec struct {
		Chat struct {
			Template     string `json:"template"`
			Text         string `json:"text"`
			TemplateName string `json:"template_name"`
		} `json:"chat"`
	}
	json.Unmarshal(m.Spec, &spec) // of a run whose manifest was lost, nothing is known
	switch chat := spec.Chat; {
	case chat.Text != "":
		return rundir.SumOf([]byte(chat.Text))
	case chat.Template == "none" || chat.TemplateName != "":
		return ""
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
