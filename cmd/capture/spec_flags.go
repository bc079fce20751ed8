package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"intentprobe/capture/spec"
)

// keyFlags are the flags of `capture run` that set a key of the spec, in the order of
// its help. A key without one is set by --set, a variable or a file. The defaults in
// the help are the spec's.
var keyFlags = []struct{ flag, key, usage string }{
	{"model", "model", "GGUF file, or a name that capture models shows"},
	{"prompt", "prompts.text", "a prompt (repeatable)"},
	{"prompts", "prompts.file", "file of prompts: .jsonl, .json, .csv, .tsv, .parquet or .txt"},
	{"prompt-column", "prompts.column", "column or key that holds the prompts, texts or messages (default \"prompt\")"},
	{"hooks", "capture.hooks", "hook points: a name, a glob, or a short form such as resid_post:0,50%,-1"},
	{"tokens", "capture.tokens", "which tokens to write: an expression such as response[:-1] | span:claim (docs/experiments.md)"},
	{"probes", "capture.probes", "direction files that score each of these tokens: FILE or FILE#NAME (docs/probes.md)"},
	{"reduce", "capture.reduce", "what to write of each sample over these tokens: mean, last, max (default: nothing)"},
	{"max-tokens", "generate.max_tokens", "longest response, in tokens; 0 captures the prompt alone"},
	{"samples", "generate.samples", "responses per prompt"},
	{"temperature", "generate.temperature", "0 takes the likeliest token"},
	{"top-k", "generate.top_k", "keep the k likeliest tokens; 0 is off"},
	{"top-p", "generate.top_p", "keep the likeliest tokens up to this probability; 1 is off"},
	{"min-p", "generate.min_p", "keep tokens at least this likely, relative to the likeliest; 0 is off"},
	{"seed", "generate.seed", "seed from which the seed of each sample is derived"},
	{"stop", "generate.stop", "text that ends a response (repeatable)"},
	{"batch", "engine.batch", "samples decoded at once (default auto: 16, fewer where memory is short)"},
	{"batch-invariant", "engine.batch_invariant", "decode each sample alone, so that its rows do not depend on its neighbours; slower"},
	{"threads", "engine.threads", "CPU threads (default auto: as many as this process may use)"},
	{"ctx", "engine.ctx", "tokens of context a sample may use (default 0: what the samples need)"},
	{"gpu-layers", "engine.gpu_layers", "layers to put on accelerators and workers: a number, auto (as many as fit) or all"},
	{"device", "engine.device", "devices for them, in order, as capture doctor names them: CUDA0,RPC0; none keeps to the CPU (default: all)"},
	{"split-mode", "engine.split_mode", "how to divide the model between devices: layer, row, none"},
	{"tensor-split", "engine.tensor_split", "how much of the model each device takes, for example 3,1 (default: as much as fits, by free memory)"},
	{"main-gpu", "engine.main_gpu", "number of the device that takes all with --split-mode none"},
	{"kv-type", "engine.kv_type", "element type of the KV cache: auto, f16, f32, bf16, q8_0, ... (default auto: f16, or f32 with --weights f32)"},
	{"rpc", "engine.rpc", "workers to put layers on: HOST:PORT,... (capture worker)"},
	{"adapter", "engine.adapters", "LoRA adapter to run with, as GGUF: FILE or FILE:SCALE (repeatable)"},
	{"weights", "engine.weights", "run the weights as-is, or converted to f32, f16, bf16, q8_0 or q4_0"},
	{"flash-attn", "engine.flash_attn", "flash attention: auto, on, off (default auto: on where the engine has it)"},
	{"dtype", "capture.dtype", "element type of the activations: float32, float16"},
	{"top-logits", "capture.top_logits", "how many logits the point unembed.hook_out keeps"},
	{"logprobs", "capture.logprobs", "tokens to give log-probability and entropy for: response, all, none"},
	{"chat", "chat.template", "chat template: auto (the model's), none (raw text), or a file"},
	{"template-name", "chat.template_name", "one of the model's named chat templates, for example tool_use"},
	{"system", "chat.system", "system message put before every prompt that has none"},
	{"out", "out", "folder to write; --dry-run needs none"},
}

// flagOf names the flag of a key, empty where it has none.
func flagOf(key string) string {
	for _, f := range keyFlags {
		if f.key == key {
			return f.flag
		}
	}
	return ""
}

// addKeyFlags gives a command the flags of keyFlags. The layer is told what they say,
// in the order in which they are given.
func addKeyFlags(flags *pflag.FlagSet) spec.Layer {
	layer := spec.Layer{}
	kinds := map[string]spec.Key{}
	for _, key := range spec.Keys() {
		kinds[key.Name] = key
	}
	for _, f := range keyFlags {
		key := kinds[f.key]
		usage := f.usage
		if def := key.Default(); def != "" && def != "false" && !strings.Contains(usage, "(default") {
			usage += " (default " + def + ")"
		}
		added := flags.VarPF(&keyFlag{layer, "--" + f.flag, key}, f.flag, "", usage)
		if key.Kind() == "bool" {
			added.NoOptDefVal = "true"
		}
	}
	return layer
}

// keyFlag is a flag that sets a key.
type keyFlag struct {
	layer spec.Layer
	place string
	key   spec.Key
}

// Set gives the key a value.
func (f *keyFlag) Set(text string) error { return f.layer.Set(f.place, f.key.Name, text, true) }

// String is empty: what it set is the layer's.
func (f *keyFlag) String() string { return "" }

// Type names the kind of value in the help.
func (f *keyFlag) Type() string {
	return f.key.Kind()
}

// setFlag is --set, which sets any key.
type setFlag struct{ layer spec.Layer }

// Set reads key=value.
func (f setFlag) Set(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok {
		return &usageError{fmt.Errorf("--set %q is not key=value", text), "for example --set generate.top_k=40"}
	}
	if err := spec.CheckKey("--set: ", strings.TrimSpace(key)); err != nil {
		return err
	}
	return f.layer.Set("--set "+key, strings.TrimSpace(key), value, false)
}

func (setFlag) String() string { return "" }

// Type is shown in the help.
func (setFlag) Type() string { return "key=value" }
