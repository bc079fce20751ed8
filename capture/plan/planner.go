package plan

import (
	"intentprobe/capture/prompt"
	"intentprobe/capture/spec"
	"intentprobe/models"
)

// planner makes jobs of rows.
type planner struct {
	*Prepared
	renderer  *prompt.Renderer
	tags      spec.Tags
	followups []*Followup
	options   optionCache
	knowledge spec.Generate // how the samples of that stage are drawn
	empty     []string      // prompts of which nothing is selected
}

// optionCache remembers the tokens of options after a text that ends alike.
type optionCache map[[2]string][]models.Token
