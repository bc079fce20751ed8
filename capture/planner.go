package capture

import (
	"intentprobe/models"
)

// planner makes jobs of rows.
type planner struct {
	*Prepared
	renderer  *renderer
	tags      tags
	followups []*followupPlan
	options   optionCache
	knowledge Generate // how the samples of that stage are drawn
	empty     []string // prompts of which nothing is selected
}

// optionCache remembers the tokens of options after a text that ends alike.
type optionCache map[[2]string][]models.Token

// neutral says whether a row is one of the neutral questions.
func (r *Row) neutral() bool { return r.Stage != nil && *r.Stage == stageKnowledge }
