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
	sum, _ := TemplateSum(spec.Chat.Text, spec.Chat.Template, spec.Chat.TemplateName, m.Model.ChatTemplateSHA256)
	return sum
}

// TemplateSum gives the sha256 of the template that prompts are rendered with, of the keys of
// chat in a spec and the sha256 of the model's own: text is that of a template's file. It is
// empty where prompts are raw text, and where a name chooses among the model's templates.
func TemplateSum(text, template, name, model string) (sum string, raw bool) {
	switch {
	case text != "":
		return rundir.SumOf([]byte(text)), false
	case template == "none":
		return "", true
	case name != "":
		return "", false
	}
	return model, false
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
