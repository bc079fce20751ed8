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

	"intentprobe/capture/hint"
	"intentprobe/capture/selection"
	"intentprobe/models"
	"intentprobe/storage"
)

// Spec is a run, wholly described. The keys are those of the YAML file; the
// resolved spec, every default filled in, is part of the manifest.
type Spec struct {
	Model    string   `key:"model" json:"model"`
	Prompts  Prompts  `key:"prompts" json:"prompts"`
	Chat     Chat     `key:"chat" json:"chat"`
	Generate Generate `key:"generate" json:"generate"`
	Capture  Capture  `key:"capture" json:"capture"`
	Engine   Engine   `key:"engine" json:"engine"`
	Out      string   `key:"out" json:"-"` // where a run lies is no part of what it is

	folders map[string]string // that relative paths are meant from, by key; the working folder where none is named

	// The experiment (docs/experiments.md). A spec file alone sets these lists.
	Conditions   []Variant          `key:"conditions" json:"conditions,omitempty" yaml:"conditions"`
	Styles       []Variant          `key:"styles" json:"styles,omitempty" yaml:"styles"`
	Pairs        Pairs              `key:"pairs" json:"pairs,omitzero"`
	Split        map[string]float64 `key:"split" json:"split,omitempty" yaml:"split"`
	Spans        []SpanRule         `key:"spans" json:"spans,omitempty" yaml:"spans"`
	Knowledge    *Knowledge         `key:"knowledge" json:"knowledge,omitempty" yaml:"knowledge"`
	Followups    []Followup         `key:"followups" json:"followups,omitempty" yaml:"followups"`
	Alternatives []Alternatives     `key:"alternatives" json:"alternatives,omitempty" yaml:"alternatives"`
}

// Prompts says where the dataset is: exactly one of File, Rows and Text.
type Prompts struct {
	File   string   `key:"file" json:"file,omitempty"`
	Column string   `key:"column" json:"column,omitempty"` // key or column of File that holds them, if it is not called prompt
	Rows   Rows     `key:"rows" json:"rows,omitempty" yaml:"rows"`
	Text   []string `key:"text" json:"text,omitempty" list:"texts"`

	Prompt   string `key:"prompt" json:"prompt,omitempty"`     // template of the user's message
	Response string `key:"response" json:"response,omitempty"` // template of a given answer
}

// Chat says how messages become text.
type Chat struct {
	Template string `key:"template" json:"template"`   // auto, none, or a file with a template
	Text     string `key:"text" json:"text,omitempty"` // the template itself, where it is not the model's; filled in from the file
	System   string `key:"system" json:"system,omitempty"`
	Now      string `key:"now" json:"now,omitempty"`               // what strftime_now tells; today where the template asks and none is given
	Vars     Vars   `key:"vars" json:"vars,omitempty" yaml:"vars"` // the template's variables

	Reasoning string `key:"reasoning" json:"reasoning,omitempty"` // auto, none, or the tags that enclose it

	TemplateName string `key:"template_name" json:"template_name,omitempty"` // one of the model's named templates; empty: the default one
}

// Generate says how responses are sampled.
type Generate struct {
	MaxTokens   int      `key:"max_tokens" json:"max_tokens"` // 0 captures the prompt alone
	Samples     int      `key:"samples" json:"samples"`       // per prompt
	Temperature float64  `key:"temperature" json:"temperature"`
	TopK        int      `key:"top_k" json:"top_k"`
	TopP        float64  `key:"top_p" json:"top_p"`
	MinP        float64  `key:"min_p" json:"min_p"`
	Seed        int64    `key:"seed" json:"seed"`
	Stop        []string `key:"stop" json:"stop" list:"texts"`
}

// Capture says what is written of each token, and of which.
type Capture struct {
	Hooks     []string `key:"hooks" json:"hooks" list:"hooks"`
	Tokens    string   `key:"tokens" json:"tokens"`           // an expression, see selection.Parse
	DType     string   `key:"dtype" json:"dtype"`             // float32, float16
	Logprobs  string   `key:"logprobs" json:"logprobs"`       // response, all, none
	TopLogits int      `key:"top_logits" json:"top_logits"`   // how many logits unembed.hook_out keeps
	Group     Auto     `key:"group" json:"group"`             // samples that are committed together; 0 is auto
	Reduce    []string `key:"reduce" json:"reduce,omitempty"` // mean, last, max over the selected tokens
	Rows      bool     `key:"rows" json:"rows"`               // false: the reductions instead of the rows
}

// Auto is a number of which 0 is written "auto".
type Auto int

func (a Auto) String() string {
	if a == 0 {
		return "auto"
	}
	return strconv.Itoa(int(a))
}

// MarshalText writes a number or "auto".
func (a Auto) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

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
// error is a *hint.UsageError that names the key.
func (s *Spec) Validate() error {
	if s.Model == "" {
		return hint.Usage(fmt.Errorf("no model named"), "add `model:` to the spec or --model; `capture models` lists what is on this machine")
	}
	oneOf := func(key, value string, allowed ...string) error {
		if slices.Contains(allowed, value) {
			return nil
		}
		return hint.Usage(fmt.Errorf("%s is %q", key, value), "use "+strings.Join(allowed, ", "))
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
		insideAuto("capture.group", s.Capture.Group, 1<<20),
		insideAuto("engine.batch", s.Engine.Batch, maxSequences-2),
		CheckThreads(s.Engine.Threads),
		inside("capture.top_logits", float64(s.Capture.TopLogits), 1, 1000),
		inside("engine.ctx", float64(s.Engine.Ctx), 0, 1<<24),
		oneOf("engine.kv_type", s.Engine.KVType, append([]string{"auto"}, models.KVTypes()...)...),
		oneOf("engine.split_mode", s.Engine.SplitMode, models.SplitModes()...),
		s.Engine.checkLayers(),
		inside("engine.main_gpu", float64(s.Engine.MainGPU), 0, 127),
		inside("engine.rpc_timeout", float64(s.Engine.RPCTimeout), 2, 86400),
	} {
		if err != nil {
			return err
		}
	}
	for _, name := range []string{"messages", "add_generation_prompt"} {
		if _, taken := s.Chat.Vars[name]; taken {
			return hint.Usage(fmt.Errorf("chat.vars sets %q, which every prompt has of its own", name), "remove it")
		}
	}
	if c := &s.Chat; c.TemplateName != "" && c.Template != "auto" {
		return hint.Usage(fmt.Errorf("chat.template_name is %q, which is one of the model's templates; chat.template is %q", c.TemplateName, c.Template), "leave one of them out")
	}
	if s.Chat.Now != "" {
		if _, err := ParseNow(s.Chat.Now); err != nil {
			return hint.Usage(fmt.Errorf("chat.now: %w", err), "write 2026-01-02, or 2026-01-02 15:04:05")
		}
	}
	for _, text := range append([]string{s.Chat.System, s.Chat.Text}, s.Generate.Stop...) {
		if !utf8.ValidString(text) {
			return hint.Usage(fmt.Errorf("%q in chat.system, the template or generate.stop is not UTF-8", text), "convert it to UTF-8")
		}
	}
	if slices.Contains(s.Generate.Stop, "") {
		return hint.Usage(fmt.Errorf("generate.stop holds an empty text"), "remove it")
	}
	if err := s.Engine.checkDevices(); err != nil {
		return err
	}
	if s.Engine.BatchInvariant && s.Engine.Batch > 1 {
		return hint.Usage(fmt.Errorf("engine.batch_invariant decodes one sequence at a time; engine.batch is %d", s.Engine.Batch), "leave one of them out")
	}
	if err := s.validateTokens(); err != nil {
		return err
	}
	if len(s.Capture.Hooks) == 0 {
		return hint.Usage(fmt.Errorf("capture.hooks is empty"), "name at least one, for example resid_post")
	}
	return s.checkExperiment()
}

// inside wants a number between two others.
func inside(key string, value, low, high float64) error {
	if value >= low && value <= high {
		return nil
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return hint.Usage(fmt.Errorf("%s is %s", key, number(value)), fmt.Sprintf("use a number from %s to %s", number(low), number(high)))
}

// insideAuto wants auto, or a number up to another.
func insideAuto(key string, value Auto, most int) error {
	if value >= 0 && int(value) <= most {
		return nil
	}
	return hint.Usage(fmt.Errorf("%s is %d", key, int(value)), fmt.Sprintf("use a number from 1 to %d, or auto", most))
}

// CheckThreads refuses more threads than ggml can have.
func CheckThreads(n Auto) error { return insideAuto("engine.threads", n, 512) } // GGML_MAX_N_THREADS

// validateTokens checks what is written of which tokens.
func (s *Spec) validateTokens() error {
	if _, err := selection.Parse(s.Capture.Tokens); err != nil {
		return err
	}
	if _, err := reasoningTags(s.Chat.Reasoning, ""); err != nil {
		return err
	}
	for i, reduction := range s.Capture.Reduce {
		if !slices.Contains(storage.Reductions, reduction) || slices.Contains(s.Capture.Reduce[:i], reduction) {
			return hint.Usage(fmt.Errorf("capture.reduce holds %q", reduction), "use each of "+strings.Join(storage.Reductions, ", ")+" once at most")
		}
	}
	if !s.Capture.Rows && len(s.Capture.Reduce) == 0 {
		return hint.Usage(fmt.Errorf("capture.rows is false and capture.reduce is empty: nothing would be written"), "add capture.reduce: [mean], or leave capture.rows out")
	}
	return nil
}
