package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/label"
	"intentprobe/storage/compare"
	"intentprobe/storage/plural"
)

func replayCommand() *cobra.Command {
	var (
		again   reopenFlags
		samples []int64
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use:   "replay RUN",
		Short: "Run the samples of a run again and compare every bit",
		Long: `Run the samples of a run again and compare the result with the run, bit by bit:
texts, tokens, scores, activations. Either everything is identical, or the first
sample, layer and position that differ are named, with the size of the difference and
with what differs in the environment: model, engine, CPU, program.

The run's folder is enough: it has the spec and the prompts, and the model is found by
its checksum. Nothing in it is changed. The new samples are written to a temporary
folder (TMPDIR), one group at a time. A sample is decoded together with the others of
its group, as in the run.

The exit status is 1 if something differs.
` + exitHelp,
		Example: `  capture replay runs/facts
  capture replay runs/facts --sample 0 --sample 5`,
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkRun(args[0]); err != nil {
				return err
			}
			noteUnfinished(cmd, args[0])
			r, err := capture.Reopen(cmd.Context(), args[0], again.options(cmd))
			if err != nil {
				return err
			}
			defer r.Close()
			warnOfModel(cmd.ErrOrStderr(), examined(&r.Spec), r.Findings)
			warn(cmd, r.Session)
			bar := newProgress(cmd.ErrOrStderr())
			out, err := r.Replay(cmd.Context(), samples, bar.update)
			bar.finish()
			if err != nil {
				return err
			}
			if asJSON {
				if err := printJSON(cmd.OutOrStdout(), out); err != nil {
					return err
				}
			} else {
				printReplayed(cmd.OutOrStdout(), out)
			}
			if !out.Identical {
				return &differentReplay{out}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.Var(numbersFlag(&samples), "sample", "ids of samples to run again (repeatable; default: all)")
	again.add(cmd)
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func printReplayed(w io.Writer, r *capture.Replayed) {
	if r.Identical {
		say(w, "%s: identical: %s, %s\n", r.Dir, plural.Count(r.Samples, "sample"), plural.Count(r.Rows, "row"))
	} else {
		say(w, "%s: different: %d of %s\n", r.Dir, r.Different, plural.Count(r.Samples, "sample"))
		say(w, "first: %s\n", deviationText(r.First))
	}
	if r.Largest != nil {
		say(w, "largest: %s\n", deviationText(r.Largest))
	}
	for _, d := range r.Environment {
		say(w, "environment: %s\n", d.String())
	}
	if !r.Identical && len(r.Environment) == 0 {
		say(w, "environment: no difference known\n")
	}
}

func deviationText(d *compare.Deviation) string {
	text := fmt.Sprintf("sample %d (%s)", d.SampleID, label.PromptOf(d.PromptID, d.Arm))
	if d.Position >= 0 {
		text += fmt.Sprintf(", position %d", d.Position)
	}
	text += fmt.Sprintf(", %s: %s then, %s now", d.Column, d.Then, d.Now)
	if d.Size > 0 {
		text += fmt.Sprintf("; size %.3g, relative %.3g", d.Size, d.Relative)
	}
	return text
}

// differentReplay says that a run did not repeat itself.
type differentReplay struct{ *capture.Replayed }

func (e *differentReplay) Error() string { return e.Dir + " does not repeat: see what differs above" }
