package capture

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
	"intentprobe/models"
)

// check runs CheckPoints on every point of two layers and gives faults by name.
func check(t *testing.T, arch string, spoil func(*fakeDecoder)) (map[string]string, *fakeDecoder) {
	t.Helper()
	a, err := hooks.ForArch(arch)
	require.NoError(t, err)
	facts := trialFacts
	facts.Vocabulary = 100
	d := newDecoder(t, models.ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 32}, facts)
	spoil(d)
	faults, err := CheckPoints(context.Background(), d, a, hooks.All(2), facts)
	require.NoError(t, err)
	out := map[string]string{}
	for p, fault := range faults {
		if fault != "" {
			out[p.String()] = fault
		}
	}
	return out, d
}

func TestEveryPointOfASoundModelPasses(t *testing.T) {
	faults, d := check(t, "llama", func(*fakeDecoder) {})
	assert.Empty(t, faults)
	assert.Empty(t, d.history, "the cache is left empty")
	assert.Equal(t, 1, d.decodes)
}

func TestAMissingTensorIsAFaultOfItsPoints(t *testing.T) {
	faults, _ := check(t, "gpt2", func(d *fakeDecoder) { d.missing = []string{"inpL"} })
	require.Len(t, faults, 1)
	assert.Contains(t, faults["blocks.0.hook_resid_pre"], "inpL")
	faults, _ = check(t, "llama", func(d *fakeDecoder) { d.missing = []string{"l_out-0"} })
	require.Len(t, faults, 2)
	assert.Contains(t, faults["blocks.0.hook_resid_post"], "l_out-0")
	assert.Contains(t, faults["blocks.1.hook_resid_pre"], "l_out-0")
}

func TestSeveralMissingTensors(t *testing.T) {
	faults, _ := check(t, "llama", func(d *fakeDecoder) { d.missing = []string{"embd", "result_norm", "l_out-1"}; d.broken = "l_out-0" })
	assert.Len(t, faults, len(hooks.All(2)))
	assert.Contains(t, faults["ln_final.hook_normalized"], "not computed")
	assert.Contains(t, faults["blocks.0.hook_resid_post"], "not finite")
}

func TestValuesThatAreNotFiniteAreAFault(t *testing.T) {
	faults, _ := check(t, "llama", func(d *fakeDecoder) { d.broken = "result_norm" })
	require.Len(t, faults, 1)
	assert.Contains(t, faults["ln_final.hook_normalized"], "result_norm")
	assert.Contains(t, faults["ln_final.hook_normalized"], "not finite")
}

// The check decodes what fits: no more tokens than the vocabulary or the
// micro-batch holds.
func TestCheckOfASmallModel(t *testing.T) {
	a, err := hooks.ForArch("llama")
	require.NoError(t, err)
	facts := trialFacts
	for _, c := range [][2]int{{2, 32}, {100, 1}} {
		facts.Vocabulary = c[0]
		d := newDecoder(t, models.ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: c[1]}, facts)
		_, err = CheckPoints(context.Background(), d, a, hooks.All(2), facts)
		require.NoError(t, err)
		assert.Len(t, d.rows, min(c[0], c[1]))
	}
}

func TestOtherErrorsOfTheCheckAreNoFaults(t *testing.T) {
	a, err := hooks.ForArch("llama")
	require.NoError(t, err)
	d := newDecoder(t, models.ContextOptions{Sequences: 1, MicroBatch: 32}, trialFacts)
	d.before = func(int) error { return errEngine }
	facts := trialFacts
	facts.Vocabulary = 100
	_, err = CheckPoints(context.Background(), d, a, hooks.All(2), facts)
	assert.ErrorIs(t, err, errEngine)
	d.before = nil
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = CheckPoints(ctx, d, a, hooks.All(2), facts)
	assert.ErrorIs(t, err, context.Canceled)
}
