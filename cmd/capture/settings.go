package main

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"intentprobe/capture"
)

// flagKeys maps the flags of `capture run` to the keys of the spec. A variable
// CAPTURE_<FLAG> or CAPTURE_<KEY> (capitals, with _ for - and .) sets the same.
var flagKeys = map[string]string{
	"model": "model", "prompts": "prompts.file", "prompt-column": "prompts.column", "out": "out",
	"hooks": "capture.hooks", "tokens": "capture.tokens", "dtype": "capture.dtype", "top-logits": "capture.top_logits", "logprobs": "capture.logprobs",
	"max-tokens": "generate.max_tokens", "samples": "generate.samples", "temperature": "generate.temperature",
	"top-k": "generate.top_k", "top-p": "generate.top_p", "min-p": "generate.min_p", "seed": "generate.seed", "stop": "generate.stop",
	"chat": "chat.template", "template-name": "chat.template_name", "system": "chat.system",
	"batch": "engine.batch", "threads": "engine.threads", "ctx": "engine.ctx", "weights": "engine.weights", "flash-attn": "engine.flash_attn", "batch-invariant": "engine.batch_invariant",
	"kv-type": "engine.kv_type", "gpu-layers": "engine.gpu_layers", "device": "engine.device", "split-mode": "engine.split_mode", "tensor-split": "engine.tensor_split", "main-gpu": "engine.main_gpu",
	"rpc": "engine.rpc",
}

// readSettings puts the layers together: flag, CAPTURE_* variable, spec file,
// capture.yaml here or in the user's config folder, default. Viper is used here
// and nowhere else; what leaves is a plain spec.
func readSettings(flags *pflag.FlagSet, specPath string, prompts, sets []string) (capture.Spec, error) {
	spec := capture.DefaultSpec()
	v := viper.New()
	for _, path := range settingsFiles(specPath) {
		file, err := capture.ReadSpecFile(path)
		if err != nil {
			return spec, err
		}
		if file.HasPrompts() { // a nearer file's prompts replace those of another, of whatever kind
			if err := v.MergeConfigMap(map[string]any{"prompts": map[string]any{"file": ""}}); err != nil {
				return spec, err
			}
		}
		if err := v.MergeConfigMap(file.Settings); err != nil {
			return spec, err
		}
		file.Fix(&spec)
	}
	for _, key := range capture.Keys() {
		v.BindEnv(key, "CAPTURE_"+envName(key))
	}
	for flag, key := range flagKeys {
		v.BindEnv(key, "CAPTURE_"+envName(flag), "CAPTURE_"+envName(key))
		if f := flags.Lookup(flag); f != nil && f.Changed {
			v.BindPFlag(key, f)
		}
	}
	for _, set := range sets {
		key, value, ok := strings.Cut(set, "=")
		if !ok {
			return spec, &usageError{fmt.Errorf("--set %q is not key=value", set), "for example --set generate.top_k=40"}
		}
		if err := capture.CheckKey("--set: ", key); err != nil {
			return spec, err
		}
		v.Set(key, value)
	}
	hook := mapstructure.ComposeDecodeHookFunc(toTextUnmarshaler, wholeNumbers)
	if err := v.Unmarshal(&spec, viper.DecodeHook(hook)); err != nil {
		return spec, &usageError{errors.New(strings.TrimSpace(strings.ReplaceAll(err.Error(), "\n", " "))), "give the key a value of the type that README shows"}
	}
	if len(prompts) > 0 { // prompts of the command line replace the spec's; its templates stay
		spec.Prompts = capture.Prompts{Text: prompts, Prompt: spec.Prompts.Prompt, Response: spec.Prompts.Response}
		if flags.Changed("prompts") {
			return spec, &usageError{errors.New("both --prompt and --prompts"), "use one of them"}
		}
	} else if flags.Changed("prompts") {
		spec.Prompts.Rows, spec.Prompts.Text = nil, nil
	}
	return spec, nil
}

// toTextUnmarshaler lets a number or a text fill a type that reads text.
func toTextUnmarshaler(from, to reflect.Type, data any) (any, error) {
	target := reflect.New(to).Interface()
	u, ok := target.(encoding.TextUnmarshaler)
	if !ok {
		return data, nil
	}
	if err := u.UnmarshalText([]byte(fmt.Sprint(data))); err != nil {
		return nil, err
	}
	return reflect.ValueOf(target).Elem().Interface(), nil
}

// wholeNumbers refuses 3.7 where a count is wanted; mapstructure would cut it.
func wholeNumbers(from, to reflect.Type, data any) (any, error) {
	if f, ok := data.(float64); ok && to.Kind() >= reflect.Int && to.Kind() <= reflect.Uint64 && f != math.Trunc(f) {
		return nil, fmt.Errorf("%v is not a whole number", f)
	}
	return data, nil
}

func envName(key string) string {
	return strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(key))
}

// settingsFiles lists the YAML files to read, the weakest first.
func settingsFiles(specPath string) []string {
	var files []string
	if dir, err := os.UserConfigDir(); err == nil {
		files = append(files, filepath.Join(dir, "capture", "capture.yaml"))
	}
	files = append(files, "capture.yaml")
	var out []string
	for _, path := range files {
		if _, err := os.Stat(path); err == nil {
			out = []string{path} // the nearer one alone
		}
	}
	if specPath != "" {
		out = append(out, specPath)
	}
	return out
}

// threads is what commands without a spec use: CAPTURE_THREADS, or as many as
// this process may.
func threads() int {
	if n, err := strconv.Atoi(os.Getenv("CAPTURE_THREADS")); err == nil && n > 0 {
		return n
	}
	return capture.DefaultThreads()
}
