package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/storage"
)

func resumeCommand() *cobra.Command {
	var (
		again         reopenFlags
		force, asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "resume RUN",
		Short: "Continue a run that was stopped; the result is the same to the byte",
		Long: `Continue a run that was stopped, by whatever: Ctrl-C, a full disk, a killed
process, a power cut. Groups of samples that are whole stay; the others are decoded.
The files are then, byte for byte, those of a run that was never stopped.

The run directory is enough: it holds the spec and the prompts, and the model is
found by its checksum. Where the model, the prompts, the program, llama.cpp or the
CPU differ from those that the run was begun with, resume names them and refuses. So
it does with another number of threads or other devices, which round differently; with
--force it continues all the same.
` + exitHelp,
		Example:           "  capture resume runs/facts",
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkRun(args[0]); err != nil {
				return err
			}
			if err := storage.CheckLock(args[0]); err != nil {
				return err
			}
			opt := again.options(cmd)
			opt.Add = true
			r, err := capture.Reopen(cmd.Context(), args[0], opt)
			if errors.Is(err, context.Canceled) {
				return &endedEarly{err, fmt.Sprintf("go on with `capture resume %s`", args[0])}
			}
			if err != nil {
				return err
			}
			defer r.Close()
			if r.Record.Manifest.Status != storage.Complete {
				warnOfModel(cmd.ErrOrStderr(), r.Spec.Model, r.Findings)
				warn(cmd, r.Session)
			}
			begun(args[0])
			return showRun(cmd, asJSON, func(progress func(capture.Progress)) (*capture.Result, error) {
				result, err := r.Resume(cmd.Context(), force, progress)
				if result == nil && errors.Is(err, syscall.ENOSPC) {
					err = &storage.WriteError{Dir: args[0], Err: err}
				}
				if result == nil && (errors.Is(err, syscall.ENOSPC) || errors.Is(err, context.Canceled)) {
					err = &endedEarly{err, resumeHint(err, args[0], r.Record.Manifest.Samples)}
				}
				if result == nil && err == nil {
					say(cmd.OutOrStdout(), "%s: complete already, %s\n", args[0], storage.Count(r.Record.Manifest.Samples, "sample"))
				}
				return result, err
			})
		},
	}
	f := cmd.Flags()
	again.add(cmd)
	f.BoolVar(&force, "force", false, "go on although something differs; the manifest then says what")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}
