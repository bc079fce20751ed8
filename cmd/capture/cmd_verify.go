package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"intentprobe/storage"
)

func verifyCommand() *cobra.Command {
	var quick, asJSON bool
	cmd := &cobra.Command{
		Use:   "verify RUN",
		Short: "Check a run against every promise of the file format",
		Long: `Check a run against every promise of the file format (docs/format.md): the manifest,
names, sizes and checksums, schemas, samples, rows, and that activations are numbers.
Nothing is changed. A run without a manifest is still running or was killed; the groups
of samples that its journal names are checked.

A run that is whole and has all its samples is good (exit code 0). A run that is whole
so far and lacks samples is not finished (3), whatever stopped it. A shard is finished
when it has all samples of the shard. Files that do not belong to the run are named and
are no damage.

Each problem is one line, "FILE: where: what", at most 100 (exit code 4).
` + exitHelp,
		Example: `  capture verify runs/facts
  capture verify runs/facts --quick`,
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkRun(args[0]); err != nil {
				return err
			}
			v, err := storage.Verify(cmd.Context(), args[0], quick)
			if errors.Is(err, storage.ErrNoRecord) {
				return &noRecord{err, args[0]}
			}
			if err != nil {
				return err
			}
			if asJSON {
				if err := printJSON(cmd.OutOrStdout(), v); err != nil {
					return err
				}
			} else {
				printVerification(cmd.OutOrStdout(), v, quick)
				noteForeign(cmd, v.Path, v.Foreign)
			}
			if !v.OK {
				return &damagedError{v}
			}
			if err := v.NotFinished(); err != nil {
				return err
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&quick, "quick", false, "read no activations: leave out their rows and checksums")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func printVerification(w io.Writer, v *storage.Verification, quick bool) {
	for _, p := range v.Problems {
		say(w, "%s\n", p)
	}
	if v.More > 0 {
		say(w, "and %d more\n", v.More)
	}
	if !v.OK {
		return
	}
	how := "good"
	if !v.Finished {
		how = "whole so far"
	}
	say(w, "%s: %s: %s, %s, %s, %s, %s", v.Path, how, v.Status, v.Manifest.Extent(), storage.Count(v.Rows, "row"), storage.Count(v.Files, "file"), bytesText(v.Bytes))
	if v.Labels > 0 {
		say(w, ", %s", storage.Count(v.Labels, "label table"))
	}
	say(w, "%s", shardText(v.Manifest))
	if quick {
		say(w, "; activations not read")
	}
	say(w, "\n")
}

// noRecord says that there is nothing to hold a folder against.
type noRecord struct {
	error
	dir string
}

func (e *noRecord) Unwrap() error { return e.error }

func (e *noRecord) Hint() string {
	return fmt.Sprintf("`capture inspect %s` shows its files; `capture recover %s --out DIR` saves what is whole", e.dir, e.dir)
}
