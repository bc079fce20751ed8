package main

import (
	"errors"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/label"
	"intentprobe/storage"
	"intentprobe/storage/plural"
)

func mergeCommand() *cobra.Command {
	var (
		opt    storage.MergeOptions
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "merge RUN... --out DIR",
		Short: "Merge the shards of a run into the run that one process would have written",
		Long: `Merge the runs of ` + "`capture run --shard I/N`" + `. They must be shards of one run: the same
spec, prompts, model and program, and together they must have every sample once. The
data files are, byte for byte, those that one process would have written. Each file's
checksum is verified while it is copied.
` + exitHelp,
		Example: `  capture run spec.yaml --shard 1/2 --out part1   # on one machine
  capture run spec.yaml --shard 2/2 --out part2   # on another
  capture merge part1 part2 --out runs/merged`,
		Args:              arguments(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if opt.Out == "" {
				return &usageError{errors.New("no output folder"), "add --out DIR"}
			}
			if err := capture.CheckOut(opt.Out, opt.Overwrite); err != nil {
				return err
			}
			for _, dir := range args {
				if err := checkRun(dir); err != nil {
					return err
				}
			}
			m, err := storage.Merge(cmd.Context(), args, opt)
			if err == nil {
				err = label.Complete(opt.Out, m)
			}
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"out": opt.Out, "runs": args, "status": m.Status, "samples": m.Samples, "rows": m.Rows, "files": len(m.Files), "forced": m.Forced})
			}
			count := plural.Count[int64]
			say(cmd.OutOrStdout(), "%s: %s, %s, %s, from %s\n", opt.Out, count(m.Samples, "sample"), count(m.Rows, "row"), plural.Count(len(m.Files), "file"), plural.Count(len(args), "run"))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&opt.Out, "out", "", "folder to write")
	f.BoolVar(&opt.Overwrite, "overwrite", false, "replace the run that is in the folder")
	f.BoolVar(&opt.Force, "force", false, "merge even if program, engine or CPU differ; the manifest then names the differences")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
