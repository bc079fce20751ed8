// Command capture runs open-weight language models through llama.cpp and writes
// the residual stream of their tokens to Arrow files.
//
// # Exit codes
//
// They are the same for every command (exit_codes.go):
//
//	0    done
//	1    failed
//	2    wrong usage: a flag, the spec, the prompts, a hook point
//	3    stopped (SIGTERM, SIGHUP, a full disk, a lost worker or device), or the run
//	     is not finished and must be; `capture resume` continues it
//	4    damaged data
//	130  interrupted (Ctrl-C), or stopped before anything was written;
//	     `capture resume` continues it
//
// # Where to start reading
//
// rootCommand (main.go) lists the commands. Each is a file cmd_NAME.go: its flags and
// help, and a function that calls the library (package capture or storage) and prints
// what it returns. cmd_run.go is the one that matters most; the spec that it runs comes
// from settings.go, which reads flags (spec_flags.go), CAPTURE_* variables
// (variables.go) and files.
//
// An error of any package ends in report (report.go), which prints it and, on a line of
// its own, what to do next, and in exitCode (exit_codes.go). Libraries name no flags;
// hints.go turns their references into flags and commands. Everything that people read
// is printed by output.go, which makes text from models and files safe for a terminal.
//
// The other files are named after what they hold: usage_errors.go and run_path.go say
// what is wrong with a command line, trial_child.go loads a new model file in a child
// process, lost_device.go and signals.go end a run in good order.
package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx := watchSignals()
	if len(os.Args) < 2 || os.Args[1] != trialName { // the child of a trial is there to be lost
		watchDevices()
	}
	root := rootCommand()
	cmd, err := root, unknownSubcommand(root, os.Args[1:])
	if err == nil {
		cmd, err = root.ExecuteContextC(ctx)
	}
	if errors.Is(err, context.Canceled) {
		err = errors.Join(context.Cause(ctx), err)
	}
	var own *usageError
	switch {
	case err == nil || errors.As(err, &own):
	case strings.HasPrefix(err.Error(), "unknown command"): // cobra has no type for it
		err = unknownCommand(root, os.Args[1:], err)
	case strings.HasPrefix(err.Error(), "required flag(s)"): // likewise
		err = &usageError{err, "usage: " + cmd.UseLine()}
	}
	reportError(os.Stderr, err)
	return exitCode(err)
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "capture",
		Short: "Read a language model's residual stream while it generates, into Arrow files",
		Long: `capture runs open-weight language models (GGUF) through llama.cpp. For every token it
records the residual stream (the vectors that the model's blocks read and add to) and
writes it to Arrow files, which pyarrow, pandas, polars and DuckDB open. It works
offline, and the same run gives the same bytes again.
` + exitHelp,
		Version:       version + suffix(commit),
		SilenceErrors: true,
		SilenceUsage:  true,

		DisableSuggestions: true,
	}
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(runCommand(), resumeCommand(), replayCommand(), recoverCommand(), mergeCommand(), labelCommand(), agreeCommand(), vectorCommand(), probeCommand(), intentCommand(), powerCommand(), effectCommand(), patchCommand(), hooksCommand(), modelsCommand(), inspectCommand(), verifyCommand(), exportCommand(), templateCommand(), phantomCommand(), benchCommand(), workerCommand(), doctorCommand(), docsCommand(), trialCommand(), keysTopic())
	refuseUnknownTopics(root)
	return root
}
