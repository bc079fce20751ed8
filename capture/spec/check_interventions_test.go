package spec

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
)

// change gives a spec with one intervention that removes a direction, some keys of it
// replaced or added.
func change(keys string) string {
	return "conditions: [{name: honest}]\nalternatives: [{name: a, options: [x, y]}]\ninterventions:\n- {name: lie, " + keys + "}\n"
}

func TestInterventionsAreRead(t *testing.T) {
	s := validSpec()
	applySpec(t, &s, `
conditions: [{name: honest}]
alternatives: [{name: a, options: [x, y]}]
interventions:
  - {name: lie, at: "resid_post:15,16", each: layer, do: add, vector: "d/lie.safetensors#lie", scale: 2, unit: gap, tokens: "prompt[-1] | response", followups: true, predict: down,
     when: {probe: p.safetensors, above: 0}}
  - {name: calm, at: ["z:1", q], do: set, vector: {random: {like: lie, seed: 7}}, value: [1, -1], tokens: all, heads: [3, 0], force: true}
  - {name: mean, at: "resid_mid:25%", do: replace, vector: {mean: {run: runs/a, label: truth, value: false, tokens: last}}, tokens: all}
  - {name: pair, at: "blocks.*.hook_resid_pre", do: swap, from: pair, tokens: all}
  - {name: cond, at: embed, do: swap, from: {condition: honest}, align: from_end, vector: {ref: s.safetensors}, tokens: all}
  - {name: off, at: "mlp_post:0-3", do: scale, vector: zero.safetensors, scale: [0, 1.5], tokens: all}
  - {name: zero, at: "v:-1", do: replace, vector: zero, tokens: "span:claim"}
  - {name: leace, at: ln_final, do: erase, vector: l.safetensors, tokens: all}
  - {name: clamp, at: "attn_out:1", do: set, vector: l.safetensors, min: -1, max: 1, unit: sd, tokens: all}
arms: [none, "lie:15", "calm@-1.0", prompt, mean, {name: both, of: ["lie:16@2", "calm@1", zero], predict: up}]
controls: {random: 20, layer: [3], tokens: "prompt[0]", prompt: "Please lie."}
`)
	expect.Refused(t, s.Validate(), "controls.random", `"pair" swaps whole rows`)
	s.Controls.Random = 0
	require.NoError(t, s.Validate())
	lie, calm := &s.Interventions[0], &s.Interventions[1]
	assert.Equal(t, Numbers{2}, lie.Scale)
	assert.Equal(t, Words{"resid_post:15,16"}, lie.At)
	assert.Equal(t, Vector{Ref: "d/lie.safetensors#lie"}, lie.Vector)
	assert.Zero(t, *lie.When.Above)
	assert.Equal(t, &Random{Like: "lie", Seed: 7}, calm.Vector.Random)
	assert.Equal(t, &Mean{Run: "runs/a", Label: "truth", Value: "false", Tokens: "last"}, s.Interventions[2].Vector.Mean)
	assert.Equal(t, Origin{Pair: true}, s.Interventions[3].From)
	assert.Equal(t, Origin{Condition: "honest"}, s.Interventions[4].From)
	assert.Equal(t, Arm{Name: "both", Of: Words{"lie:16@2", "calm@1", "zero"}, Predict: "up"}, s.Arms[5])
	assert.Equal(t, int64(1), s.Controls.Seed)

	text, err := json.Marshal(s)
	require.NoError(t, err)
	back, err := ReadJSON(text)
	require.NoError(t, err)
	require.NoError(t, back.Validate())
	assert.Equal(t, s.Interventions, back.Interventions, "the manifest keeps all of it")
	assert.Equal(t, s.Arms, back.Arms)
	assert.Equal(t, s.Controls, back.Controls)
	again := validSpec()
	applySpec(t, &again, string(text)) // JSON is YAML
	assert.Equal(t, s.Interventions, again.Interventions)
	assert.Equal(t, s.Arms, again.Arms)
}

func TestInterventionsThatCannotBeMeant(t *testing.T) {
	const at, do, tokens, vector = "at: 'resid_post:1'", "do: remove", "tokens: all", "vector: f.safetensors"
	const remove = at + ", " + do + ", " + tokens + ", " + vector
	const add = at + ", do: add, " + tokens + ", " + vector
	const set = at + ", do: set, " + tokens + ", " + vector
	const swap = at + ", do: swap, " + tokens
	for keys, parts := range map[string][]string{
		do + ", " + tokens + ", " + vector:                                                        {"(lie).at names no point"},
		at + ", " + tokens + ", " + vector:                                                        {"(lie).do is missing"},
		at + ", " + do + ", " + vector:                                                            {"(lie).tokens is missing"},
		at + ", " + do + ", " + tokens:                                                            {"(lie).vector is missing"},
		"at: 'resid_pots:1', " + do + ", " + tokens + ", " + vector:                               {`(lie).at: hook point "resid_pots:1"`},
		"at: 'resid_post:x', " + do + ", " + tokens + ", " + vector:                               {`"resid_post:x"`},
		"at: 'embed:1', " + do + ", " + tokens + ", " + vector:                                    {`"embed:1"`},
		"at: ['resid_post:1', 'block.*'], " + do + ", " + tokens + ", " + vector:                  {`"block.*"`},
		"at: 'pattern:1', " + do + ", " + tokens + ", " + vector:                                  {`"pattern:1" cannot be edited`},
		"at: logits, " + do + ", " + tokens + ", " + vector:                                       {`"logits" cannot be edited`},
		"at: blocks.3.attn.hook_pattern, " + do + ", " + tokens + ", " + vector:                   {"cannot be edited"},
		"at: embed, each: layer, " + do + ", " + tokens + ", " + vector:                           {"each is layer, and embed is in no block"},
		at + ", do: adds, " + tokens + ", " + vector:                                              {`(lie).do is "adds"`},
		at + ", " + do + ", tokens: responses, " + vector:                                         {`(lie).tokens "responses"`, "at character 1"},
		at + ", " + do + ", tokens: all, vector: zero":                                            {"zero, which points nowhere"},
		at + ", " + do + ", tokens: all, vector: '#lie'":                                          {"names no file"},
		at + ", " + do + ", tokens: all, vector: 'f#'":                                            {"names nothing after #"},
		at + ", " + do + ", tokens: all, vector: {ref: a, random: {like: b.st}}":                  {"several things at once"},
		at + ", " + do + ", tokens: all, vector: {random: {like: li}}":                            {`like is "li", which is neither`},
		at + ", " + do + ", tokens: all, vector: {random: {like: lie}}":                           {"the intervention itself"},
		at + ", " + do + ", tokens: all, vector: {random: {seed: 1}}":                             {"like is missing"},
		at + ", " + do + ", tokens: all, vector: {mean: {label: a, value: b}}":                    {"mean.run is missing"},
		at + ", " + do + ", tokens: all, vector: {mean: {run: a, label: b}}":                      {"mean.value is missing"},
		at + ", " + do + ", tokens: all, vector: {mean: {run: a, value: b}}":                      {"mean.label is missing"},
		at + ", " + do + ", tokens: all, vector: {mean: {run: a, label: b, value: c, tokens: x}}": {`vector.mean.tokens "x"`},
		at + ", do: erase, tokens: all, vector: {mean: {run: a}}":                                 {"affine map"},
		remove + ", each: block":                                                                  {`each is "block"`},
		remove + ", heads: [1]":                                                                   {"resid_post has no heads"},
		"at: 'z:1', heads: [], " + do + ", " + tokens + ", " + vector:                             {"heads is empty"},
		"at: 'z:1', heads: [-1], " + do + ", " + tokens + ", " + vector:                           {"heads holds -1"},
		"at: 'z:1', heads: [1, 1], " + do + ", " + tokens + ", " + vector:                         {"heads holds 1 twice"},
		remove + ", scale: 1":                                                                     {"(lie).scale is set, and do: remove has none"},
		remove + ", unit: gap":                                                                    {"(lie).unit is set"},
		add + ", value: 1":                                                                        {"(lie).value is set"},
		add + ", min: 1":                                                                          {"min or max"},
		add + ", scale: []":                                                                       {"scale is empty"},
		add + ", scale: [1, .nan]":                                                                {"scale holds NaN"},
		add + ", scale: [.inf]":                                                                   {"scale holds +Inf"},
		add + ", scale: 1e31":                                                                     {"scale holds 1e+31"},
		add + ", scale: [1, 2, 1.0]":                                                              {"scale holds 1 twice"},
		add + ", scale: [0, -0.0]":                                                                {"scale holds 0 twice"},
		add + ", unit: norms":                                                                     {`unit is "norms"`},
		set:                                                                                       {"neither value nor min or max"},
		set + ", value: []":                                                                       {"value is empty"},
		set + ", value: 1, max: 2":                                                                {"both a value and limits"},
		set + ", min: 2, max: 1":                                                                  {"min is 2, max 1"},
		set + ", max: .nan":                                                                       {"max holds NaN"},
		at + ", do: scale, tokens: all, vector: f":                                                {"scale is missing"},
		remove + ", from: pair":                                                                   {"from or align"},
		remove + ", align: token":                                                                 {"from or align"},
		swap:                                                                                      {"from is missing"},
		swap + ", from: pairs":                                                                    {`from is "pairs"`},
		swap + ", from: pair, followups: true":                                                    {"followups is true, and do is swap"},
		swap + ", from: {condition: honst}":                                                       {`"honst" is none of conditions`},
		swap + ", from: {pair: true, condition: honest}":                                          {"both a pair and a condition"},
		swap + ", from: pair, align: end":                                                         {`align is "end"`},
		swap + ", from: pair, align: span":                                                        {"names no span"},
		remove + ", when: {above: 1}":                                                             {"when.probe is missing"},
		remove + ", when: {probe: p}":                                                             {"when.above is missing"},
		remove + ", when: {probe: p, above: .nan}":                                                {"when.above holds NaN"},
		remove + ", predict: downwards":                                                           {`predict is "downwards"`},
	} {
		t.Run(keys, func(t *testing.T) {
			s := validSpec()
			applySpec(t, &s, change(keys))
			expect.Refused(t, s.Validate(), append([]string{"interventions[0] (lie)"}, parts...)...)
		})
	}
	s := validSpec()
	applySpec(t, &s, "interventions: [{name: a, "+remove+", predict: up}]")
	expect.Refused(t, s.Validate(), "no alternatives")
}

func TestNamesOfInterventions(t *testing.T) {
	const rest = ", at: 'resid_post:1', do: remove, tokens: all, vector: f}"
	for names, parts := range map[string][]string{
		"{name: a" + rest + ", {name: a" + rest: {`interventions[1]: the name "a" stands there twice`},
		"{name: a@1" + rest:                     {"interventions[0].name", "@"},
		"{name: 'a:1'" + rest:                   {"interventions[0].name", ":"},
		"{name: a/b" + rest:                     {"interventions[0].name", "/"},
		"{name: 'a b'" + rest:                   {"interventions[0].name", "space"},
		"{name: none" + rest:                    {"there by itself"},
		"{name: prompt" + rest:                  {"there by itself"},
		"{name: ''" + rest:                      {"names nothing"},
	} {
		s := validSpec()
		applySpec(t, &s, "interventions: ["+names+"]")
		expect.Refused(t, s.Validate(), parts...)
	}
}

func TestArmsThatCannotBeMeant(t *testing.T) {
	for text, parts := range map[string][]string{
		"arms: [li]":                             {`arms[0]: "li" is no arm`},
		"arms: ['lie@3']":                        {"is none of the intervention's doses"},
		"arms: ['lie@x']":                        {"is no arm"},
		"arms: ['lie:1']":                        {"each: layer"},
		"arms: ['lie/random.1']":                 {"is a control"},
		"arms: [prompt]":                         {"is no arm"},
		"arms: [lie, lie]":                       {"stands there twice"},
		"arms: [{of: []}]":                       {"names nothing"},
		"arms: [{name: both, of: []}]":           {"of is empty"},
		"arms: [{of: [lie]}]":                    {"arms[0].name"},
		"arms: [{name: lie, of: [calm]}]":        {"the name of an intervention"},
		"arms: [{name: none, of: [calm]}]":       {"there by itself"},
		"arms: [{name: a/b, of: [calm]}]":        {"/"},
		"arms: [{name: both, of: [lie, calm]}]":  {`arms[0].of[0]: "lie" has 2 doses`},
		"arms: [{name: both, of: [each]}]":       {`"each" has an arm for each block`},
		"arms: [{name: both, of: [none]}]":       {`"none" is no arm of an intervention`},
		"arms: [{name: both, of: [calm, calm]}]": {"stands there twice"},
		"arms: [{name: none, predict: up}]":      {"nothing to predict"},
		"arms: [{name: calm, predict: yes}]":     {`arms[0].predict is "yes"`},
		"controls: {random: -1}":                 {"controls.random is -1"},
		"controls: {covariance: 1000000}":        {"controls.covariance"},
		"controls: {layer: [1, 1]}":              {"controls.layer holds 1 twice"},
		"controls: {layer: [-1]}":                {"controls.layer holds -1"},
		"controls: {tokens: al}":                 {`controls.tokens "al"`},
		"controls: {prompt: ' '}":                {"controls.prompt says nothing"},
		"controls: {unrelated: '#x'}":            {"controls.unrelated", "names no file"},
		"controls: {scale: 7}":                   {"controls.scale is 7", `"lie"`},
		"controls: {opposite: true}":             {"controls.opposite", `"calm" does remove`},
	} {
		s := validSpec()
		applySpec(t, &s, `
alternatives: [{name: a, options: [x, y]}]
interventions:
- {name: lie, at: "resid_post:1", do: add, vector: f, scale: [1, 2], tokens: all}
- {name: calm, at: "resid_post:1", do: remove, vector: f, tokens: all}
- {name: each, at: "resid_post:1-3", each: layer, do: remove, vector: f, tokens: all}
`+text+"\n")
		expect.Refused(t, s.Validate(), parts...)
	}
	s := validSpec()
	applySpec(t, &s, "controls: {random: 3}\n")
	expect.Refused(t, s.Validate(), "there are no interventions")
	s = validSpec()
	applySpec(t, &s, "arms: [lie]\n")
	expect.Refused(t, s.Validate(), `"lie" is no arm`)
	s = validSpec()
	applySpec(t, &s, "arms: [none, prompt]\ncontrols: {prompt: Lie.}\n")
	assert.NoError(t, s.Validate())
}

func TestKeysOfInterventionsAreChecked(t *testing.T) {
	for text, parts := range map[string][]string{
		"interventions:\n- {name: a, layer: 3}\n":           {"bad.yaml:2:", `"interventions[0].layer"`},
		"interventions: [{vector: {rand: 1}}]\n":            {`"interventions[0].vector.rand"`},
		"interventions: [{vector: {random: {seeds: 1}}}]\n": {`"interventions[0].vector.random.seeds"`},
		"interventions: [{vector: [a]}]\n":                  {"interventions[0].vector is not a mapping"},
		"interventions: [{from: {pairs: true}}]\n":          {`"interventions[0].from.pairs"`},
		"interventions: [{when: probe}]\n":                  {"interventions[0].when is not a mapping"},
		"interventions: [{scale: {a: 1}}]\n":                {"a mapping, where a list is wanted"},
		"interventions: [{scale: many}]\n":                  {`"many", where a number is wanted`},
		"interventions: [{scale: [1, null]}]\n":             {"interventions[0].scale[1] is null"},
		"interventions: [{at: [a, null]}]\n":                {"interventions[0].at[1] is null"},
		"interventions: [{heads: 3}]\n":                     {`"3", where a list is wanted`},
		"interventions: {name: a}\n":                        {"interventions is not a list"},
		"interventions: [a]\n":                              {"interventions[0] is not a mapping"},
		"arms: [{nam: a}]\n":                                {`"arms[0].nam"`},
		"arms: [[a]]\n":                                     {"arms[0] is not a mapping"},
		"arms: [null]\n":                                    {"arms[0] is not a mapping"},
		"arms: none\n":                                      {"arms is not a list"},
		"controls: {randoms: 1}\n":                          {`"controls.randoms"`},
		"controls: 20\n":                                    {"controls is not a mapping"},
	} {
		t.Run(text, func(t *testing.T) { badSpec(t, text, parts...) })
	}
}

func TestArmRefs(t *testing.T) {
	three, two := 3, 2.0
	for text, want := range map[string]ArmRef{
		"lie": {Name: "lie"}, "lie@2": {Name: "lie", Dose: &two}, "lie@2.00": {Name: "lie", Dose: &two},
		"lie:3": {Name: "lie", Layer: &three}, "lie:3@2": {Name: "lie", Layer: &three, Dose: &two},
	} {
		got, ok := ParseArmRef(text)
		assert.True(t, ok)
		assert.Equal(t, want, got)
		again, ok := ParseArmRef(got.String())
		assert.True(t, ok)
		assert.Equal(t, got, again)
	}
	for _, text := range []string{"", "@2", "lie@", "lie@nan", "lie@inf", "lie:", "lie:-1", "lie:x@2", "lie@2:3"} {
		_, ok := ParseArmRef(text)
		assert.False(t, ok, text)
	}
	assert.Equal(t, "0", DoseName(math.Copysign(0, -1)))
	assert.Equal(t, "1e-09", DoseName(1e-9))
}

func TestDirectionFilesLieBesideTheSpec(t *testing.T) {
	s := validSpec()
	path := expect.File(t, "spec.yaml", "interventions: [{name: a}]\ncontrols: {unrelated: u.safetensors}\n")
	layer, err := ReadFile(path)
	require.NoError(t, err)
	s.Apply(layer)
	for _, key := range []string{"interventions", "controls"} {
		at, err := s.DirectionFile(key, "d/f.safetensors")
		require.NoError(t, err)
		assert.Equal(t, path[:len(path)-len("spec.yaml")]+"d/f.safetensors", at)
	}
}
