package page

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/visible"
)

// climbed is a report with every part, with a name in each text.
func climbed(name string) *intent.Report {
	claim := func(name string, outcome ladder.Outcome, families ...float64) ladder.Claim {
		return ladder.Claim{Part: "shift", Name: name, Asks: "above 0.1", Margin: 0.1, Value: 0.4, Lower: 0.2, Upper: 0.6, N: 3, Unit: "families", Outcome: outcome, Families: families}
	}
	equal := claim("equal"+name, ladder.NoPower)
	equal.Part, equal.Asks = "specific", "within ± 0.1"
	return &intent.Report{
		Program: "1" + name, Model: "m.gguf" + name, Sentence: "Evidence of reflex." + name, Declared: strings.Repeat("a", 64),
		Later:   []string{"a margin" + name},
		Study:   &intent.Study{Name: "study" + name, Outcome: "it is thought" + name, Reference: "says it" + name, Goal: "stated" + name, Side: "it rings" + name, Arms: []ladder.Arm{{Name: "none" + name, Kind: ladder.Pressure}}},
		Size:    intent.Shipped(),
		Margins: ladder.Margins(),
		Runs:    []intent.Recorded{{Name: "behaviour" + name, Folder: "runs/behaviour" + name, Samples: 3}},
		Ladder: &ladder.Ladder{
			Rungs: []*ladder.Rung{
				{Number: 0, Name: "control", Outcome: ladder.NotRun, Note: "none" + name},
				{Number: 1, Name: "behaviour", Outcome: ladder.Refuted, Claims: []ladder.Claim{
					claim("moves"+name, ladder.Pass, 0.3, 0.4, 0.5), claim("stays"+name, ladder.Refuted, -0.1, 0, 0.1), equal,
					{Part: "shift", Name: "lacks" + name, Outcome: ladder.NotRun, Note: "nobody asked" + name}}},
			},
			Afterwards: []ladder.Claim{claim("afterwards: false"+name, "", 0.1, 0.2, 0.9)},
			Verdict:    ladder.Verdict{Word: ladder.Reflex, Because: "It stays." + name, Rung: 1, Change: []string{"more" + name}},
		},
	}
}

func writtenIntent(t *testing.T, r *intent.Report) (string, *html.Node) {
	var out bytes.Buffer
	require.NoError(t, WriteIntent(&out, r))
	tree, err := html.Parse(strings.NewReader(out.String()))
	require.NoError(t, err)
	return out.String(), tree
}

func TestALadderHasItsVerdictOnTop(t *testing.T) {
	_, tree := writtenIntent(t, climbed(""))
	assert.Equal(t, []string{"verdict", "later", "rungs", "claims", "afterwards", "declared", "runs"}, sections(tree))
	verdict := textOf(byID(tree, "verdict"))
	for _, words := range []string{"reflex", "Evidence of reflex.", "It stays.", "Rung 1 (behaviour) decided.", "more"} {
		assert.Contains(t, verdict, words)
	}
	assert.Contains(t, textOf(byID(tree, "declared")), strings.Repeat("a", 64))
	rung := byID(tree, "rung-1")
	count := func(n *html.Node, class string) (found int) {
		for d := range n.Descendants() {
			if hasClass(d, class) {
				found++
			}
		}
		return found
	}
	assert.Equal(t, 6, count(rung, "family"))
	assert.Equal(t, 4, count(rung, "limit"), "one margin each, and two of an equivalence")
	assert.Equal(t, 1, count(rung, "hollow"), "the control")
	later := byID(tree, "asked-afterwards")
	assert.Zero(t, count(later, "limit"), "what is not scored has no margin")
	assert.Contains(t, textOf(later), "not scored")
	assert.Contains(t, textOf(byID(tree, "afterwards")), "never scored")
}

func TestALadderWithHostileTextsDoesNothing(t *testing.T) {
	text, tree := writtenIntent(t, climbed(hostile))
	assert.False(t, strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && visible.Unsafe(r) }))
	assert.Len(t, all(tree, "script"), 1)
	assert.Empty(t, all(tree, "img"))
	assert.Contains(t, textOf(byID(tree, "verdict")), "Evidence of reflex."+visible.Text(hostile))
	assert.Error(t, WriteIntent(noSpace{}, climbed("")))
}
