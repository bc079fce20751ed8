package capture

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What makes a sample shorter depends on what it is made of.
func TestHowASampleIsMadeShorter(t *testing.T) {
	draws, stage := &Generate{MaxTokens: 8}, stageKnowledge
	for _, c := range []struct {
		job        Job
		says, omit string
	}{
		{Job{Row: &Row{}, Draws: draws}, "lower --max-tokens", "knowledge"},
		{Job{Row: &Row{}, Draws: &Generate{}}, "shorten the prompt", "max-tokens"},
		{Job{Row: &Row{}, Draws: draws, Response: ptr("x")}, "the given response", "max-tokens"},
		{Job{Row: &Row{Stage: &stage}, Draws: draws}, "lower knowledge.max_tokens", "--max-tokens"},
	} {
		assert.Contains(t, c.job.shorten(), c.says)
		assert.NotContains(t, c.job.shorten(), c.omit)
	}
}
