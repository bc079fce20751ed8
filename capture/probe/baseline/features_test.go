package baseline

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/verdict"
	"intentprobe/storage/rundir"
)

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                          nil,
		"  \n\t":                    nil,
		"It's Paris, isn't it?":     {"it", "'", "s", "paris", ",", "isn", "'", "t", "it", "?"},
		"<|im_start|>user\n2_0 km²": {"<", "|", "im_start", "|", ">", "user", "2_0", "km²"},
		"ÉTÉ—日本":                    {"été", "—", "日本"},
		"a\x1cb\u00a0c":             {"a", "b", "c"},
	} {
		assert.Equal(t, want, Words(text), "%q", text)
	}
}

// read gives what the rows of a space are.
func read(t *testing.T, rows fit.Rows) (out [][]float32) {
	t.Helper()
	require.NoError(t, rows.Each(context.Background(), func(b *fit.Block) error {
		for i := range b.Y {
			out = append(out, append([]float32(nil), b.X[i*rows.Width():(i+1)*rows.Width()]...))
		}
		return nil
	}))
	return out
}

func TestBagOfWords(t *testing.T) {
	items := []Item{
		item("q1", "same", "yes yes no"),
		item("q1", "same", "once once"), // "once" is in one group alone
		item("q2", "same", "yes"),
		item("q3", "same", "no end"),
		item("q4", "same", ""),
	}
	all, missing := All(items)
	assert.Empty(t, missing)
	b := named(t, all, "answer words")
	assert.Equal(t, []string{"no", "yes"}, b.Columns)
	assert.Equal(t, verdict.Text, b.Kind)
	assert.Empty(t, b.Nothing)
	one, two := float32(math.Log(2)), float32(math.Log(3))
	assert.Equal(t, [][]float32{{one, two}, {0, 0}, {0, one}, {one, 0}, {0, 0}}, read(t, b.Space.Rows))

	// What all samples share says nothing.
	for _, name := range []string{"prompt words", "prompt word pairs", "prompt length", "position", "likelihood", "condition"} {
		assert.NotEmpty(t, named(t, all, name).Nothing, name)
	}
	assert.Empty(t, named(t, all, "answer length").Nothing, "the characters differ")
}

// Of too many words those in most groups are taken.
func TestVocabularyIsBounded(t *testing.T) {
	var items []Item
	for g := range 6 {
		text := ""
		for w := range Most + 100 {
			if g < 2 || w < Most && (w+g)%4 != 0 { // words from Most on are in two groups alone
				text += fmt.Sprintf("w%04d ", w)
			}
		}
		items = append(items, item(fmt.Sprint(g), "", text))
	}
	f := bag(items, false, func(i *Item) string { return i.Response })
	require.Len(t, f.names, Most)
	for w, name := range f.names {
		assert.Equal(t, fmt.Sprintf("w%04d", w), name)
	}
	assert.Len(t, read(t, f), 6)
}

func TestBaselinesOfItems(t *testing.T) {
	var items []Item
	for i := range 600 { // more than a block
		x := item(fmt.Sprint("q", i/2), "Say it.", "Yes.")
		x.Meta = fmt.Sprintf(`{"topic": "t%d", "template": "T%d", "number": 3}`, i%3, i%2)
		style, condition, group := fmt.Sprint("s", i%5), fmt.Sprint("c", i%2), fmt.Sprint("g", i)
		x.Style, x.Condition, x.Sample.Group = &style, &condition, &group
		logprob := -float64(i)
		x.Logprob = &logprob
		x.ResponseTokens = int32(1 + i%4)
		x.Answer = Answer{Rows: int(x.ResponseTokens), First: -0.5, Least: -2, Entropy: 0.25}
		x.Place = Place{Rows: 1, Mean: float64(i % 7)}
		items = append(items, x)
	}
	all, missing := All(items)
	assert.Empty(t, missing)
	kinds := map[string]string{}
	for _, b := range all {
		kinds[b.Name] = b.Kind
		assert.Len(t, read(t, b.Space.Rows), len(items), b.Name)
	}
	assert.Equal(t, map[string]string{
		"condition": verdict.Prompt, "prompt length": verdict.Prompt, "prompt words": verdict.Prompt, "prompt word pairs": verdict.Prompt, "prompt word order": verdict.Prompt, "prompt form": verdict.Prompt, "template": verdict.Prompt,
		"position": verdict.Prompt, "answer length": verdict.Text, "answer words": verdict.Text, "answer word pairs": verdict.Text, "answer word order": verdict.Text, "answer form": verdict.Text, "answer letters": verdict.Text, "prompt letters": verdict.Prompt, "likelihood": verdict.Likelihood,
		"style": verdict.Topic, "group": verdict.Topic, "topic": verdict.Topic,
		"likelihood by style": verdict.Likelihood, "likelihood by topic": verdict.Likelihood, // each group is in one question
	}, kinds)
	assert.Equal(t, []string{"t0", "t1", "t2"}, named(t, all, "topic").Columns)
	assert.NotEmpty(t, named(t, all, "group").Nothing, "each value is in one question alone")
	likely := named(t, all, "likelihood")
	assert.Equal(t, []string{"no answer", "sum", "mean", "first", "least", "entropy"}, likely.Columns)
	assert.Equal(t, []float32{0, -5, -2.5, -0.5, -2, 0.25}, read(t, likely.Space.Rows)[5])

	byTopic := named(t, all, "likelihood by topic") // the fifth sample is of t2
	assert.Equal(t, []string{"t0", "t1", "t2", "no answer of t0", "sum of t0"}, byTopic.Columns[:5])
	want := append([]float32{0, 0, 1}, make([]float32, 12)...)
	assert.Equal(t, append(want, 0, -5, -2.5, -0.5, -2, 0.25), read(t, byTopic.Space.Rows)[5])

	// Rows of some of the answers alone are not used.
	items[17].Answer = Answer{First: math.NaN(), Entropy: math.NaN()}
	all, _ = All(items)
	assert.Equal(t, []string{"no answer", "sum", "mean"}, named(t, all, "likelihood").Columns)

	// A token of an answer makes the position one of the text.
	items[3].Place.Said = true
	all, _ = All(items)
	assert.Equal(t, verdict.Text, named(t, all, "position").Kind)

	items[17].Logprob = nil
	all, missing = All(items)
	assert.Equal(t, []string{"likelihood: the samples have no log-probabilities"}, missing)
	for _, b := range all {
		assert.NotEqual(t, verdict.Likelihood, b.Kind)
	}
}

// A follow-up's prompt is all that came before.
func TestFollowUpsReadTheirParents(t *testing.T) {
	x := item("q", "Did you lie?", "No")
	x.Before = []*rundir.Sample{{Prompt: "Say it. ", Response: "Green. "}}
	x.FirstPosition = 9
	assert.Equal(t, "Say it. Green. Did you lie?", x.prompt())
	assert.Equal(t, 13, x.promptTokens())
}
