package baseline

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/nested"
	"intentprobe/models/phantom"
)

// Matched lies and mistakes of the phantom differ in what the speaker saw, and a bag of words
// cannot tell them apart: which content was seen only says something beside which was wanted.
func TestTextOfThePhantomTellsNothing(t *testing.T) {
	prompts, err := phantom.Prompts("lie", 150, 31, true)
	require.NoError(t, err)
	require.Len(t, prompts, 300)
	var c nested.Cases
	var label []string
	var items []Item
	for i, p := range prompts {
		pair := fmt.Sprint(i / 2)
		x := item(pair, p.Prompt, *p.Said+" .")
		items = append(items, x)
		c.Positive, c.Group, label = append(c.Positive, p.Label == "lie"), append(c.Group, pair), append(label, p.Label)
	}
	splits := cross(t, &c, label)
	all, _ := All(items)
	probe := make([]float64, len(items))
	for i := range probe {
		probe[i] = yes(c.Positive[i])
	}
	measured, err := Measure(context.Background(), c, splits, all, probe, nested.Options{})
	require.NoError(t, err)
	words := 0
	for _, m := range measured {
		t.Logf("%-20s %3d features: %.3f (%.3f to %.3f) %s", m.Name, m.Features, m.AUROC.Value, m.AUROC.Low, m.AUROC.High, m.Nothing)
		assert.NotEqual(t, 1, m.AUROC.Excludes(0.5), m.Name)
		if strings.HasSuffix(m.Name, "words") || strings.HasSuffix(m.Name, "pairs") {
			words++
			assert.InDelta(t, 0.5, m.AUROC.Value, 0.08, m.Name)
			assert.Empty(t, m.Nothing)
		}
	}
	assert.Equal(t, 4, words)
}
