package capture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"intentprobe/models"
	"intentprobe/storage"
)

// Spec is a run, wholly described. The keys are those of the YAML file; the
// resolved spec, every default filled in, is part of the manifest.
type Spec struct {
	Model    string   `mapstructure:"model" json:"model"`
	Prompts  Prompts  `mapstructure:"prompts" json:"prompts"`
	Chat     Chat     `mapstructure:"chat" json:"chat"`
	Generate Generate `mapstructure:"generate" json:"generate"`
	Capture  Capture  `mapstructure:"capture" json:"capture"`
	Engine   Engine   `mapstructure:"engine" json:"engine"`
	Out      string   `mapstructure:"out" json:"-"` // where a run lies is no part of what it is

	// The experiment (docs/experiments.md). A spec file alone sets these lists.
	Conditions   []Variant          `mapstructure:"conditions" json:"conditions,omitempty" yaml:"conditions"`
	Styles       []Variant          `mapstructure:"styles" json:"styles,omitempty" yaml:"styles"`
	Pairs        Pairs              `mapstructure:"pairs" json:"pairs,omitzero"`
	Split        map[string]float64 `mapstructure:"split" json:"split,omitempty" yaml:"split"`
	Spans        []SpanRule         `mapstructure:"spans" json:"spans,omitempty" yaml:"spans"`
	Knowledge    *Knowledge         `mapstructure:"knowledge" json:"knowledge,omitempty" yaml:"knowledge"`
	Followups    []Followup         `mapstructure:"followups" json:"followups,omitempty" yaml:"followups"`
	Alternatives []Alternatives     `mapstructure:"alternatives" json:"alternatives,omitempty" yaml:"alternatives"`
}

// Prompts says where the dataset is: exactly one of File, Rows and Text.
type Prompts struct {
	File   string           `mapstructure:"file" json:"file,omitempty"`
	Column string           `mapstructure:"column" json:"column,omitempty"` // of a CSV file
	Rows   []map[string]any `mapstructure:"rows" json:"rows,omitempty" yaml:"rows"`
	Text   []string         `mapstructure:"text" json:"text,omitempty" yaml:"text"`

	Prompt   string `mapstructure:"prompt" json:"prompt,omitempty"`     // template of the user's message
	Response string `mapstructure:"response" json:"response,omitempty"` // template of a given answer
}

// Chat says how messages become text.
type Chat struct {
	Template string         `mapstructure:"template" json:"template"`   // auto, none, or a file with a template
	Text     string         `mapstructure:"text" json:"text,omitempty"` // the template itself, where it is not the model's; filled in from the file
	System   string         `mapstructure:"system" json:"system,omitempty"`
	Now      string         `mapstructure:"now" json:"now,omitempty"`               // what strftime_now tells; today where the template asks and none is given
	Vars     map[string]any `mapstructure:"vars" json:"vars,omitempty" yaml:"vars"` // the template's variables

	Reasoning string `mapstructure:"reasoning" json:"reasoning,omitempty"` // auto, none, or the tags that enclose it

	TemplateName string `mapstructure:"template_name" json:"template_name,omitempty"` // one of the model's named templates; empty: the default one
}

// Generate says how responses are sampled.
type Generate struct {
	MaxTokens   int      `mapstructure:"max_tokens" json:"max_tokens"` // 0 captures the prompt alone
	Samples     int      `mapstructure:"samples" json:"samples"`       // per prompt
	Temperature float64  `mapstructure:"temperature" json:"temperature"`
	TopK        int      `mapstructure:"top_k" json:"top_k"`
	TopP        float64  `mapstructure:"top_p" json:"top_p"`
	MinP        float64  `mapstructure:"min_p" json:"min_p"`
	Seed        int64    `mapstructure:"seed" json:"seed"`
	Stop        []string `mapstructure:"stop" json:"stop"`
}

// Capture says what is written of each token, and of which.
type Capture struct {
	Hooks     []string `mapstructure:"hooks" json:"hooks"`
	Tokens    string   `mapstructure:"tokens" json:"tokens"`           // an expression, see ParseSelection
	DType     string   `mapstructure:"dtype" json:"dtype"`             // float32, float16
	Logprobs  string   `mapstructure:"logprobs" json:"logprobs"`       // response, all, none
	TopLogits int      `mapstructure:"top_logits" json:"top_logits"`   // how many logits unembed.hook_out keeps
	Group     Auto     `mapstructure:"group" json:"group"`             // samples that are committed together; 0 is auto
	Reduce    []string `mapstructure:"reduce" json:"reduce,omitempty"` // mean, last, max over the selected tokens
	Rows      bool     `mapstructure:"rows" json:"rows"`               // false: the reductions instead of the rows
}

// Auto is a number of which 0 is written "auto".
type Auto int

// MarshalJSON writes a number or "auto".
func (a Auto) MarshalJSON() ([]byte, error) {
	if a == 0 {
		return []byte(`"auto"`), nil
	}
	return json.Marshal(int(a))
}

// UnmarshalJSON reads a number or "auto".
func (a *Auto) UnmarshalJSON(text []byte) error { return a.UnmarshalText(bytes.Trim(text, `"`)) }

// UnmarshalText reads a number or "auto".
func (a *Auto) UnmarshalText(text []byte) error {
	if string(text) == "auto" {
		*a = 0
		return nil
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 {
		return fmt.Errorf("%q is neither a number above 0 nor \"auto\"", text)
	}
	*a = Auto(n)
	return nil
}

// DefaultSpec gives every default: greedy, one sample, the output of every
// block at every token.
func DefaultSpec() Spec {
	return Spec{
		Chat:     Chat{Template: "auto"},
		Generate: Generate{MaxTokens: 128, Samples: 1, TopK: 0, TopP: 1, Seed: 1, Stop: []string{}},
		Capture:  Capture{Hooks: []string{"resid_post"}, Tokens: "all", DType: "float32", Logprobs: "response", TopLogits: 10, Rows: true},
		Engine:   Engine{Weights: "as-is", FlashAttn: "auto", MemoryCheck: true, KVType: "auto", GPULayers: AutoLayers, SplitMode: "layer", RPCTimeout: 30},
	}
}

// Validate checks everything that needs neither the model nor the dataset. The
// error is a *UsageError that names the key.
func (s *Spec) Validate() error {
	if s.Model == "" {
		return usage(fmt.Errorf("no model named"), "add `model:` to the spec or --model; `capture models` lists what is on this machine")
	}
	oneOf := func(key, value string, allowed ...string) error {
		if slices.Contains(allowed, value) {
			return nil
		}
		return usage(fmt.Errorf("%s is %q", key, value), "use "+strings.Join(allowed, ", "))
	}
	for _, err := range []error{
		oneOf("capture.dtype", s.Capture.DType, "float32", "float16"),
		oneOf("capture.logprobs", s.Capture.Logprobs, "response", "all", "none"),
		oneOf("engine.weights", s.Engine.Weights, append([]string{"as-is"}, models.WeightModes()...)...),
		oneOf("engine.flash_attn", s.Engine.FlashAttn, "auto", "on", "off"),
		inside("generate.max_tokens", float64(s.Generate.MaxTokens), 0, 1<<24),
		inside("generate.samples", float64(s.Generate.Samples), 1, 1<<24),
		inside("generate.temperature", s.Generate.Temperature, 0, 100),
		inside("generate.top_k", float64(s.Generate.TopK), 0, math.MaxInt32),
		inside("generate.top_p", s.Generate.TopP, 0, 1),
		inside("generate.min_p", s.Generate.MinP, 0, 1),
		inside("capture.group", float64(s.Capture.Group), 0, 1<<20),
		inside("engine.batch", float64(s.Engine.Batch), 0, maxSequences-2),
		inside("engine.threads", float64(s.Engine.Threads), 0, 512), // GGML_MAX_N_THREADS
		inside("capture.top_logits", float64(s.Capture.TopLogits), 1, 1000),
		inside("engine.ctx", float64(s.Engine.Ctx), 0, 1<<24),
		oneOf("engine.kv_type", s.Engine.KVType, append([]string{"auto"}, models.KVTypes()...)...),
		oneOf("engine.split_mode", s.Engine.SplitMode, models.SplitModes()...),
		inside("engine.gpu_layers", float64(s.Engine.GPULayers), float64(AllLayers), 1<<16),
		inside("engine.main_gpu", float64(s.Engine.MainGPU), 0, 127),
		inside("engine.rpc_timeout", float64(s.Engine.RPCTimeout), 2, 86400),
	} {
		if err != nil {
			return err
		}
	}
	for _, name := range []string{"messages", "add_generation_prompt"} {
		if _, taken := s.Chat.Vars[name]; taken {
			return usage(fmt.Errorf("chat.vars sets %q, which every prompt has of its own", name), "remove it")
		}
	}
	if c := &s.Chat; c.TemplateName != "" && c.Template != "auto" {
		return usage(fmt.Errorf("chat.template_name is %q, which is one of the model's templates; chat.template is %q", c.TemplateName, c.Template), "leave one of them out")
	}
	if s.Chat.Now != "" {
		if _, err := ParseNow(s.Chat.Now); err != nil {
			return usage(fmt.Errorf("chat.now: %w", err), "write 2026-01-02, or 2026-01-02 15:04:05")
		}
	}
	for _, text := range append([]string{s.Chat.System, s.Chat.Text}, s.Generate.Stop...) {
		if !utf8.ValidString(text) {
			return usage(fmt.Errorf("%q in chat.system, the template or generate.stop is not UTF-8", text), "convert it to UTF-8")
		}
	}
	if slices.Contains(s.Generate.Stop, "") {
		return usage(fmt.Errorf("generate.stop holds an empty text"), "remove it")
	}
	if err := s.Engine.checkDevices(); err != nil {
		return err
	}
	if s.Engine.BatchInvariant && s.Engine.Batch > 1 {
		return usage(fmt.Errorf("engine.batch_invariant decodes one sequence at a time; engine.batch is %d", s.Engine.Batch), "leave one of them out")
	}
	if err := s.validateTokens(); err != nil {
		return err
	}
	if len(s.Capture.Hooks) == 0 {
		return usage(fmt.Errorf("capture.hooks is empty"), "name at least one, for example resid_post")
	}
	return s.checkExperiment()
}

// inside wants a number between two others.
func inside(key string, value, low, high float64) error {
	if value >= low && value <= high {
		return nil
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return usage(fmt.Errorf("%s is %s", key, number(value)), fmt.Sprintf("use a number from %s to %s", number(low), number(high)))
}

// validateTokens checks what is written of which tokens.
func (s *Spec) validateTokens() error {
	if _, err := ParseSelection(s.Capture.Tokens); err != nil {
		return err
	}
	if _, err := reasoningTags(s.Chat.Reasoning, ""); err != nil {
		return err
	}
	for i, reduction := range s.Capture.Reduce {
		if !slices.Contains(storage.Reductions, reduction) || slices.Contains(s.Capture.Reduce[:i], reduction) {
			return usage(fmt.Errorf("capture.reduce holds %q", reduction), "use each of "+strings.Join(storage.Reductions, ", ")+" once at most")
		}
	}
	if !s.Capture.Rows && len(s.Capture.Reduce) == 0 {
		return usage(fmt.Errorf("capture.rows is false and capture.reduce is empty: nothing would be written"), "add capture.reduce: [mean], or leave capture.rows out")
	}
	return nil
}
