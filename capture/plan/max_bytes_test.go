package plan

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/arm"
	"intentprobe/capture/spec"
)

// What samples say beside their activations counts, and does not change the groups.
func TestMaxBytesCountsTexts(t *testing.T) {
	p := jobsOf(8, 1, 4, 16)
	p.Spec.Capture.Rows = true
	bare, group := p.MaxBytes(), p.groupSamples()
	meta, name := strings.Repeat("m", 1000), strings.Repeat("n", 100)
	more := func() int64 { return p.MaxBytes() - bare }
	p.Jobs[2].Row.Meta = meta
	assert.EqualValues(t, 1000, more())
	p.Jobs[3].Row.Pair, p.Jobs[3].Response = &name, &meta
	assert.EqualValues(t, 2100, more())
	p.Jobs[4].Arm = &arm.Arm{Name: name, Parts: []arm.Part{{Name: name}, {Name: name, When: &arm.When{}}}}
	assert.EqualValues(t, 2200+4*(2*104+8), more(), "each of its rows may name all interventions")
	p.Spec.Capture.Rows = false
	p.Jobs[5].Prompt.Alternatives = []Alternatives{{Name: "a", Options: []Option{{Text: name}, {Text: name}}}}
	assert.EqualValues(t, 2200+2*(16+102), more()+8*4*int64(p.RowBytes()+rowOverhead))
	assert.Equal(t, group, func() int { p.Spec.Capture.Rows = true; return p.groupSamples() }())
	p.Spec.Generate = spec.Generate{MaxTokens: 10}
	assert.Greater(t, p.MaxBytes(), bare)
}
