package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/models"
	"intentprobe/storage"
)

func runCommand() *cobra.Command {
	var (
		prompts, sets             []string
		overwrite, dryRun, asJSON bool
		shard                     string
	)
	cmd := &cobra.Command{
		Use:   "run [SPEC.yaml]",
		Short: "Run prompts through a model and write a run directory",
		Long: `Run every prompt of a spec through a model, sample or score its responses, and
write the activations at the chosen hook points, token by token, to a folder of
Arrow files (docs/format.md).

What a flag does not say comes from a CAPTURE_* variable, then from the spec, then
from capture.yaml here or in the user's config folder, then from the defaults.
` + exitHelp,
		Example: `  capture run --model smollm2-135m-instruct --prompt "Is the earth flat?" --out runs/earth
  capture run spec.yaml --samples 4 --temperature 0.8 --out runs/facts
  capture run --model M.gguf --prompts statements.csv --prompt-column statement \
      --chat none --max-tokens 0 --hooks resid_post:25%,50%,75% --tokens last --out runs/cities`,
		Args: arguments(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			specPath := ""
			if len(args) == 1 {
				specPath = args[0]
			}
			spec, err := readSettings(cmd.Flags(), specPath, prompts, sets)
			if err != nil {
				return err
			}
			share, err := parseShard(shard)
			if err != nil {
				return err
			}
			if !dryRun && spec.Out == "" {
				return &usageError{errors.New("no output folder"), "add --out DIR, or `out:` to the spec"}
			}
			if !dryRun {
				if err := capture.CheckOut(spec.Out, overwrite); err != nil {
					return err
				}
			}
			session, err := capture.Open(spec)
			if err != nil {
				return err
			}
			defer session.Close()
			warnOfModel(cmd, session)
			if dryRun {
				return printPlan(cmd, session, asJSON)
			}
			opt := capture.RunOptions{Tool: tool(), Overwrite: overwrite, Shard: share}
			warn(cmd, session)
			begun(spec.Out)
			return showRun(cmd, asJSON, func(progress func(capture.Progress)) (*capture.Result, error) {
				opt.Progress = progress
				return session.Run(cmd.Context(), opt)
			})
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.String("model", "", "GGUF file, or a name that capture models shows")
	f.StringArrayVar(&prompts, "prompt", nil, "a prompt (repeatable)")
	f.String("prompts", "", "file of prompts: .jsonl, .csv or .txt")
	f.String("prompt-column", "", "column of a CSV file that holds the prompts (default \"prompt\")")
	f.StringArray("hooks", nil, "hook points: a name, a glob, or a short form such as resid_post:0,50%,-1 (default resid_post)")
	f.String("tokens", "", "which tokens to write: an expression such as response[:-1] | span:claim (docs/experiments.md; default all)")
	f.Int("max-tokens", 0, "longest response, in tokens; 0 captures the prompt alone (default 128)")
	f.Int("samples", 0, "responses per prompt (default 1)")
	f.Float64("temperature", 0, "0 takes the likeliest token (default 0)")
	f.Int("top-k", 0, "keep the k likeliest tokens; 0 is off (default 0)")
	f.Float64("top-p", 0, "keep the likeliest tokens up to this probability; 1 is off (default 1)")
	f.Float64("min-p", 0, "keep tokens at least this likely, relative to the likeliest; 0 is off (default 0)")
	f.Int64("seed", 0, "seed from which every sample's own is derived (default 1)")
	f.StringArray("stop", nil, "text that ends a response (repeatable)")
	f.String("batch", "", "samples decoded at once (default: 16, fewer where memory is short)")
	f.Bool("batch-invariant", false, "decode each sample alone, so that its rows do not depend on its neighbours; slower")
	f.String("threads", "", "CPU threads (default: as many as this process may use)")
	f.Int("ctx", 0, "tokens of context a sample may use (default: what the samples need)")
	f.String("gpu-layers", "", "layers to put on accelerators and workers: a number, auto (as many as fit) or all (default auto)")
	f.String("device", "", "devices for them, in order, as capture doctor names them: CUDA0,RPC0; none keeps to the CPU (default: all)")
	f.String("split-mode", "", "how to divide the model between devices: layer, row, none (default layer)")
	f.String("tensor-split", "", "how much of the model each device takes, for example 3,1 (default: as much as fits, by free memory)")
	f.Int("main-gpu", 0, "number of the device that takes all with --split-mode none (default 0)")
	f.String("kv-type", "", "element type of the KV cache: auto, f16, f32, bf16, q8_0, ... (default auto: f16, or f32 with --weights f32)")
	f.String("rpc", "", "workers to put layers on: HOST:PORT,... (capture worker)")
	f.String("weights", "", "run the weights as-is, or converted to f32, f16, bf16, q8_0 or q4_0 (default as-is)")
	f.String("flash-attn", "", "flash attention: auto, on, off (default auto: on where the engine has it)")
	f.String("dtype", "", "element type of the activations: float32, float16 (default float32)")
	f.Int("top-logits", 0, "how many logits the point unembed.hook_out keeps (default 10)")
	f.String("logprobs", "", "tokens to give log-probability and entropy for: response, all, none (default response)")
	f.String("chat", "", "chat template: auto (the model's), none (raw text), or a file (default auto)")
	f.String("template-name", "", "one of the model's named chat templates, for example tool_use (default the one without a name)")
	f.String("system", "", "system message put before every prompt that has none")
	f.String("out", "", "folder to write")
	f.BoolVar(&overwrite, "overwrite", false, "replace the run that is in the folder")
	f.StringVar(&shard, "shard", "", "run one share of the samples, for example 2/4; capture merge puts the shares together")
	f.StringArrayVar(&sets, "set", nil, "set any key of the spec: key=value (repeatable)")
	f.BoolVar(&dryRun, "dry-run", false, "print prompts, tokens, what pairs differ in, hook points and the size of the files to come; write nothing")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON; with --dry-run one object a sample")
	complete(cmd, map[string][]string{
		"tokens": capture.SelectionWords(), "dtype": {"float32", "float16"},
		"logprobs": {"response", "all", "none"}, "weights": append([]string{"as-is"}, models.WeightModes()...), "flash-attn": {"auto", "on", "off"},
		"gpu-layers": {"auto", "all", "0"}, "split-mode": models.SplitModes(), "kv-type": append([]string{"auto"}, models.KVTypes()...),
		"hooks": {"resid_post", "resid_mid", "resid_pre", "attn_out", "mixer_out", "mlp_out", "q", "k", "v", "z", "pattern", "mlp_pre", "mlp_post", "embed", "ln_final", "logits"},
	})
	return cmd
}

func complete(cmd *cobra.Command, values map[string][]string) {
	for flag, list := range values {
		cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp))
	}
	cmd.RegisterFlagCompletionFunc("model", completeModels)
}

// warn tells what will work, but hardly as meant.
func warn(cmd *cobra.Command, s *capture.Session) {
	say := func(format string, args ...any) {
		say(cmd.ErrOrStderr(), "capture: warning: "+format+"\n", args...)
	}
	g := s.Spec.Generate
	if g.Samples > 1 && g.Temperature == 0 && g.MaxTokens > 0 {
		say("%d samples at temperature 0 are %d times the same; set --temperature", g.Samples, g.Samples)
	}
	if s.Prepared.HasPattern() && s.Spec.Engine.FlashAttn == "auto" {
		say("attention patterns need attention without flash attention, one sample at a time: both are switched so for this run")
	}
	if usable := capture.DefaultThreads(); s.Threads > usable {
		say("%d threads on %d usable CPUs make llama.cpp many times slower; use --threads %d", s.Threads, usable, usable)
	}
}

// tool says what this program is.
func tool() storage.Tool { return storage.Tool{Name: "capture", Version: version, Commit: commit} }

// parseShard reads I/N; empty is the whole run.
func parseShard(text string) (*storage.Shard, error) {
	if text == "" {
		return nil, nil
	}
	i, n, ok := strings.Cut(text, "/")
	index, err := strconv.Atoi(i)
	of, err2 := strconv.Atoi(n)
	if !ok || err != nil || err2 != nil || index < 1 || index > of {
		return nil, &usageError{fmt.Errorf("--shard %q is not I/N with I from 1 to N", text), "for example --shard 2/4"}
	}
	return &storage.Shard{Index: index, Of: of}, nil
}

// showRun runs with a progress bar and prints what the run came to.
func showRun(cmd *cobra.Command, asJSON bool, run func(progress func(capture.Progress)) (*capture.Result, error)) error {
	bar := newProgress(cmd.ErrOrStderr())
	result, err := run(bar.update)
	bar.finish()
	if result == nil {
		return err
	}
	for name, n := range result.Overflows {
		say(cmd.ErrOrStderr(), "capture: warning: %s: %d values are beyond float16's range and stand as infinite; use --dtype float32\n", name, n)
	}
	if n := result.Empty; n > 0 {
		say(cmd.ErrOrStderr(), "capture: warning: of %d samples capture.tokens selects no token: they have no rows\n", n)
	}
	if asJSON {
		if jerr := printJSON(cmd.OutOrStdout(), result); jerr != nil && err == nil {
			return jerr
		}
	} else if err == nil {
		rate := float64(result.Tokens) / max(result.Seconds, 1e-9)
		say(cmd.OutOrStdout(), "%s: %d samples, %d rows, %s; %d tokens (%d sampled) in %.1f s, %.0f tokens/s\n",
			result.Dir, result.Samples, result.Rows, bytesText(result.Bytes), result.Tokens, result.Generated, result.Seconds, rate)
	}
	if err != nil {
		return &endedEarly{err, resumeHint(err, result.Dir, result.Samples)}
	}
	return nil
}

// resumeHint says what to do about a run that was stopped.
func resumeHint(err error, dir string, samples int64) string {
	if errors.Is(err, storage.ErrGone) {
		return fmt.Sprintf("run again; if %s was moved, `capture resume` goes on with it where it is now", dir)
	}
	hint := fmt.Sprintf("%s holds the %d samples that were finished; go on with `capture resume %s`", dir, samples, dir)
	if errors.Is(err, syscall.ENOSPC) {
		hint = "free some space; " + hint
	}
	return hint
}

// endedEarly is an error after the output folder was made.
type endedEarly struct {
	error
	hint string
}

func (e *endedEarly) Hint() string  { return e.hint }
func (e *endedEarly) Unwrap() error { return e.error }
