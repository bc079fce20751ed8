package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/label"
	"intentprobe/storage"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

func resumeCommand() *cobra.Command {
	var (
		again         reopenFlags
		force, asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "resume RUN",
		Short: "Continue a run that was stopped; its files become those of a run that was not",
		Long: `Continue a run that was stopped by Ctrl-C, a full disk, a killed process, a power cut
or anything else. Groups of samples that are whole are kept; the others are decoded.
The files are then, byte for byte, those of a run that was never stopped.

The run's folder is enough: it has the spec and the prompts, and the model is found by
its checksum. If the model, the prompts, the program, llama.cpp or the CPU differ from
those with which the run began, resume names the differences and refuses. It also
refuses another number of threads or other devices, which round differently. With
--force it continues nevertheless.
` + exitHelp,
		Example:           "  capture resume runs/facts",
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkRun(args[0]); err != nil {
				return err
			}
			if err := disk.CheckLock(args[0]); err != nil {
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
			if r.Record.Manifest.Status != rundir.Complete {
				warnOfModel(cmd.ErrOrStderr(), examined(&r.Spec), r.Findings)
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
					err = label.CompleteLater(args[0], r.Record.Manifest)
				}
				if result == nil && err == nil {
					say(cmd.OutOrStdout(), "%s: complete already, %s\n", args[0], plural.Count(r.Record.Manifest.Samples, "sample"))
				}
				return result, err
			})
		},
	}
	f := cmd.Flags()
	again.add(cmd)
	f.BoolVar(&force, "force", false, "continue even if something differs; the manifest then names the differences")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}
