package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"intentprobe/storage"
)

func verifyCommand() *cobra.Command {
	var quick, asJSON bool
	cmd := &cobra.Command{
		Use:   "verify RUN",
		Short: "Check a run against every promise of the file format: checksums, schema, counts, values",
		Long: `Check a run directory against every promise of the file format: the manifest,
names, sizes and checksums, schemas, samples, rows, and that activations are
numbers. Nothing is changed. A run that was interrupted or failed is good if what
it holds is whole. Of a run without a manifest, which goes on or was killed, the
groups that its journal says are done are checked (exit code 3 if they are good).

Each problem is one line, "FILE: where: what", at most 100.
` + exitHelp,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := os.Stat(args[0]); os.IsNotExist(err) {
				return &usageError{fmt.Errorf("%q: no such run", args[0]), "name a run directory"}
			}
			v, err := storage.Verify(cmd.Context(), args[0], quick)
			if errors.Is(err, storage.ErrUnfinished) {
				return &unfinishedError{err}
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
			}
			if !v.OK {
				return &damagedError{v}
			}
			if v.Status == storage.Unfinished {
				return &unfinishedRun{v.Path}
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
	say(w, "%s: good: %s, %d samples, %d rows, %d files, %s", v.Path, v.Status, v.Samples, v.Rows, v.Files, bytesText(v.Bytes))
	if v.Labels > 0 {
		say(w, ", %d label tables", v.Labels)
	}
	if quick {
		say(w, "; activations not read")
	}
	if v.Status != storage.Complete {
		say(w, "; the run stopped early or goes on, what it holds is whole")
	}
	say(w, "\n")
}

// damagedError says that a run does not keep the promises of the file format.
type damagedError struct{ *storage.Verification }

func (e *damagedError) Error() string {
	return fmt.Sprintf("%s is damaged: problems found: %d", e.Path, len(e.Problems)+e.More)
}

func (e *damagedError) Hint() string {
	return "run it again, or copy it again from where it is whole"
}

// unfinishedRun says that all is well so far.
type unfinishedRun struct{ dir string }

func (e *unfinishedRun) Error() string { return e.dir + " is not finished" }

func (e *unfinishedRun) Hint() string {
	return fmt.Sprintf("unless it goes on, `capture resume %s` finishes it", e.dir)
}

// unfinishedError says that there is nothing to hold a folder against.
type unfinishedError struct{ error }

func (e *unfinishedError) Unwrap() error { return e.error }

func (e *unfinishedError) Hint() string {
	return "the run did not end in good order, or this is no run; `capture inspect` shows its files that are whole"
}
