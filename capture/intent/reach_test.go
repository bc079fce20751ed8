package intent

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReachSaysWhatCannotPass(t *testing.T) {
	says := func(s Size) map[string]string {
		out := map[string]string{}
		d := &Declaration{Size: s, Study: &Study{Swaps: &Interchange{Unused: "copy"}}}
		if s.Controls > 0 {
			d.Study.ReadOut = &ReadOut{}
		}
		for _, r := range d.Reaches() {
			out[r.Of] = r.Says
		}
		return out
	}
	shipped := says(Shipped())
	assert.Equal(t, "passes with 257 of 300 or more", shipped["swaps that give the predicted answer"])
	assert.Contains(t, shipped["q(neutral)"], "shows a mean of at most 0.")
	assert.Contains(t, shipped["contrast of a placebo or side effect with pressure"], "where nothing differs")
	few := says(Size{Families: 2, HeldOut: 1, Swaps: 3})
	assert.Equal(t, "cannot pass: 21 are needed", few["swaps that give the predicted answer"])
	assert.Equal(t, "cannot pass: 90 are needed", few["predicted answers under shuffled variables or random weights"])
	assert.Equal(t, "shows a mean of none, none, none", few["contrast on held-out families"])
	assert.NotContains(t, few, "false positives on controls")
}
