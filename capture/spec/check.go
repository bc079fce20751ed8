package spec

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"intentprobe/capture/hint"
	"intentprobe/capture/selection"
	"intentprobe/storage/rundir"
)

// Validate checks everything that needs neither the model nor the dataset. The
// error is a *hint.UsageError that names the key.
func (s *Spec) Validate() error {
	if s.Model == "" {
		return hint.Usage(fmt.Errorf("no model named"), "name one with ", hint.Key("model"), "; ", hint.Command{"models"}, " lists what is on this machine")
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
		oneOf("engine.weights", s.Engine.Weights, append([]string{"as-is"}, WeightModes...)...),
		oneOf("engine.flash_attn", s.Engine.FlashAttn, "auto", "on", "off"),
		inside("generate.max_tokens", float64(s.Generate.MaxTokens), 0, 1<<24),
		inside("generate.samples", float64(s.Generate.Samples), 1, 1<<24),
		inside("generate.temperature", s.Generate.Temperature, 0, 100),
		inside("generate.top_k", float64(s.Generate.TopK), 0, math.MaxInt32),
		inside("generate.top_p", s.Generate.TopP, 0, 1),
		inside("generate.min_p", s.Generate.MinP, 0, 1),
		insideAuto("capture.group", s.Capture.Group, MaxGroup),
		insideAuto("engine.batch", s.Engine.Batch, MaxBatch),
		CheckThreads(s.Engine.Threads),
		inside("capture.top_logits", float64(s.Capture.TopLogits), 1, 1000),
		inside("engine.ctx", float64(s.Engine.Ctx), 0, 1<<24),
		oneOf("engine.kv_type", s.Engine.KVType, append([]string{"auto"}, KVTypes...)...),
		oneOf("engine.split_mode", s.Engine.SplitMode, SplitModes...),
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
	if err := s.Engine.CheckDevices(); err != nil {
		return err
	}
	if err := s.Engine.CheckAdapters(); err != nil {
		return err
	}
	if s.Engine.BatchInvariant && s.Engine.Batch > 1 {
		return hint.Usage(fmt.Errorf("engine.batch_invariant decodes one sequence at a time; engine.batch is %d", s.Engine.Batch), "leave one of them out")
	}
	if err := s.validateTokens(); err != nil {
		return err
	}
	if err := s.validateProbes(); err != nil {
		return err
	}
	return s.checkExperiment()
}

// MaxGroup is how many samples are committed together at most.
const MaxGroup = 1 << 20

// MaxBatch is how many samples may be decoded at once: llama.cpp's 256 sequences, less
// two for beginnings that samples share.
const MaxBatch = 254

// CheckThreads refuses more threads than ggml can have.
func CheckThreads(n Auto) error { return insideAuto("engine.threads", n, 512) } // GGML_MAX_N_THREADS

// validateTokens checks what is written of which tokens.
func (s *Spec) validateTokens() error {
	if _, err := selection.Parse(s.Capture.Tokens); err != nil {
		return err
	}
	if _, err := ReasoningTags(s.Chat.Reasoning, ""); err != nil {
		return err
	}
	for i, reduction := range s.Capture.Reduce {
		if !slices.Contains(rundir.Reductions, reduction) || slices.Contains(s.Capture.Reduce[:i], reduction) {
			return hint.Usage(fmt.Errorf("capture.reduce holds %q", reduction), "use each of "+strings.Join(rundir.Reductions, ", ")+" once at most")
		}
	}
	if !s.Capture.Rows && len(s.Capture.Reduce)+len(s.Capture.Probes) == 0 {
		return hint.Usage(fmt.Errorf("capture.rows is false and capture.reduce is empty: nothing would be written"), "add capture.reduce: [mean], or leave capture.rows out")
	}
	return nil
}

// validateProbes checks what is scored, and that something is written of each token.
func (s *Spec) validateProbes() error {
	c := &s.Capture
	for i, ref := range c.Probes {
		switch {
		case ref == "":
			return hint.Usage(fmt.Errorf("capture.probes[%d] names no file", i), "name a direction file as FILE, or one of its directions as FILE#NAME")
		case slices.Contains(c.Probes[:i], ref):
			return hint.Usage(fmt.Errorf("capture.probes names %s twice", ref), "name it once")
		}
	}
	switch {
	case c.ForceProbes && len(c.Probes) == 0:
		return hint.Usage(errors.New("capture.force_probes is set, and capture.probes names none"), "leave it out")
	case len(c.Hooks) > 0:
		return nil
	case len(c.Probes) == 0:
		return hint.Usage(errors.New("capture.hooks is empty"), "name at least one, for example resid_post; rows without activations need ", hint.Key("capture.probes"))
	case len(c.Reduce) > 0:
		return hint.Usage(errors.New("capture.reduce reduces activations, and capture.hooks is empty"), "leave one of them out; scores of probes are pooled in any case")
	}
	return nil
}
