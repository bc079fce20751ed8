package spec

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"intentprobe/capture/internal/expect"
)

// say gives a spec's key texts, one after the other, as --set does.
func say(t *testing.T, key string, texts ...string) (Spec, error) {
	t.Helper()
	layer, spec := Layer{}, Default()
	for _, text := range texts {
		if err := layer.Set("--set "+key, key, text, false); err != nil {
			return spec, err
		}
	}
	spec.Apply(layer)
	return spec, nil
}

func TestListsOfNamesAreSplitAtCommasAndAddUp(t *testing.T) {
	for _, texts := range [][]string{{"mean,last"}, {" mean , last,"}, {"[mean, last]"}, {`["mean","last"]`}, {"mean", "last"}, {"[mean]", "last"}, {"[]", "mean,last"}} {
		spec, err := say(t, "capture.reduce", texts...)
		require.NoError(t, err, "%q", texts)
		assert.Equal(t, []string{"mean", "last"}, spec.Capture.Reduce, "%q", texts)
	}
	spec, err := say(t, "engine.rpc", "10.0.0.2:50052,10.0.0.3:50052")
	require.NoError(t, err)
	assert.Equal(t, []string{"10.0.0.2:50052", "10.0.0.3:50052"}, spec.Engine.RPC)
	spec, err = say(t, "engine.tensor_split", "3,1.5", "[2]")
	require.NoError(t, err)
	assert.Equal(t, []float32{3, 1.5, 2}, spec.Engine.TensorSplit)
	spec, err = say(t, "capture.hooks", "[]")
	require.NoError(t, err)
	assert.Equal(t, []string{}, spec.Capture.Hooks)
	_, err = say(t, "engine.tensor_split", "3,a")
	expect.Refused(t, err, "--set engine.tensor_split: item 1: \"a\" is not a number")
	_, err = say(t, "capture.reduce", "[mean, [last]]")
	expect.Refused(t, err, "--set capture.reduce: item 1: a list, where a text is wanted")
	_, err = say(t, "capture.reduce", "[mean: [last]")
	expect.Refused(t, err, "is not a list")
}

// The commas between layers belong to a selector.
func TestHooksAreSplitBetweenSelectors(t *testing.T) {
	for _, texts := range [][]string{
		{"resid_post:25%,50%,-1,attn_out,blocks.0.hook_q"}, {"resid_post:25%,50%,-1", "attn_out,blocks.0.hook_q"}, {`["resid_post:25%,50%,-1", attn_out, blocks.0.hook_q]`},
	} {
		spec, err := say(t, "capture.hooks", texts...)
		require.NoError(t, err)
		assert.Equal(t, []string{"resid_post:25%,50%,-1", "attn_out", "blocks.0.hook_q"}, spec.Capture.Hooks, "%q", texts)
	}
}

func TestListsOfTextsAreNotSplit(t *testing.T) {
	for _, c := range []struct{ texts, want []string }{
		{[]string{","}, []string{","}},
		{[]string{", "}, []string{", "}},
		{[]string{"a,b", "\n\n"}, []string{"a,b", "\n\n"}},
		{[]string{`["a,b", "\n"]`, ","}, []string{"a,b", "\n", ","}},
		{[]string{`["[INST]"]`}, []string{"[INST]"}},
		{[]string{"[INST"}, []string{"[INST"}},
		{[]string{"[]"}, []string{}},
	} {
		for key, list := range map[string]func(Spec) []string{
			"generate.stop": func(s Spec) []string { return s.Generate.Stop },
			"prompts.text":  func(s Spec) []string { return s.Prompts.Text },
		} {
			spec, err := say(t, key, c.texts...)
			require.NoError(t, err)
			assert.Equal(t, c.want, list(spec), "%s %q", key, c.texts)
		}
	}
	for _, text := range []string{"[INST]", "[a, b]", `["a", null]`} { // a text, or a list?
		_, err := say(t, "generate.stop", text)
		assert.Contains(t, expect.Refused(t, err, "--set generate.stop: "), `["[text]"]`, text)
	}
	layer, spec := Layer{}, Default()
	for _, text := range []string{"[INST]", `["a"]`, ""} { // a flag can be repeated, so its text is one
		require.NoError(t, layer.Set("--stop", "generate.stop", text, true))
	}
	spec.Apply(layer)
	assert.Equal(t, []string{"[INST]", `["a"]`, ""}, spec.Generate.Stop)
}

func TestOfAKeyWithOneValueTheLastCounts(t *testing.T) {
	spec, err := say(t, "generate.seed", "3", "7")
	require.NoError(t, err)
	assert.Equal(t, int64(7), spec.Generate.Seed)
}

// A nearer layer's list replaces that of a farther one; so does an empty one.
func TestListsDoNotAddUpOverLayers(t *testing.T) {
	spec := readSpec(t, "generate: {stop: [a, b]}\ncapture: {reduce: mean}\nconditions: [{name: x}]\n")
	assert.Equal(t, []string{"mean"}, spec.Capture.Reduce)
	applySpec(t, &spec, "generate: {stop: []}\ncapture: {reduce: [last]}\nconditions: []\n")
	assert.Empty(t, spec.Generate.Stop)
	assert.Equal(t, []string{"last"}, spec.Capture.Reduce)
	assert.Empty(t, spec.Conditions)
}

func TestLayersAreANumberOrAWord(t *testing.T) {
	for text, want := range map[string]Layers{"auto": AutoLayers, "all": AllLayers, "0": 0, "31": 31} {
		var n Layers
		require.NoError(t, n.UnmarshalText([]byte(text)))
		assert.Equal(t, want, n)
		out, err := json.Marshal(n)
		require.NoError(t, err)
		var back Layers
		require.NoError(t, json.Unmarshal(out, &back))
		assert.Equal(t, want, back)
	}
	for _, text := range []string{"-1", "some", "", "99999999999999999999", "3.5"} {
		var n Layers
		assert.ErrorContains(t, n.UnmarshalText([]byte(text)), "neither a number of layers", text)
	}
}

func TestNullIsNoName(t *testing.T) {
	_, err := say(t, "capture.reduce", "[mean, null]")
	expect.Refused(t, err, "--set capture.reduce: item 1: nothing (null), where a text is wanted")
}
