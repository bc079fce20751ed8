package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/label"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
)

// showRun runs with a progress bar, labels what the model knows where the spec asks for
// that and the run is complete, and prints what the run came to.
func showRun(cmd *cobra.Command, asJSON bool, run func(progress func(capture.Progress)) (*capture.Result, error)) error {
	return showRunOn(cmd, cmd.OutOrStdout(), asJSON, run)
}

// showRunOn is showRun that prints to another place than standard output.
func showRunOn(cmd *cobra.Command, out io.Writer, asJSON bool, run func(progress func(capture.Progress)) (*capture.Result, error)) error {
	bar := newProgress(cmd.ErrOrStderr())
	result, err := run(bar.update)
	bar.finish()
	if result == nil {
		return err
	}
	if err == nil {
		err = label.Complete(result.Dir, result.Manifest)
	}
	for _, name := range slices.Sorted(maps.Keys(result.Overflows)) {
		n := result.Overflows[name]
		say(cmd.ErrOrStderr(), "capture: warning: %s: beyond float16's range, and infinite in the files: %s; use --dtype float32\n", name, plural.Count(n, "value"))
	}
	if n := result.Empty; n > 0 {
		say(cmd.ErrOrStderr(), "capture: warning: of %s capture.tokens selects no token: no row is written of them\n", plural.Count(n, "sample"))
	}
	if n := result.Unaligned; n > 0 {
		say(cmd.ErrOrStderr(), "capture: warning: %s were not swapped, since the sample to swap with had ended before; the column edited lacks them\n", plural.Count(n, "token"))
	}
	if asJSON {
		if jerr := printJSON(out, result); jerr != nil && err == nil {
			return jerr
		}
	} else if err == nil {
		rate := float64(result.Tokens) / max(result.Seconds, 1e-9)
		say(out, "%s: %s, %s, %s; %s (%d sampled) in %.1f s, %.0f tokens/s\n", result.Dir, plural.Count(result.Samples, "sample"),
			plural.Count(result.Rows, "row"), bytesText(result.Bytes), plural.Count(result.Tokens, "token"), result.Generated, result.Seconds, rate)
	}
	if err != nil {
		return &endedEarly{err, resumeHint(err, result.Dir, result.Samples)}
	}
	return nil
}

// resumeHint says what to do about a run that was stopped.
func resumeHint(err error, dir string, samples int64) string {
	if bad := (*capture.NotFiniteError)(nil); errors.As(err, &bad) {
		return bad.Hint()
	}
	if errors.Is(err, disk.ErrGone) {
		return fmt.Sprintf("run again; if %s was moved, `capture resume` goes on with it where it is now", dir)
	}
	were := "were"
	if samples == 1 {
		were = "was"
	}
	hint := fmt.Sprintf("%s holds the %s that %s finished; go on with `capture resume %s`", dir, plural.Count(samples, "sample"), were, dir)
	if errors.Is(err, syscall.ENOSPC) {
		hint = "free some space; " + hint
	}
	return hint
}
