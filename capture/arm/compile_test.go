package arm

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

// issue is the spec of the issue, at the blocks of the tests' model.
const issue = `
conditions: [{name: honest}, {name: lying}]
alternatives: [{name: verdict, options: ["Yes", "No"]}]
interventions:
  - {name: lie, at: "resid_post:2", do: add, vector: lie.safetensors, scale: [0.5, 1, 2, -1], unit: gap, tokens: "prompt[-1] | response", predict: down}
  - {name: calm, at: "resid_post:1-2", do: remove, vector: calm.safetensors, tokens: all, followups: true}
arms: [none, lie, {name: both, of: [lie@1, calm]}]
controls: {random: 2, covariance: 1, unrelated: calm.safetensors, tokens: "prompt[0]", prompt: "Please lie."}
`

func TestArmsOfASpec(t *testing.T) {
	f := newFolder(t)
	f.write("calm.safetensors", meta(), &vector.Direction{Name: "calm", Rank: 1, Width: width, Vector: []float32{0, 0, 5, 0, 0, 0, 1, 0}, SD: 1, Covariance: make([]float32, width*width)})
	f.refused(issue, "(calm)", "covariance.1", "is zero")
	f.write("calm.safetensors", meta(), &vector.Direction{Name: "calm", Rank: 1, Width: width, Vector: []float32{0, 0, 5, 0, 0, 0, 1, 0}, SD: 1, Covariance: lie().Covariance})
	set := f.compile(issue)
	assert.Equal(t, []string{
		"none", "lie@0.5", "lie@1", "lie@2", "lie@-1", "both",
		"lie@2/random.1", "lie@2/random.2", "lie@2/covariance.1", "lie@2/unrelated", "lie@2/tokens",
		"both/random.1", "both/random.2", "both/covariance.1", "both/unrelated", "both/tokens",
		"prompt",
	}, set.names())
	none := set.Arms[0]
	assert.Equal(t, Arm{Name: "none", Kind: None}, none)
	strong := set.arm(t, "lie@2")
	part := strong.Parts[0]
	assert.Equal(t, "prompt[-1] | response", part.Tokens.String())
	assert.Equal(t, []any{"lie", "add", "gap", "down", 2.0, []hooks.Point{post(2)}, false}, []any{part.Name, part.Do, part.Unit, part.Predict, *part.Scale, part.Points, part.Followups})
	both := set.arm(t, "both")
	assert.Equal(t, []string{"lie", "calm"}, []string{both.Parts[0].Name, both.Parts[1].Name})
	assert.Equal(t, []hooks.Point{post(1), post(2)}, both.Parts[1].Points)
	assert.True(t, both.Parts[1].Followups)
	assert.Empty(t, both.Parts[1].Unit)
	control := set.arm(t, "lie@2/tokens")
	assert.Equal(t, []string{Tokens, "lie@2", "prompt[0]", ""}, []string{control.Kind, control.Of, control.Parts[0].Tokens.String(), control.Parts[0].Predict})
	assert.Equal(t, strong.Parts[0].Edits, control.Parts[0].Edits, "the same edits, once")
	assert.Equal(t, Arm{Name: "prompt", Kind: Prompt, Prompt: "Please lie."}, *set.arm(t, "prompt"))
	assert.Equal(t, set.arm(t, "lie@1").Parts[0].Edits, both.Parts[0].Edits)
	inOrder(t, set)
}

// inOrder wants each edit once, and those of an arm at a node in the order of the plan,
// scores and what is kept before them.
func inOrder(t *testing.T, set *Set) {
	t.Helper()
	seen := map[[32]byte]bool{}
	kind := func(op hooks.EditOp) int { return map[hooks.EditOp]int{hooks.EditScore: -2, hooks.EditKeep: -1}[op] }
	for i := range set.Edits {
		if i > 0 {
			assert.LessOrEqual(t, kind(set.Edits[i-1].Op), kind(set.Edits[i].Op))
		}
		assert.False(t, seen[fingerprint(&set.Edits[i])])
		seen[fingerprint(&set.Edits[i])] = true
	}
	for _, a := range set.Arms {
		last := map[int]int{}
		for _, p := range a.Parts {
			for _, e := range p.Edits {
				node := set.Edits[e].Node
				if before, ok := last[node]; ok {
					assert.Less(t, before, e, a.Name)
				}
				last[node] = e
			}
		}
	}
}

func TestWithoutArmsEveryInterventionIsOne(t *testing.T) {
	f := newFolder(t)
	set := f.compile(`
interventions:
  - {name: b, at: "resid_post:2", do: remove, vector: lie.safetensors, tokens: all}
  - {name: a, at: "resid_post:2", do: add, vector: calm.safetensors, scale: 3, tokens: all}
`)
	assert.Equal(t, []string{"none", "b", "a"}, set.names(), "one dose has no number")
	assert.Equal(t, []string{"none"}, f.compile("prompts: {text: [x]}").names())
	assert.Equal(t, []string{"none", "prompt"}, f.compile("controls: {prompt: Lie.}").names())
	assert.Equal(t, []string{"none"}, f.compile("interventions: [{name: b, at: 'resid_post:2', do: remove, vector: lie.safetensors, tokens: all}]\narms: [none]").names())
}

func TestAnArmForEachBlock(t *testing.T) {
	f := newFolder(t)
	f.write("lie.safetensors", vector.Meta{Kind: vector.Directions}, lie())
	set := f.compile(`
interventions: [{name: lie, at: [attn_out, "mlp_out:1-3"], each: layer, do: add, vector: lie.safetensors, scale: [1, 2], tokens: all}]
controls: {random: 1}
`)
	assert.Equal(t, []string{
		"none", "lie:0@1", "lie:0@2", "lie:1@1", "lie:1@2", "lie:2@1", "lie:2@2", "lie:3@1", "lie:3@2",
		"lie:0@2/random.1", "lie:1@2/random.1", "lie:2@2/random.1", "lie:3@2/random.1",
	}, set.names())
	assert.Equal(t, []hooks.Point{{Site: hooks.AttnOut, Layer: 0}}, set.arm(t, "lie:0@1").Parts[0].Points)
	assert.Equal(t, []hooks.Point{{Site: hooks.AttnOut, Layer: 2}, {Site: hooks.MLPOut, Layer: 2}}, set.arm(t, "lie:2@1").Parts[0].Points)
	first := set.edits(set.arm(t, "lie:1@2/random.1"), hooks.Point{Site: hooks.AttnOut, Layer: 1})[0]
	other := set.edits(set.arm(t, "lie:2@2/random.1"), hooks.Point{Site: hooks.AttnOut, Layer: 2})[0]
	assert.NotEqual(t, first.Vector, other.Vector, "each block has random directions of its own")
	text := "interventions: [{name: lie, at: 'resid_post:1,2', each: layer, do: remove, vector: lie.safetensors, tokens: all}]\narms: ['lie:3']"
	f.refused(text, "arms[0]", `"lie:3"`, "a block that lie does not edit")
}

func TestTheControlLayerMovesOnePoint(t *testing.T) {
	f := newFolder(t)
	set := f.compile(`
interventions: [{name: lie, at: resid_post, each: layer, do: add, vector: lie.safetensors, scale: [1, 2], tokens: all}]
arms: ["lie:2", "lie:0@1"]
controls: {layer: [0, 3]}
`)
	assert.Equal(t, []string{"none", "lie:2@1", "lie:2@2", "lie:0@1", "lie:2@2/layer.0", "lie:2@2/layer.3", "lie:0@1/layer.3"}, set.names(), "a block is no control of itself")
	moved := set.arm(t, "lie:2@2/layer.3")
	assert.Equal(t, []hooks.Point{post(3)}, moved.Parts[0].Points)
	there, here := set.edits(moved, post(3))[0], set.edits(set.arm(t, "lie:2@2"), post(2))[0]
	assert.Equal(t, here.Vector, there.Vector)
	assert.Equal(t, here.Factor, there.Factor)
	f.refused(`
interventions: [{name: lie, at: "resid_post:1,2", do: add, vector: lie.safetensors, tokens: all}]
controls: {layer: [0]}
`, "controls.layer", "(lie)", "2 points")
	f.refused(`
interventions: [{name: lie, at: "resid_post:1", do: add, vector: lie.safetensors, tokens: all}]
controls: {layer: [4]}
`, "controls.layer", "block 4 is out of range")
}

// Where a file has a direction for each point, each point has its own.
func TestDirectionsOfPoints(t *testing.T) {
	f := newFolder(t)
	var all []*vector.Direction
	for n := range 3 {
		d := lie()
		d.Name = post(n).String()
		d.Vector = make([]float32, width)
		d.Vector[n] = 1
		all = append(all, d)
	}
	f.write("blocks.safetensors", meta(), all...)
	set, arm := f.one("at: 'resid_post:0-2', do: add, vector: blocks.safetensors, scale: 2")
	for n := range 3 {
		got := set.apply(t, arm, post(n), make([]float64, width), nil)
		want := make([]float64, width)
		want[n] = 2
		assert.Equal(t, want, got)
	}
	assert.Empty(t, set.Notices)
	f.refused("interventions: [{name: x, at: resid_post, tokens: all, do: add, vector: blocks.safetensors}]", "(x)", "no direction for blocks.3.hook_resid_post")
	set, arm = f.one("at: 'resid_post:0-1', do: add, vector: 'blocks.safetensors#blocks.2.hook_resid_post'")
	assert.Equal(t, []float32{0, 0, 1, 0, 0, 0, 0, 0}, set.edits(arm, post(0))[0].Vector)
	require.Len(t, set.Notices, 1)
	assert.Contains(t, set.Notices[0], "was made at blocks.2.hook_resid_post and is used at blocks.0.hook_resid_post and 1 more")
}

func TestSwapsKeepTheRowsOfTheirSources(t *testing.T) {
	f := newFolder(t)
	set := f.compile(`
conditions: [{name: honest}, {name: lying}]
interventions:
  - {name: intent, at: "resid_post:1-2", do: swap, from: {condition: honest}, align: from_end, vector: space.safetensors, tokens: all}
  - {name: heads, at: "z:1", do: swap, from: pair, heads: [0, 1], tokens: all}
controls: {tokens: "prompt[0]"}
`)
	part := set.arm(t, "intent").Parts[0]
	assert.Equal(t, []any{false, "honest", "from_end"}, []any{part.Swap.Pair, part.Swap.Condition, part.Swap.Align})
	require.Len(t, part.Swap.Keeps, 2)
	heads := set.arm(t, "heads").Parts[0]
	assert.Equal(t, []any{true, "", "token"}, []any{heads.Swap.Pair, heads.Swap.Condition, heads.Swap.Align})
	require.Len(t, heads.Edits, 2)
	for _, p := range []Part{part, heads} {
		for i, e := range p.Edits {
			swap, keep := set.Edits[e], set.Edits[p.Swap.Keeps[i]]
			assert.Equal(t, hooks.EditSwap, swap.Op)
			assert.Equal(t, hooks.Edit{Located: swap.Located, Name: swap.Name, Op: hooks.EditKeep, First: swap.First, Floats: swap.Floats}, keep)
		}
	}
	assert.Equal(t, part.Swap.Keeps, set.arm(t, "intent/tokens").Parts[0].Swap.Keeps)
	inOrder(t, set)
}

func TestWhen(t *testing.T) {
	f := newFolder(t)
	set := f.compile(`
interventions:
  - {name: lie, at: "resid_post:2,3", do: add, vector: lie.safetensors, scale: [1, 2], tokens: all, when: {probe: probe.safetensors, above: 0.25}}
controls: {random: 3}
`)
	for _, a := range set.Arms[1:] {
		when := a.Parts[0].When
		assert.Equal(t, &When{Score: 0, Above: 0.25}, when, a.Name)
	}
	score := set.Edits[0]
	assert.Equal(t, []any{hooks.EditScore, post(2), "lie", 0, width, []float32{1, 0, 0, 0, 0, 0, 0, 2}, []float32{-0.5}},
		[]any{score.Op, score.Point, score.Name, score.First, score.Floats, score.Vector, score.Bias})
	assert.Equal(t, set.arm(t, "lie@1").Parts[0].When.Score, 0)
	inOrder(t, set)
	f.refused("interventions: [{name: x, at: 'resid_post:1', do: remove, vector: lie.safetensors, tokens: all, when: {probe: probe.safetensors, above: 0}}]",
		"(x).when", "blocks.2.hook_resid_post", "computed after blocks.1.hook_resid_post")
	f.refused("interventions: [{name: x, at: 'resid_post:1', do: remove, vector: lie.safetensors, tokens: all, when: {probe: head.safetensors, above: 0}}]", "at which point")
	f.refused("interventions: [{name: x, at: 'resid_post:3', do: remove, vector: lie.safetensors, tokens: all, when: {probe: space.safetensors, above: 0}}]", "no single direction")
}

// Two interventions of one node keep the order of the spec in every arm, also where another
// arm would have them the other way round.
func TestEditsOfANodeKeepTheOrderOfTheSpec(t *testing.T) {
	f := newFolder(t)
	set := f.compile(`
interventions:
  - {name: a, at: "resid_post:2", do: add, vector: lie.safetensors, tokens: all}
  - {name: b, at: "resid_post:2", do: set, value: 1, vector: lie.safetensors, tokens: all}
  - {name: c, at: "resid_post:3", do: set, value: 1, vector: lie.safetensors, tokens: all}
arms: [b, {name: ba, of: [b, a]}, a, {name: ca, of: [c, a]}]
`)
	arm := set.arm(t, "ba")
	assert.Equal(t, []string{"a", "b"}, []string{arm.Parts[0].Name, arm.Parts[1].Name})
	inOrder(t, set)
	assert.InDelta(t, 1, inner(unitLie, set.apply(t, arm, post(2), someRow, nil)), near, "what is set last stays")
	require.Len(t, set.Notices, 2)
	assert.Contains(t, set.Notices[0], "(c)")
	assert.Contains(t, set.Notices[1], "arm ba: b sets a coordinate at blocks.2.hook_resid_post after a added to it")
}

func TestNotices(t *testing.T) {
	f := newFolder(t)
	set := f.compile(`
interventions:
  - {name: a, at: "resid_post:2", do: remove, vector: lie.safetensors, tokens: all}
  - {name: b, at: "resid_post:2", do: remove, vector: calm.safetensors, tokens: "prompt[-1] | response"}
arms: [a]
`)
	assert.Equal(t, []string{"interventions[1] (b) is in no arm"}, set.Notices)
}

func TestTwoNamesOfOneRow(t *testing.T) {
	f := newFolder(t)
	s, err := f.spec("interventions: [{name: x, at: ['resid_post:1', 'resid_pre:2'], do: remove, vector: lie.safetensors, tokens: all}]")
	require.NoError(t, err)
	source, err := Files(s, nil)
	require.NoError(t, err)
	m := points()
	for i := range m.Points {
		if m.Points[i].Point == (hooks.Point{Site: hooks.ResidPre, Layer: 2}) {
			before, _ := m.Find(post(1))
			m.Points[i].Node = before.Node
		}
	}
	_, err = Compile(s, source, m, facts)
	expect.Refused(t, err, "(x).at", "blocks.1.hook_resid_post and blocks.2.hook_resid_pre are one row")
}

func TestDirectionsThatCannotBeUsed(t *testing.T) {
	f := newFolder(t)
	zero, line := lie(), space()
	zero.Vector = make([]float32, width)
	copy(line.Vector[width:], line.Vector[:width])
	same := lie()
	same.Negative = same.Positive
	bare := &vector.Direction{Name: "bare", Rank: 1, Width: width, Vector: lie().Vector, SD: math.NaN()}
	f.write("zero.safetensors", meta(), zero)
	f.write("line.safetensors", meta(), line)
	f.write("same.safetensors", meta(), same)
	f.write("bare.safetensors", meta(), bare)
	huge := lie()
	huge.Positive[0], huge.Positive[3] = 1e20, 1e20
	f.write("huge.safetensors", meta(), huge)
	f.write("two.safetensors", meta(), lie(), bare)
	for words, parts := range map[string][]string{
		"do: remove, vector: zero.safetensors":                                            {"zero.safetensors#lie", "is zero"},
		"do: remove, vector: line.safetensors":                                            {"depend on each other", "row 1"},
		"do: remove, vector: head.safetensors":                                            {"width 4", "8 numbers"},
		"do: remove, vector: none.safetensors":                                            {"none.safetensors"},
		"do: remove, vector: two.safetensors":                                             {"2 directions"},
		"do: remove, vector: 'two.safetensors#lies'":                                      {`no direction "lies"`},
		"do: replace, vector: 'bare.safetensors#bare.positive'":                           {"no class means"},
		"do: add, vector: space.safetensors":                                              {"subspace of rank 2", "add"},
		"do: set, value: 1, vector: space.safetensors":                                    {"subspace of rank 2", "set"},
		"do: add, vector: leace.safetensors":                                              {"affine map"},
		"do: erase, vector: lie.safetensors":                                              {"no affine map"},
		"do: add, unit: gap, vector: bare.safetensors":                                    {"no class means", "unit is gap"},
		"do: add, unit: gap, vector: same.safetensors":                                    {"unit is gap, which is 0"},
		"do: add, unit: sd, vector: 'lie.safetensors#lie.positive'":                       {"standard deviation"},
		"do: add, unit: sd, vector: bare.safetensors":                                     {"standard deviation"},
		"do: add, scale: 1e30, unit: gap, vector: huge.safetensors":                       {"float32 does not hold"},
		"do: remove, vector: lie.safetensors, at: 'resid_post:9'":                         {"layer 9 is out of range"},
		"do: remove, vector: lie.safetensors, at: router_logits":                          {"not offered", "mixture of experts"},
		"do: remove, vector: lie.safetensors, at: 'blocks.*.*'":                           {"cannot be edited", "pattern"},
		"do: remove, vector: lie.safetensors, at: 'mlp_post:1'":                           {"width 8", "24 numbers"},
		"do: remove, vector: lie.safetensors, when: {probe: leace.safetensors, above: 1}": {"no single direction"},
	} {
		at := "at: 'resid_post:2', "
		if strings.Contains(words, " at: ") {
			at = ""
		}
		f.refused("interventions: [{name: x, tokens: all, "+at+words+"}]", append([]string{"(x)"}, parts...)...)
	}
}
