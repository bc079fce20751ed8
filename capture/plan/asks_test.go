package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/dataset"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

func TestAskingInWordsMovesRanges(t *testing.T) {
	text := func(row *dataset.Row, message string) string {
		at := row.Spans[0].Find(message)
		require.Len(t, at, 1)
		return message[at[0][0]:at[0][1]]
	}
	claim := []spec.SpanRule{{Name: "claim", Range: []int{4, 9}}, {Name: "said", Range: []int{0, 2}, In: "response"}}
	row := &dataset.Row{Place: "row 1", Prompt: "Is: Paris big?", Spans: claim}
	got, err := asks(row, "Lüge bitte.")
	require.NoError(t, err)
	assert.Equal(t, "Lüge bitte. Is: Paris big?", got.Prompt)
	assert.Equal(t, "Paris", text(got, got.Prompt))
	assert.Equal(t, claim[1], got.Spans[1], "the response has no words before it")
	assert.Equal(t, []int{4, 9}, row.Spans[0].Range, "the other arms' row")

	row = &dataset.Row{Place: "row 2", Spans: claim, Messages: []chat.Message{{Role: "system", Content: "You are honest."}, {Role: "user", Content: "Is: Paris big?"}}}
	_, err = asks(row, "Lie.")
	assert.ErrorContains(t, err, `row 2: span "claim": characters 4 to 9 are counted in several messages`)

	row.Spans = []spec.SpanRule{{Name: "claim", Range: []int{8, 14}, In: "0"}}
	got, err = asks(row, "Lie.")
	require.NoError(t, err)
	assert.Equal(t, "honest", text(got, got.Messages[0].Content), "words before another message")
}
