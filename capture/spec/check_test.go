package spec

import (
	"encoding/json"
	"math"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
	"intentprobe/capture/internal/expect"
)

func TestTheDefaultsAreValid(t *testing.T) {
	s := validSpec()
	assert.NoError(t, s.Validate())
}

// Hints say that the docs/spec.md shows a value of every key.
func TestTheDocumentShowsEveryKey(t *testing.T) {
	text, err := os.ReadFile("../../docs/spec.md")
	require.NoError(t, err)
	for _, k := range Keys() {
		assert.Regexp(t, `\b`+regexp.QuoteMeta(k.Last())+`: `, string(text), k.Name)
	}
}

func TestValidateNamesTheKey(t *testing.T) {
	for key, spoil := range map[string][]func(*Spec){
		"no model":             {func(s *Spec) { s.Model = "" }},
		"capture.tokens":       {func(s *Spec) { s.Capture.Tokens = "every" }, func(s *Spec) { s.Capture.Tokens = "" }},
		"capture.dtype":        {func(s *Spec) { s.Capture.DType = "bfloat16" }},
		"capture.logprobs":     {func(s *Spec) { s.Capture.Logprobs = "prompt" }},
		"capture.hooks":        {func(s *Spec) { s.Capture.Hooks = nil }},
		"capture.top_logits":   {func(s *Spec) { s.Capture.TopLogits = 0 }, func(s *Spec) { s.Capture.TopLogits = 1001 }},
		"engine.flash_attn":    {func(s *Spec) { s.Engine.FlashAttn = "yes" }, func(s *Spec) { s.Engine.FlashAttn = "" }},
		"engine.weights":       {func(s *Spec) { s.Engine.Weights = "q5_k" }, func(s *Spec) { s.Engine.Weights = "F32" }},
		"engine.batch":         {func(s *Spec) { s.Engine.Batch = -1 }, func(s *Spec) { s.Engine.Batch = 255 }},
		"engine.ctx":           {func(s *Spec) { s.Engine.Ctx = -1 }},
		"engine.gpu_layers":    {func(s *Spec) { s.Engine.GPULayers = -3 }},
		"generate.max_tokens":  {func(s *Spec) { s.Generate.MaxTokens = -1 }},
		"generate.samples":     {func(s *Spec) { s.Generate.Samples = 0 }, func(s *Spec) { s.Generate.Samples = -3 }},
		"generate.temperature": {func(s *Spec) { s.Generate.Temperature = -0.1 }, func(s *Spec) { s.Generate.Temperature = math.NaN() }},
		"generate.top_k":       {func(s *Spec) { s.Generate.TopK = -1 }},
		"generate.top_p":       {func(s *Spec) { s.Generate.TopP = 1.01 }, func(s *Spec) { s.Generate.TopP = -1 }},
		"generate.min_p":       {func(s *Spec) { s.Generate.MinP = 2 }, func(s *Spec) { s.Generate.MinP = math.NaN() }},
		"generate.stop":        {func(s *Spec) { s.Generate.Stop = []string{"a", ""} }},
		"chat.vars":            {func(s *Spec) { s.Chat.Vars = Vars{"messages": json.RawMessage("1")} }},
		"chat.now":             {func(s *Spec) { s.Chat.Now = "tomorrow" }},
	} {
		for _, f := range spoil {
			s := validSpec()
			f(&s)
			expect.Refused(t, s.Validate(), key)
		}
	}
}

// A setting that the engine would pass over is refused, or the run would say that it
// was made with it.
func TestSettingsThatContradictEachOther(t *testing.T) {
	for text, change := range map[string]func(*Engine){
		"engine.flash_attn is on, and engine.weights is f32": func(e *Engine) { e.Weights, e.FlashAttn = "f32", "on" },
		"engine.flash_attn is on, and engine.kv_type is f32": func(e *Engine) { e.KVType, e.FlashAttn = "f32", "on" },
		"engine.kv_type q8_0 needs flash attention":          func(e *Engine) { e.KVType, e.FlashAttn = "q8_0", "off" },
		"engine.main_gpu is 1, and engine.split_mode is row": func(e *Engine) { e.MainGPU, e.SplitMode = 1, "row" },
	} {
		s := validSpec()
		change(&s.Engine)
		expect.Refused(t, s.Validate(), text)
	}
	for _, change := range []func(*Engine){
		func(e *Engine) { e.Weights, e.KVType, e.FlashAttn = "f32", "f16", "on" },
		func(e *Engine) { e.Weights, e.FlashAttn = "f32", "off" },
		func(e *Engine) { e.Weights = "f32" },
		func(e *Engine) { e.KVType, e.FlashAttn = "q8_0", "on" },
		func(e *Engine) { e.MainGPU, e.SplitMode = 1, "none" },
	} {
		s := validSpec()
		change(&s.Engine)
		assert.NoError(t, s.Validate())
	}
}

func TestRangesAreThoseThatAreTaken(t *testing.T) {
	for key, change := range map[string]func(*Spec){
		"engine.threads": func(s *Spec) { s.Engine.Threads = 513 }, "engine.batch": func(s *Spec) { s.Engine.Batch = 255 }, "capture.group": func(s *Spec) { s.Capture.Group = 1<<20 + 1 },
	} {
		s := validSpec()
		change(&s)
		err := s.Validate()
		expect.Refused(t, err, key)
		var wrong *hint.UsageError
		require.ErrorAs(t, err, &wrong)
		assert.Regexp(t, `^use a number from 1 to \d+, or auto$`, wrong.Hint())
	}
}

func TestValidateTakesTheEdges(t *testing.T) {
	for _, change := range []func(*Spec){
		func(s *Spec) { s.Generate.MaxTokens = 0 },
		func(s *Spec) { s.Generate.TopP, s.Generate.MinP = 0, 1 },
		func(s *Spec) { s.Engine.Batch = 0 },
		func(s *Spec) { s.Engine.Batch = 254 },
		func(s *Spec) { s.Capture.TopLogits, s.Engine.FlashAttn = 1000, "on" },
		func(s *Spec) { s.Engine.BatchInvariant, s.Engine.Batch = true, 1 },
		func(s *Spec) { s.Generate.Seed = -1 },
		func(s *Spec) { s.Capture.Tokens, s.Capture.DType, s.Capture.Logprobs = "last", "float16", "none" },
		func(s *Spec) { s.Generate.Stop = nil },
	} {
		s := validSpec()
		change(&s)
		assert.NoError(t, s.Validate())
	}
}

func TestThreadsAndBatchAreANumberOrAuto(t *testing.T) {
	for text, want := range map[string]Auto{"auto": 0, "1": 1, "16": 16} {
		a := Auto(7)
		require.NoError(t, a.UnmarshalText([]byte(text)))
		assert.Equal(t, want, a)
		back, err := json.Marshal(a)
		require.NoError(t, err)
		if want == 0 {
			assert.JSONEq(t, `"auto"`, string(back))
		} else {
			assert.JSONEq(t, text, string(back))
		}
	}
	for _, text := range []string{"", "0", "-1", "Auto", "2.5", "many"} {
		a := Auto(7)
		assert.ErrorContains(t, a.UnmarshalText([]byte(text)), "auto", "%q", text)
		assert.Equal(t, Auto(7), a, "an error leaves the value alone")
	}
}

// A range that a hint names holds no value that is refused.
func TestRangesInHintsAreThoseThatAreTaken(t *testing.T) {
	for key, c := range map[string]struct {
		spoil  func(*Spec)
		limits string
	}{
		"engine.threads":    {func(s *Spec) { s.Engine.Threads = 513 }, "from 1 to 512, or auto"},
		"engine.batch":      {func(s *Spec) { s.Engine.Batch = 255 }, "from 1 to 254, or auto"},
		"capture.group":     {func(s *Spec) { s.Capture.Group = 1<<20 + 1 }, "from 1 to 1048576, or auto"},
		"engine.gpu_layers": {func(s *Spec) { s.Engine.GPULayers = 1<<16 + 1 }, "from 0 to 65536, auto or all"},
	} {
		spec := validSpec()
		c.spoil(&spec)
		assert.Contains(t, expect.Refused(t, spec.Validate(), key), c.limits)
	}
	for _, text := range []string{"0", "-1"} { // as the hint says
		var a Auto
		require.ErrorContains(t, a.UnmarshalText([]byte(text)), "neither a number above 0")
	}
}

func TestSharesThatAreNone(t *testing.T) {
	for text, part := range map[string]string{
		"{a: 0.5, b: 0.4}": "0.9", "{a: 0, b: 1}": "split.a is 0", "{a: -1, b: 2}": "split.a is -1", "{a: .nan}": "split.a", "{seed: 1}": "no shares",
		"{a: 1, seed: 1.5}": "split.seed", "{a/b: 1}": "holds a /", "{'': 1}": "names nothing",
	} {
		spec := validSpec()
		applySpec(t, &spec, "split: "+text+"\n")
		expect.Refused(t, spec.Validate(), part)
	}
	badSpec(t, "split: {a: much}\n", "split", "much")
	badSpec(t, "split: [a, b]\n", "bad.yaml:1: split is not a mapping")
}
