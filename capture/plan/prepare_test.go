package plan

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/dataset"
	"intentprobe/capture/internal/expect"
	"intentprobe/capture/internal/fake"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
	"intentprobe/models"
)

// planned prepares rows over the fake tokenizer; change may alter spec and facts.
func planned(t *testing.T, change func(*spec.Spec, *models.Facts), objects ...map[string]any) (*Prepared, error) {
	t.Helper()
	data, err := dataset.Read(spec.Prompts{Rows: rowsOf(t, objects...)})
	require.NoError(t, err)
	spec, facts := validSpec(), fake.Facts
	if change != nil {
		change(&spec, &facts)
	}
	return Prepare(spec, data, facts, fake.Map(), fake.NewTokenizer("user", "assistant", "\n", "yes"), nil, nil)
}

func mustPlan(t *testing.T, change func(*spec.Spec, *models.Facts), objects ...map[string]any) *Prepared {
	t.Helper()
	p, err := planned(t, change, objects...)
	require.NoError(t, err)
	return p
}

func promptOf(id string) map[string]any { return map[string]any{"id": id, "prompt": "q" + id} }

// seeds gives the seed of every job by prompt and sample.
func seeds(p *Prepared) map[string]uint32 {
	out := map[string]uint32{}
	for _, j := range p.Jobs {
		out[fmt.Sprintf("%s/%d", j.Row.ID, j.Sample)] = j.Seed
	}
	return out
}

func three(s *spec.Spec, _ *models.Facts) { s.Generate.Samples = 3 }

func TestEverySampleHasASeedOfItsOwn(t *testing.T) {
	seen := map[uint32]bool{}
	for name, seed := range seeds(mustPlan(t, three, promptOf("a"), promptOf("b"), promptOf("1"), promptOf("11"))) {
		assert.False(t, seen[seed], name)
		seen[seed] = true
	}
	assert.Len(t, seen, 12)
}

func TestSeedsDoNotDependOnOtherPrompts(t *testing.T) {
	alone := seeds(mustPlan(t, three, promptOf("b")))
	among := seeds(mustPlan(t, three, promptOf("a"), promptOf("c"), promptOf("b")))
	for name, seed := range alone {
		assert.Equal(t, seed, among[name], name)
	}
	more := seeds(mustPlan(t, func(s *spec.Spec, _ *models.Facts) { s.Generate.Samples = 5 }, promptOf("b")))
	assert.Equal(t, alone["b/2"], more["b/2"])
	other := seeds(mustPlan(t, func(s *spec.Spec, _ *models.Facts) { s.Generate.Samples, s.Generate.Seed = 3, 2 }, promptOf("b")))
	for name := range alone {
		assert.NotEqual(t, alone[name], other[name], name)
	}
}

func TestThePartsOfASeedAreKeptApart(t *testing.T) {
	assert.NotEqual(t, deriveSeed(1, "1", 1), deriveSeed(11, "", 1))
	assert.NotEqual(t, deriveSeed(1, "a", 11), deriveSeed(1, "a1", 1))
}

// Seeds are part of what a run can be repeated by: they never change.
func TestSeedsOfToday(t *testing.T) {
	assert.Equal(t, uint32(3121380676), deriveSeed(1, "a", 0))
	assert.Equal(t, uint32(3460405641), deriveSeed(-7, "fact 3", 15))
}

func TestAGivenResponseIsOneSample(t *testing.T) {
	p := mustPlan(t, three, promptOf("a"), map[string]any{"id": "g", "prompt": "q", "response": "yes"}, promptOf("b"))
	var order []string
	for _, j := range p.Jobs {
		order = append(order, fmt.Sprintf("%s%d", j.Row.ID, j.Sample))
	}
	assert.Equal(t, []string{"a0", "a1", "a2", "g0", "b0", "b1", "b2"}, order)
	assert.Equal(t, fake.NewTokenizer("user", "assistant", "\n", "yes").IDs("yes", "<|im_end|>"), p.Jobs[3].ResponseTokens)
}

func TestAGivenResponseOfRawTextHasNoEndOfTurn(t *testing.T) {
	p := mustPlan(t, func(s *spec.Spec, _ *models.Facts) { s.Chat.Template = "none" }, map[string]any{"prompt": "q", "response": "yes"})
	assert.Equal(t, fake.NewTokenizer("user", "assistant", "\n", "yes").IDs("yes"), p.Jobs[0].ResponseTokens)
}

func raw10(s *spec.Spec, _ *models.Facts) { // a prompt's bytes are its tokens
	s.Chat.Template, s.Generate.MaxTokens, s.Engine.Ctx = "none", 10, 32
}

func TestPromptsThatDoNotFitAreNamed(t *testing.T) {
	long := map[string]any{"id": "long one", "prompt": "12345678901234567890123"}
	_, err := planned(t, raw10, promptOf("a"), long)
	expect.Refused(t, err, "prompts.rows[1]", `"long one"`, "23 tokens", "33", "holds 32")
	long["prompt"] = "1234567890123456789012"
	p := mustPlan(t, raw10, promptOf("a"), long)
	assert.Equal(t, 32, p.Context, "what fits to the token is taken")
}

func TestGivenResponsesThatDoNotFitAreNamed(t *testing.T) {
	row := map[string]any{"id": "g", "prompt": "1234567890", "response": "1234567890123456789012"}
	assert.Equal(t, 32, mustPlan(t, raw10, row).Context, "max_tokens is for what is sampled")
	row["response"] = "12345678901234567890123"
	_, err := planned(t, raw10, row)
	expect.Refused(t, err, `"g"`, "10 tokens", "33")
}

func TestTheTrainedContextIsTheLimitByItself(t *testing.T) {
	_, err := planned(t, func(s *spec.Spec, f *models.Facts) { raw10(s, f); s.Engine.Ctx, f.TrainContext = 0, 12 }, promptOf("abc"))
	expect.Refused(t, err, `"abc"`, "holds 12")
	p := mustPlan(t, func(s *spec.Spec, f *models.Facts) { raw10(s, f); f.TrainContext = 12 }, promptOf("abc"))
	assert.Equal(t, 14, p.Context, "engine.ctx may go beyond it")
}

func TestHookPointsAreChecked(t *testing.T) {
	_, err := planned(t, func(s *spec.Spec, _ *models.Facts) { s.Capture.Hooks = []string{"resid_pots"} }, promptOf("a"))
	var unknown *hooks.UnknownPointError
	assert.ErrorAs(t, err, &unknown)
	_, err = planned(t, func(s *spec.Spec, _ *models.Facts) { s.Capture.Hooks = []string{"resid_post:2"} }, promptOf("a"))
	var layer *hooks.LayerError
	assert.ErrorAs(t, err, &layer)
	for _, absent := range []string{"router_logits", "router_logits:1", "blocks.0.mlp.hook_router_logits"} {
		_, err = planned(t, func(s *spec.Spec, _ *models.Facts) { s.Capture.Hooks = []string{absent} }, promptOf("a"))
		var missing *hooks.AbsentPointError
		require.ErrorAs(t, err, &missing, absent)
		assert.ErrorContains(t, err, "no mixture of experts")
	}
}

// A list of nothing but commas must not give a run without activations.
func TestHooksThatNameNoPointAreRefused(t *testing.T) {
	for _, list := range [][]string{{""}, {" , "}, {"", ","}} {
		_, err := planned(t, func(s *spec.Spec, _ *models.Facts) { s.Capture.Hooks = list }, promptOf("a"))
		expect.Refused(t, err, "capture.hooks")
	}
}
