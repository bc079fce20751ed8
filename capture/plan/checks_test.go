package plan

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/dataset"
	"intentprobe/capture/spec"
)

// What makes a sample shorter depends on what it is made of.
func TestHowASampleIsMadeShorter(t *testing.T) {
	draws, stage := &spec.Generate{MaxTokens: 8}, spec.StageKnowledge
	for _, c := range []struct {
		job        Job
		says, omit string
	}{
		{Job{Row: &dataset.Row{}, Draws: draws}, "lower generate.max_tokens", "knowledge"},
		{Job{Row: &dataset.Row{}, Draws: &spec.Generate{}}, "shorten the prompt", "max_tokens"},
		{Job{Row: &dataset.Row{}, Draws: draws, Response: ptr("x")}, "the given response", "max_tokens"},
		{Job{Row: &dataset.Row{Stage: &stage}, Draws: draws}, "lower knowledge.max_tokens", "generate.max_tokens"},
	} {
		says := fmt.Sprint(c.job.shorten()...)
		assert.Contains(t, says, c.says)
		assert.NotContains(t, says, c.omit)
	}
}
