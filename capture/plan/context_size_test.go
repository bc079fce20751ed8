package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/models"
)

// settled prepares four prompts, sampled but for the last.
func settled(t *testing.T, change func(*spec.Spec)) (*Prepared, error) {
	t.Helper()
	return planned(t, func(s *spec.Spec, _ *models.Facts) { s.Generate.MaxTokens = 10; change(s) },
		promptOf("a"), promptOf("b"), promptOf("cc"), map[string]any{"id": "g", "prompt": "q", "response": "yes"})
}

func pattern(s *spec.Spec) { s.Capture.Hooks = []string{"resid_post,pattern:1"} }

func TestPatternsAndInvariantRunsAreDecodedAlone(t *testing.T) {
	for name, change := range map[string]func(*spec.Spec){
		"pattern":                      pattern,
		"pattern without flash":        func(s *spec.Spec) { pattern(s); s.Engine.FlashAttn = "off" },
		"pattern of batch 1":           func(s *spec.Spec) { pattern(s); s.Engine.Batch = 1 },
		"batch invariant":              func(s *spec.Spec) { s.Engine.BatchInvariant = true },
		"pattern of an invariant one":  func(s *spec.Spec) { pattern(s); s.Engine.BatchInvariant = true },
		"batch invariant with flash":   func(s *spec.Spec) { s.Engine.BatchInvariant, s.Engine.FlashAttn = true, "on" },
		"batch invariant with batch 1": func(s *spec.Spec) { s.Engine.BatchInvariant, s.Engine.Batch = true, 1 },
	} {
		p, err := settled(t, change)
		require.NoError(t, err, name)
		assert.True(t, p.Solo, name)
		assert.EqualValues(t, 1, p.Spec.Engine.Batch, name)
		o := p.ContextOptions(2)
		assert.Equal(t, 1, o.Sequences, name)
		assert.GreaterOrEqual(t, o.Tokens, p.Context, name)
		assert.Equal(t, p.HasPattern(), o.Pattern, name)
		assert.Equal(t, p.HasPattern() || p.Spec.Engine.FlashAttn == "off", o.NoFlash, name)
	}
}

func TestThePatternHasARowOfTheContext(t *testing.T) {
	p, err := settled(t, pattern)
	require.NoError(t, err)
	columns := p.Columns()
	last := columns[len(columns)-1]
	assert.Equal(t, "blocks.1.attn.hook_pattern", columns[1].Name)
	assert.Equal(t, []int{2, p.Context}, columns[1].Shape)
	assert.Equal(t, "blocks.1.hook_resid_post", last.Name)
	assert.Equal(t, 4*(4+4+2*p.Context), p.RowBytes())
}

func TestWhatPatternsCannotBeTakenWith(t *testing.T) {
	_, err := settled(t, func(s *spec.Spec) { pattern(s); s.Engine.FlashAttn = "on" })
	expect.Refused(t, err, "flash", "pattern")
	_, err = settled(t, func(s *spec.Spec) { pattern(s); s.Engine.Batch = 2 })
	expect.Refused(t, err, "pattern", "engine.batch is 2")
	_, err = settled(t, func(s *spec.Spec) { pattern(s); s.Engine.KVType = "q8_0" })
	expect.Refused(t, err, "pattern", "a KV cache of q8_0")
	spec := validSpec()
	spec.Engine.BatchInvariant, spec.Engine.Batch = true, 2
	expect.Refused(t, spec.Validate(), "batch_invariant", "engine.batch is 2")
}

// A recurrent state is that behind all tokens so far: no beginning of it is shared, and
// nothing goes back in it.
func TestRecurrentModelsAreDecodedAlone(t *testing.T) {
	recurrent := func(change func(*spec.Spec)) (*Prepared, error) {
		return planned(t, func(s *spec.Spec, f *models.Facts) { f.Recurrent, f.Architecture = true, "mamba"; change(s) }, promptOf("a"), promptOf("b"))
	}
	for asked, change := range map[string]func(*spec.Spec){
		"nothing": func(*spec.Spec) {}, "batch 1": func(s *spec.Spec) { s.Engine.Batch = 1 }, "invariant": func(s *spec.Spec) { s.Engine.BatchInvariant = true },
		"one token": func(s *spec.Spec) { s.Alternatives = []spec.Alternatives{{Name: "a", Options: []string{"a", "b"}}} },
	} {
		p, err := recurrent(change)
		require.NoError(t, err, asked)
		assert.True(t, p.Solo, asked)
		assert.EqualValues(t, 1, p.Spec.Engine.Batch, asked)
		assert.Equal(t, 1, p.ContextOptions(2).Sequences, asked)
	}
	p, err := recurrent(func(s *spec.Spec) { s.Alternatives = []spec.Alternatives{{Name: "a", Options: []string{"ab", "ba"}}} })
	require.NoError(t, err)
	assert.Equal(t, 2, p.ContextOptions(2).Sequences, "alternatives of several tokens are read one after another")
	_, err = recurrent(func(s *spec.Spec) { s.Engine.Batch = 2 })
	expect.Refused(t, err, "recurrent", "mamba", "engine.batch is 2")
}

func TestTheBatchIsAsAskedForOrChosen(t *testing.T) {
	for asked, want := range map[spec.Auto]spec.Auto{0: 4, 1: 1, 2: 2, 64: 64} {
		p, err := settled(t, func(s *spec.Spec) { s.Engine.Batch = asked })
		require.NoError(t, err)
		assert.False(t, p.Solo)
		assert.Equal(t, want, p.Spec.Engine.Batch)
	}
	p, err := settled(t, func(s *spec.Spec) { s.Generate.Samples = 100 })
	require.NoError(t, err)
	assert.EqualValues(t, defaultBatch, p.Spec.Engine.Batch)
}

func TestEngineSettingsReachTheContext(t *testing.T) {
	p, err := settled(t, func(s *spec.Spec) { s.Engine.MemoryCheck, s.Engine.Weights, s.Engine.FlashAttn = false, "f32", "off" })
	require.NoError(t, err)
	o := p.ContextOptions(3)
	assert.True(t, o.IgnoreMemory && o.KVType == "f32" && o.NoFlash && !o.Pattern)
	assert.Equal(t, 3, o.Threads)
	p, err = settled(t, func(*spec.Spec) {})
	require.NoError(t, err)
	o = p.ContextOptions(1)
	assert.False(t, o.IgnoreMemory || o.KVType == "f32" || o.NoFlash || o.Pattern)
}

// Sampled sequences keep their place for as long as they may get, beside two
// shared beginnings; those whose tokens are known are there for a micro-batch.
func TestTheContextHoldsABatchOfTheLongest(t *testing.T) {
	for _, c := range []struct {
		jobs          int
		batch         spec.Auto
		tokens, limit int
	}{{1, 1, 1, 1}, {1, 64, 200, 100}, {100, 64, 30, 10}, {100, 16, 2000, 1000}, {100, 1, 3, 10}, {2, 3, 500, 12}, {3, 2, 700, 0}, {4000, 1, 3, 0}, {2, 254, 1, 1}} {
		p := jobsOf(c.jobs, c.batch, c.tokens, 4)
		p.Spec.Generate.MaxTokens, p.Context = c.limit, c.tokens+c.limit
		o := p.ContextOptions(2)
		assert.LessOrEqual(t, o.Sequences, min(maxSequences, o.MicroBatch), "llama.cpp aborts on more sequences than tokens of a batch")
		assert.GreaterOrEqual(t, o.Tokens, o.MicroBatch)
		assert.LessOrEqual(t, o.MicroBatch, microBatch)
		if c.limit > 0 {
			assert.Equal(t, min(c.jobs, int(c.batch))+2, o.Sequences)
			assert.GreaterOrEqual(t, o.Tokens, min(c.jobs, int(c.batch))*p.Context+2*c.tokens)
			assert.GreaterOrEqual(t, o.MicroBatch, min(c.jobs, int(c.batch)), "one token of each sequence is one decode")
		} else {
			assert.GreaterOrEqual(t, o.Tokens, o.MicroBatch+p.Context+2*c.tokens)
			assert.GreaterOrEqual(t, o.MicroBatch, min(microBatch, c.jobs*c.tokens), "one decode, or full ones")
		}
	}
}
