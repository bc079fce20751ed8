package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"intentprobe/capture/effect"
	"intentprobe/storage/disk"
)

func effectCommand() *cobra.Command {
	var (
		opt               effect.Options
		out               string
		asJSON, overwrite bool
	)
	cmd := &cobra.Command{
		Use:   "effect RUN",
		Short: "Say what the interventions of a run changed, against none and their controls",
		Long: `Compare each arm of a run with the arm none, and with the controls of the arm: the
change of the log-probability difference D of the alternatives (the first option against
all others), their probability mass, flips, KL, dose curves, and a word for what that
shows. Samples are paired by question, prompt and number; intervals are t intervals over
questions; p values of the arms are corrected by Holm's method. docs/effects.md has every
formula, and the rules of the words.

  --label L --toward A  adds the normalised indirect effect: how far the samples of other
                        labels move to where those of label A are
  --text NAME           adds the perplexity of the given responses whose group or
                        condition is NAME
  --out FILE.arrow      writes one row for each arm and measure, and beside it
                        FILE.samples.arrow, one row for each sample
` + exitHelp,
		Example: `  capture effect runs/steered
  capture effect runs/steered --alternatives verdict --where split=test --json
  capture effect runs/steered --label truth --toward correct --out effects.arrow`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkRun(args[0]); err != nil {
				return err
			}
			if out != "" {
				if err := effect.CheckPath(out, args[0], overwrite); err != nil {
					return err
				}
			}
			noteUnfinished(cmd, args[0])
			r, err := effect.Of(args[0], opt)
			if err != nil {
				return err
			}
			if out != "" {
				if err := r.Write(disk.OS{}, out, overwrite); err != nil {
					return err
				}
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), r)
			}
			if err := printEffects(cmd.OutOrStdout(), r); err != nil {
				return err
			}
			if out != "" {
				say(cmd.OutOrStdout(), "\nwrote %s and %s\n", out, effect.SamplesPath(out))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&opt.Alternatives, "alternatives", "", "alternatives to analyse, by their name; those of a follow-up by its name (default: the only ones)")
	f.StringArrayVar(&opt.Where, "where", nil, "compare only samples with `KEY=VALUE`, a label table, a column or a key of the row (repeatable; all must be true)")
	f.StringVar(&opt.Label, "label", "", "label for the normalised indirect effect: a label table, or a column or key of the rows")
	f.StringVar(&opt.Toward, "toward", "", "value of --label that the arms should move the other samples to")
	f.StringVar(&opt.Text, "text", "", "group or condition of given responses whose perplexity is compared")
	f.Float64Var(&opt.Level, "level", effect.DefaultLevel, "level of the intervals; tests are at 1 less the level")
	f.Float64Var(&opt.Margin, "margin", effect.DefaultMargin, "change of D, in nats, below which an effect counts as none")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	f.StringVar(&out, "out", "", "write Arrow files: `FILE.arrow` and FILE.samples.arrow")
	f.BoolVar(&overwrite, "overwrite", false, "replace the files of --out")
	cmd.ValidArgsFunction = completeRuns
	cmd.RegisterFlagCompletionFunc("label", completeLabelNames)
	return cmd
}

// estimateText writes an estimate, and how many values it is of where there is no interval.
func estimateText(e *effect.Estimate) string {
	if e != nil && e.Low == nil && e.Questions == 1 {
		return fmt.Sprintf("%.3g (1 question)", e.Mean)
	}
	return e.String()
}
