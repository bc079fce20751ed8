package main

import (
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// trialResult is what the child of a trial prints if it comes to its end.
type trialResult struct {
	Error string `json:"error"` // empty: the model was loaded and used
	Hint  string `json:"hint"`
}

// trialName is the hidden command of the child.
const trialName = "trial-load"

// trialCommand is the child's side of tryInChild.
func trialCommand() *cobra.Command {
	var adapters []string
	cmd := &cobra.Command{
		Use:    trialName + " FILE...",
		Short:  "Load a model and decode one token, under limits: what `capture` does with a file that it sees for the first time",
		Hidden: true,
		Args:   arguments(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			limitTrial(slices.Concat(args, adapters))
			var result trialResult
			n, err := threadsOr(0)
			if err == nil {
				err = models.Try(cmd.Context(), args[0], adapters, n)
			}
			if err != nil {
				result.Error = err.Error()
				result.Hint = hint.Of(err, phrase)
			}
			return printJSONLine(cmd.OutOrStdout(), result)
		},
	}
	cmd.Flags().StringArrayVar(&adapters, "adapter", nil, "an adapter to load with it")
	return cmd
}

// limitTrial keeps a model that asks for all memory from getting it: allocations
// fail, and llama.cpp says so. It is left out where the engine drives an
// accelerator, whose driver reserves far more addresses than the machine has. No
// crash leaves a core file.
func limitTrial(files []string) {
	lower := func(what int, to uint64) {
		var limit syscall.Rlimit
		if syscall.Getrlimit(what, &limit) == nil && to < limit.Cur {
			limit.Cur = to
			syscall.Setrlimit(what, &limit) // a limit that cannot be set is none
		}
	}
	lower(syscall.RLIMIT_CORE, 0)
	if build, err := models.EngineBuild(); err == nil && !build.Offload {
		_, space := models.TryLimits(files)
		lower(syscall.RLIMIT_AS, space)
	}
}
