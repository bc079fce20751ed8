package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/arm"
	"intentprobe/capture/prompt"
	"intentprobe/capture/selection"
	"intentprobe/models"
)

// spanJob is a sample whose tokens lie in sets of spans; the response's come after the bar.
func spanJob(marks []uint16, response ...uint16) *Job {
	j := &Job{Prompt: &Prompt{Prompt: &prompt.Prompt{}}}
	for _, m := range marks {
		j.Prompt.Marks = append(j.Prompt.Marks, prompt.Mark{Spans: m})
	}
	for _, m := range response {
		j.ResponseMarks = append(j.ResponseMarks, prompt.Mark{Spans: m})
		j.ResponseTokens = append(j.ResponseTokens, models.Token(0))
	}
	return j
}

func TestAlignedSpansOverlapAndResponses(t *testing.T) {
	p := &Prepared{SpanSets: &prompt.SpanSets{Names: [][]string{nil, {"a"}, {"b"}, {"a", "b"}}}}
	tokens, err := selection.Parse("span:a | span:b")
	require.NoError(t, err)
	part := &arm.Part{Tokens: tokens, Swap: &arm.Swap{Pair: true, Align: "span"}}

	pairs, err := p.alignedSpans(spanJob([]uint16{0, 1, 1, 2}, 0, 1), spanJob([]uint16{1, 1, 0, 0, 2}, 1, 0), part)
	require.NoError(t, err)
	assert.Equal(t, spanPairs{1: 0, 2: 1, 3: 4, 5: 5}, pairs, "token 5 is the response's second, and stands for the other's first")

	_, err = p.alignedSpans(spanJob([]uint16{1, 3, 2}), spanJob([]uint16{1, 1, 2, 2}), part)
	assert.ErrorContains(t, err, `token 1 lies in span "b" and in another`)

	_, err = p.alignedSpans(spanJob([]uint16{1, 1}), spanJob([]uint16{1}), part)
	assert.ErrorContains(t, err, `span "a" has 2 tokens here and 1 there`)

	_, err = p.alignedSpans(spanJob([]uint16{1, 1, 0, 1, 1, 1}), spanJob([]uint16{1, 1, 1, 0, 1, 1}), part)
	assert.ErrorContains(t, err, `span "a" occurs several times`)

	part.Swap.Align = "token"
	pairs, err = p.alignedSpans(spanJob([]uint16{1, 1}), spanJob([]uint16{1}), part)
	require.NoError(t, err)
	assert.Equal(t, -1, pairs.counterpart(0))
}
