package baseline

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/nested"
)

func TestForm(t *testing.T) {
	for text, want := range map[string][]string{
		"":                           nil,
		"It is NASA's 3rd iPhone.":   {"Word", "word", "WORD", "'", "word", "word", "wOrd", "."},
		"A 12  b\n":                  {"Word", "number", "  ", "word", "\n"},
		" a b ":                      {" ", "word", "word", " "},
		"Été ÉTÉ 日本\t!!":             {"Word", "WORD", "word", "\t", "!", "!"},
		"<|im_start|>user\nSay <X>.": {"<", "|", "word", "|", ">", "word", "\n", "Word", "<", "Word", ">", "."},
	} {
		assert.Equal(t, want, Form(text), "%q", text)
	}
}

// Counts, places and order of two pieces; a word of one group is as good as another.
func TestOrder(t *testing.T) {
	items := []Item{item("q1", "ann . it . bob", ""), item("q2", "cat it . .", ""), item("q3", "", "")}
	f := order(items, Words, (*Item).prompt)
	of := func(name string) (out []float32) {
		rows := read(t, f)
		for i := range items {
			for c, n := range f.names {
				if n == name {
					out = append(out, rows[i][c])
				}
			}
		}
		return out
	}
	assert.Equal(t, []float32{2, 2, 0}, of("."))
	assert.Equal(t, []float32{2, 1, 0}, of(rare))
	assert.Equal(t, []float32{4, 5, 0}, of(". from the beginning"))
	assert.Equal(t, []float32{4, 1, 0}, of(". from the end"))
	assert.Equal(t, []float32{1, 0, 0}, of(". before it"))
	assert.Equal(t, []float32{1, 2, 0}, of("it before ."))
	assert.Equal(t, []float32{2, 2, 0}, of(rare+" before ."))
	assert.Empty(t, of("it before it"), "there is none")
	assert.True(t, order(items[:1], Words, (*Item).prompt).constant())
}

// Of too many columns those are taken that differ in most items.
func TestOrderIsBounded(t *testing.T) {
	var items []Item
	for g := range 40 {
		text := ""
		for w := range 2 * mostPieces {
			text += fmt.Sprintf("w%03d ", w)
		}
		items = append(items, item(fmt.Sprint(g), text+[]string{"yes no", "no yes"}[g%2], ""))
	}
	f := order(items, Words, (*Item).prompt)
	require.Contains(t, f.names, "yes before no") // though all words are in all items
	require.LessOrEqual(t, len(f.names), Most)
}

// What a bag of words and their pairs cannot see, and a model can: each of these is planted.
func TestFormAndOrderTell(t *testing.T) {
	unique := 0
	name := func() string { unique++; return fmt.Sprintf("n%d", unique) }
	for planted, of := range map[string]struct {
		baseline string
		prompt   func(positive bool) string
	}{
		"letter case": {"prompt form", func(p bool) string { return either(p, "It is so.", "it Is so.") }},
		"white space": {"prompt form", func(p bool) string { return either(p, "it  is so", "it is so ") }},
		"which stands first": {"prompt word order", func(p bool) string {
			return fmt.Sprintf(either(p, "%s apple %s pear", "%s pear %s apple"), name(), name())
		}},
		"place of a word": {"prompt word order", func(p bool) string {
			return fmt.Sprintf(either(p, "%s true %s %s", "%s %s true %s"), name(), name(), name())
		}},
		"a name":            {"prompt word order", func(p bool) string { return "it is " + either(p, name(), "tom") }},
		"odd numbers":       {"prompt letters", func(p bool) string { unique++; return fmt.Sprintf("it is %d.", 2*(unique+100)+int(yes(p))) }},
		"ends of sentences": {"prompt form", func(p bool) string { return either(p, "a b . c d , e .", "a b , c d . e .") }},
	} {
		c, label := pairs(40)
		splits := cross(t, &c, label)
		var items []Item
		for i, p := range c.Positive {
			items = append(items, item(c.Group[i], of.prompt(p), ""))
		}
		all, _ := All(items)
		measured, err := Measure(context.Background(), c, splits, []Baseline{named(t, all, of.baseline)}, make([]float64, len(items)), nested.Options{})
		require.NoError(t, err)
		assert.Greater(t, measured[0].AUROC.Value, 0.95, planted)
		assert.False(t, math.IsNaN(measured[0].AUROC.Low), planted)
	}
}

func either(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}
