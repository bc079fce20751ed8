// Command capture runs open-weight language models through llama.cpp and writes
// the residual stream of their tokens to Arrow files.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/storage"
)

// Version of the program; commit is set by the Makefile.
const version = "0.1.0"

var commit = ""

// The exit codes, the same for every command.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitResumable   = 3
	exitDamaged     = 4
	exitInterrupted = 130
)

const exitHelp = `
Exit status:
  0    done
  1    failed
  2    wrong usage: a flag, the spec, the prompts, a hook point
  3    stopped (SIGTERM, SIGHUP, a full disk, a lost worker or device), or the run is
       not finished and must be; ` + "`capture resume`" + ` continues it
  4    damaged data
  130  interrupted (Ctrl-C), or stopped before anything was written; ` + "`capture resume`" + `
       continues it
`

func main() {
	os.Exit(run())
}

func run() int {
	ctx := watchSignals()
	if len(os.Args) < 2 || os.Args[1] != trialName { // the child of a trial is there to be lost
		watchDevices()
	}
	root := rootCommand()
	err := root.ExecuteContext(ctx)
	if errors.Is(err, context.Canceled) {
		err = errors.Join(context.Cause(ctx), err)
	}
	if err != nil && strings.HasPrefix(err.Error(), "unknown command") { // cobra has no type for it
		err = unknownCommand(root, os.Args[1:], err)
	}
	report(os.Stderr, err)
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
	root.AddCommand(runCommand(), resumeCommand(), replayCommand(), recoverCommand(), mergeCommand(), labelCommand(), agreeCommand(), hooksCommand(), modelsCommand(), inspectCommand(), verifyCommand(), exportCommand(), templateCommand(), phantomCommand(), benchCommand(), workerCommand(), doctorCommand(), docsCommand(), trialCommand(), keysTopic())
	refuseUnknownTopics(root)
	return root
}

func suffix(commit string) string {
	if commit == "" {
		return ""
	}
	return " (" + commit + ")"
}

// usageError is a mistake on the command line itself.
type usageError struct {
	error
	hint string
}

func (e *usageError) Hint() string { return e.hint }

// arguments makes a wrong number of arguments a mistake of usage.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) != nil {
			what := "an argument is missing"
			switch len(args) {
			case 0:
			case 1:
				what = fmt.Sprintf("there is one argument: %q", args[0])
			default:
				what = fmt.Sprintf("there are %d arguments: %q", len(args), args)
			}
			return &usageError{fmt.Errorf("%s: %s", cmd.CommandPath(), what), "usage: " + cmd.UseLine()}
		}
		return nil
	}
}

// report prints an error and, on a line of its own, what to do next.
func report(w io.Writer, err error) {
	var signalled *signalError
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE): // whoever read stdout has enough
		return
	case errors.As(err, &signalled) && signalled.Signal != os.Interrupt:
		say(w, "capture: %s\n", signalled)
	case errors.Is(err, context.Canceled):
		say(w, "capture: interrupted\n")
	default:
		say(w, "capture: error: %s\n", middleOut(strings.ReplaceAll(err.Error(), "\n", "; ")))
	}
	if next := hint.Of(err, phrase); next != "" {
		say(w, "capture: hint: %s\n", middleOut(next))
	}
}

// exitCode maps an error to the program's exit code: the one place that does.
func exitCode(err error) int {
	var (
		wrongCommand *usageError
		wrongSpec    *hint.UsageError
		unknownPoint *hooks.UnknownPointError
		absentPoint  *hooks.AbsentPointError
		wrongLayer   *hooks.LayerError
		damaged      *damagedError
		damagedFile  *storage.DamageError
	)
	var (
		signalled *signalError
		stopped   *endedEarly
		written   *storage.WriteError
		going     *storage.NotFinishedError
		shards    *storage.MergeError
		lost      *lostRun
	)
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return exitDone
	case errors.Is(err, storage.ErrGone):
		return exitFailed
	case errors.As(err, &stopped) && (errors.As(err, &signalled) && signalled.Signal != os.Interrupt || errors.As(err, &written)):
		return exitResumable
	case errors.As(err, &going), errors.As(err, &lost):
		return exitResumable
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &wrongCommand), errors.As(err, &wrongSpec), errors.As(err, &unknownPoint), errors.As(err, &absentPoint), errors.As(err, &wrongLayer), errors.As(err, &shards):
		return exitUsage
	case errors.As(err, &damaged), errors.As(err, &damagedFile):
		return exitDamaged
	}
	return exitFailed
}
