package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"intentprobe/capture"
)

// onlyProbe is what --watch without a name means.
const onlyProbe = "the only one"

// runWatched runs a session and prints the tokens of its responses on the way. There is no
// progress bar then: both would write into one line.
func runWatched(cmd *cobra.Command, session *capture.Session, opt capture.RunOptions, probe string) error {
	w, err := newWatcher(cmd.OutOrStdout(), probe, session.Probes())
	if err != nil {
		return err
	}
	warn(cmd, session)
	begun(session.Spec.Out)
	w.begin()
	return showResult(cmd, cmd.OutOrStdout(), false, func() (*capture.Result, error) {
		defer w.finish()
		opt.Watch = w.update
		return session.Run(cmd.Context(), opt)
	})
}

// runArguments checks the arguments of `capture run`, of which one may be the name of a
// probe that was to follow --watch.
func runArguments(watch *string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := arguments(cobra.MaximumNArgs(1))(cmd, args)
		if len(args) == 0 || *watch != onlyProbe {
			return err
		}
		name := args[len(args)-1]
		if _, missing := os.Stat(name); missing != nil {
			return &usageError{fmt.Errorf("%q is taken for a spec, and not for the probe of --watch", name), "write --watch=" + name}
		}
		return err
	}
}
