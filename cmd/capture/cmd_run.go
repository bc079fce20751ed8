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
		settings                  capture.Layer
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
from capture.yaml here or in the user's config folder, then from the defaults. Of a
flag or --set that is given twice the last counts. ` + "`capture help keys`" + ` lists every
key with its flag, its variables and its default.

Lists of names (--hooks, --device) are split at commas, or written [a, b]; given twice
they add up. Texts (--prompt, --stop) are taken as they are: repeat the flag for more.
A relative path in a file starts from that file's folder, one in a flag or a variable
from the working folder.
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
			spec, err := readSettings(specPath, settings)
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
			session, err := capture.Open(cmd.Context(), spec, around())
			if err != nil {
				return err
			}
			defer session.Close()
			warnOfModel(cmd.ErrOrStderr(), session.Spec.Model, session.Findings)
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
	settings = addKeyFlags(f)
	f.BoolVar(&overwrite, "overwrite", false, "replace the run that is in the folder")
	f.StringVar(&shard, "shard", "", "run one share of the samples, for example 2/4; capture merge puts the shares together")
	f.Var(setFlag{settings}, "set", "set any key of the spec (repeatable)")
	f.BoolVar(&dryRun, "dry-run", false, "print prompts, tokens, what pairs differ in, hook points and the size of the files to come; write nothing")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON; with --dry-run one object a sample")
	complete(cmd, map[string][]string{
		"tokens": capture.SelectionWords(), "reduce": storage.Reductions, "set": settable(), "dtype": {"float32", "float16"},
		"logprobs": {"response", "all", "none"}, "weights": append([]string{"as-is"}, models.WeightModes()...), "flash-attn": {"auto", "on", "off"},
		"gpu-layers": {"auto", "all", "0"}, "split-mode": models.SplitModes(), "kv-type": append([]string{"auto"}, models.KVTypes()...),
		"hooks": {"resid_post", "resid_mid", "resid_pre", "attn_out", "mixer_out", "mlp_out", "q", "k", "v", "z", "pattern", "mlp_pre", "mlp_post", "embed", "ln_final", "logits"},
	})
	return cmd
}

// settable lists what --set can begin with.
func settable() (out []string) {
	for _, key := range capture.Keys() {
		if !key.FileOnly {
			out = append(out, key.Name+"=")
		}
	}
	return out
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
	chooses := cmd.Flags().Lookup("temperature") != nil // not where a run goes on as it was begun
	if chooses && g.Samples > 1 && g.Temperature == 0 && g.MaxTokens > 0 {
		say("%d samples at temperature 0 are %d times the same; set --temperature", g.Samples, g.Samples)
	}
	if s.Prepared.HasPattern() && s.Spec.Engine.FlashAttn == "auto" {
		say("attention patterns need attention without flash attention, one sample at a time: both are switched so for this run")
	}
	if err := s.TrialKept(); err != nil {
		say("that this model loads cannot be remembered, so that each run tries it first: %v; CAPTURE_CACHE=DIR names another folder", err)
	}
	if usable := capture.DefaultThreads(); s.Threads > usable {
		what := fmt.Sprintf("use --threads %d", usable)
		if !chooses {
			what = fmt.Sprintf("--threads %d is faster, and may give other bits than the run was begun with", usable)
		}
		say("%s on %s make llama.cpp many times slower; %s", storage.Count(s.Threads, "thread"), storage.Count(usable, "usable CPU"), what)
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
		say(cmd.ErrOrStderr(), "capture: warning: %s: beyond float16's range, and infinite in the files: %s; use --dtype float32\n", name, storage.Count(n, "value"))
	}
	if n := result.Empty; n > 0 {
		say(cmd.ErrOrStderr(), "capture: warning: of %s capture.tokens selects no token: no row is written of them\n", storage.Count(n, "sample"))
	}
	if asJSON {
		if jerr := printJSON(cmd.OutOrStdout(), result); jerr != nil && err == nil {
			return jerr
		}
	} else if err == nil {
		rate := float64(result.Tokens) / max(result.Seconds, 1e-9)
		say(cmd.OutOrStdout(), "%s: %s, %s, %s; %s (%d sampled) in %.1f s, %.0f tokens/s\n", result.Dir, storage.Count(result.Samples, "sample"),
			storage.Count(result.Rows, "row"), bytesText(result.Bytes), storage.Count(result.Tokens, "token"), result.Generated, result.Seconds, rate)
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
	were := "were"
	if samples == 1 {
		were = "was"
	}
	hint := fmt.Sprintf("%s holds the %s that %s finished; go on with `capture resume %s`", dir, storage.Count(samples, "sample"), were, dir)
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
