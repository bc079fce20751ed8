package capture

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/fake"
	"intentprobe/hooks"
	"intentprobe/models"
)

type fakeWeights struct{ fail error }

func (w fakeWeights) Row(name string, i int) ([]float32, error) { return fakeWeight(name, i), w.fail }

func newSurveyor(change func(*fakeSurveyor)) *fakeSurveyor {
	f := &fakeSurveyor{opt: models.ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 32, Pattern: true}, vocab: 100}
	change(f)
	return f
}

func survey(f *fakeSurveyor, w hooks.Weights) (*hooks.Map, []hooks.Identity, error) {
	arch, err := hooks.ForArch("llama")
	if err != nil {
		return nil, nil, err
	}
	facts := fake.Facts
	facts.Vocabulary = f.vocab
	return Survey(context.Background(), f, arch, facts, w)
}

// surveyed surveys and gives the reasons of all points that are absent beside
// those of a mixture of experts, which this model is not.
func surveyed(t *testing.T, change func(*fakeSurveyor)) (map[string]string, []hooks.Identity) {
	t.Helper()
	f := newSurveyor(change)
	m, identities, err := survey(f, fakeWeights{})
	require.NoError(t, err)
	assert.Zero(t, f.cached, "the cache is left empty")
	absent := map[string]string{}
	for _, p := range hooks.All(2) {
		_, offered := m.Find(p)
		why, isAbsent := m.Absent[p]
		require.NotEqual(t, offered, isAbsent, "%s: %s", p, why)
		if isAbsent && !slices.Contains([]hooks.Site{hooks.RouterLogits, hooks.MixerOut, hooks.PerLayerOut}, p.Site) {
			absent[p.String()] = why
		}
	}
	return absent, identities
}

func nothing(*fakeSurveyor) {}

// spoil adds to what a tensor holds.
func spoil(tensor string, by float64) func(string, []float32) {
	return func(name string, values []float32) {
		if name == tensor {
			values[1] += float32(by)
		}
	}
}

func TestASoundModelOffersAllItsPoints(t *testing.T) {
	absent, identities := surveyed(t, nothing)
	assert.Empty(t, absent)
	assert.Len(t, identities, 1+2*2+1+2, "the embedding, two of each block, one between them, the norm and the logits")
	for _, id := range identities {
		assert.True(t, id.Holds(), "%v", id)
	}
	absent, _ = surveyed(t, func(f *fakeSurveyor) { f.vocab = 2 })
	assert.Empty(t, absent, "a vocabulary of fewer tokens than are decoded")
}

func TestValuesThatAreNotFinite(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for tensor, point := range map[string]string{
			"q-0": "blocks.0.attn.hook_q", "kq_soft_max-1": "blocks.1.attn.hook_pattern", "ffn_act-1": "blocks.1.mlp.hook_post", "ffn_gate-0": "blocks.0.mlp.hook_pre",
		} {
			absent, _ := surveyed(t, func(f *fakeSurveyor) { f.show = spoil(tensor, x) })
			require.Len(t, absent, 1)
			assert.Contains(t, absent[point], tensor)
			assert.Contains(t, absent[point], "not finite")
		}
	}
}

func TestABrokenIdentityDropsItsPoints(t *testing.T) {
	for tensor, want := range map[string]map[string]string{
		"attn_out-1": {
			"blocks.1.hook_attn_out": "block 1: resid_pre + attn_out = resid_mid is off by", "blocks.1.hook_resid_pre": "off by", "blocks.1.hook_resid_mid": "off by",
		},
		"ffn_out-0": {
			"blocks.0.hook_mlp_out": "block 0: resid_mid + mlp_out = resid_post is off by", "blocks.0.hook_resid_mid": "off by", "blocks.0.hook_resid_post": "off by",
		},
		"embd": {"hook_embed": "row of the embedding", "blocks.0.hook_resid_pre": "off by", "blocks.0.hook_resid_mid": "off by", "blocks.0.hook_attn_out": "off by"},
		"result_norm": {
			"ln_final.hook_normalized": "off by", "blocks.1.hook_resid_post": "final norm", "unembed.hook_out": "unembedding of ln_final = logits is off by",
		},
	} {
		absent, identities := surveyed(t, func(f *fakeSurveyor) { f.show = spoil(tensor, 0.5) })
		require.Len(t, absent, len(want), "%s: %v", tensor, absent)
		for point, why := range want {
			assert.Contains(t, absent[point], why)
		}
		broken := 0
		for _, id := range identities {
			if !id.Holds() {
				broken++
			}
		}
		assert.Positive(t, broken)
		assert.Less(t, broken, len(identities))
	}
}

// A point's values are looked at whatever was found out about points before it.
func TestBrokenIdentitiesHideNoOtherFault(t *testing.T) {
	absent, _ := surveyed(t, func(f *fakeSurveyor) {
		f.show = func(tensor string, values []float32) {
			spoil("attn_out-0", 1)(tensor, values)
			spoil("ffn_out-0", 1)(tensor, values)
			spoil("ffn_act-1", math.NaN())(tensor, values)
			spoil("ffn_gate-1", math.NaN())(tensor, values)
		}
	})
	assert.Contains(t, absent["blocks.1.mlp.hook_post"], "not finite")
	assert.Contains(t, absent["blocks.1.mlp.hook_pre"], "not finite")
	assert.Contains(t, absent["blocks.0.hook_attn_out"], "off by")
}

func TestAGraphOfOneTokenThatDiffersIsAnError(t *testing.T) {
	_, _, err := survey(newSurveyor(func(f *fakeSurveyor) { f.single = true }), fakeWeights{})
	assert.ErrorContains(t, err, `"hook_embed" is node 0, "embd", in the graph of several tokens and node 1`)
}

func TestErrorsOfTheEngineEndTheSurvey(t *testing.T) {
	for _, call := range []string{"graph", "plan", "decode", "logits"} {
		f := newSurveyor(func(f *fakeSurveyor) { f.fail = call })
		_, _, err := survey(f, fakeWeights{})
		require.ErrorIs(t, err, fake.ErrEngine, call)
		assert.Equal(t, call, f.asked[len(f.asked)-1], "nothing is asked after it")
		assert.Zero(t, f.cached)
	}
}

// A weight that cannot be read is a check that cannot be made.
func TestWeightsThatCannotBeRead(t *testing.T) {
	m, identities, err := survey(newSurveyor(nothing), fakeWeights{fake.ErrEngine})
	require.NoError(t, err)
	for _, id := range identities[len(identities)-2:] {
		assert.False(t, id.Holds())
		assert.Equal(t, fake.ErrEngine.Error(), id.Fault)
	}
	_, ok := m.Find(hooks.Point{Site: hooks.FinalNorm})
	assert.False(t, ok)
}
