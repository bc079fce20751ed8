package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/selection"
	"intentprobe/capture/spec"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

func runCommand() *cobra.Command {
	var (
		settings                  spec.Layer
		overwrite, dryRun, asJSON bool
		shard, watch              string
	)
	cmd := &cobra.Command{
		Use:   "run [SPEC.yaml]",
		Short: "Run prompts through a model and write a run: a folder of Arrow files",
		Long: `Run every prompt of a spec through a model, sample or score its responses, and
write the activations at the chosen hook points, token by token, to a folder of
Arrow files (docs/format.md).

A spec is a YAML file that describes a run (docs/spec.md). A flag overrides a CAPTURE_*
variable, which overrides the spec, which overrides capture.yaml in the working folder
(or else in the user's config folder), which overrides the default. If a key is set
twice on the command line, the last value is used. ` + "`capture help keys`" + ` lists every
key with its flag, its variables and its default.

Lists of names (--hooks, --device) are split at commas, or written [a, b]; a flag given
twice adds to the list. Texts (--prompt, --stop) are taken as they are: repeat the flag
for more. A relative path in a file starts from that file's folder, one in a flag or a
variable from the working folder.
` + exitHelp,
		Example: `  capture run --model smollm2-135m-instruct --prompt "Is the earth flat?" --max-tokens 16 --out runs/earth
  capture run spec.yaml --samples 4 --temperature 0.8 --out runs/facts
  capture run --model smollm2-135m-instruct --prompts statements.csv --prompt-column statement \
      --chat none --max-tokens 0 --hooks resid_post:25%,50%,75% --tokens last --out runs/cities`,
		Args: runArguments(&watch),
		RunE: func(cmd *cobra.Command, args []string) error {
			specPath := ""
			if len(args) == 1 {
				specPath = args[0]
			}
			spec, err := readSettings(specPath, settings)
			if err != nil {
				return err
			}
			watching := cmd.Flags().Changed("watch")
			if watching && (asJSON || dryRun) {
				return &usageError{errors.New("--watch prints the tokens to standard output, which --json and --dry-run need for themselves"), "leave one of them out"}
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
			warnOfModel(cmd.ErrOrStderr(), examined(&session.Spec), session.Findings)
			noteArms(cmd, session)
			if dryRun {
				return printPlan(cmd, session, asJSON)
			}
			opt := capture.RunOptions{Tool: tool(), Overwrite: overwrite, Shard: share}
			if watching {
				return runWatched(cmd, session, opt, strings.TrimPrefix(watch, onlyProbe))
			}
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
	f.StringVar(&shard, "shard", "", "run one share of the samples, for example 2/4; capture merge merges the shares")
	f.Var(setFlag{settings}, "set", "set any key of the spec (repeatable)")
	f.StringVar(&watch, "watch", "", "print the tokens of responses as they come, with the score of a probe: coloured on a terminal, else in brackets (--watch=`NAME` where there are several)")
	f.Lookup("watch").NoOptDefVal = onlyProbe
	f.BoolVar(&dryRun, "dry-run", false, "print prompts, tokens, what pairs differ in, hook points and the size of the files to come; write nothing")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON; with --dry-run one object a sample")
	complete(cmd, map[string][]string{
		"tokens": selection.Words(), "reduce": rundir.Reductions, "set": settable(), "dtype": {"float32", "float16"},
		"logprobs": {"response", "all", "none"}, "weights": append([]string{"as-is"}, models.WeightModes()...), "flash-attn": {"auto", "on", "off"},
		"gpu-layers": {"auto", "all", "0"}, "split-mode": models.SplitModes(), "kv-type": append([]string{"auto"}, models.KVTypes()...),
		"hooks": {"resid_post", "resid_mid", "resid_pre", "attn_out", "mixer_out", "mlp_out", "q", "k", "v", "z", "pattern", "mlp_pre", "mlp_post", "embed", "ln_final", "logits"},
	})
	return cmd
}

// parseShard reads I/N; empty is the whole run.
func parseShard(text string) (*rundir.Shard, error) {
	if text == "" {
		return nil, nil
	}
	i, n, ok := strings.Cut(text, "/")
	index, err := strconv.Atoi(i)
	of, err2 := strconv.Atoi(n)
	if !ok || err != nil || err2 != nil || index < 1 || index > of {
		return nil, &usageError{fmt.Errorf("--shard %q is not I/N with I from 1 to N", text), "for example --shard 2/4"}
	}
	return &rundir.Shard{Index: index, Of: of}, nil
}
