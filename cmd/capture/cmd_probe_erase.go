package main

import (
	"github.com/spf13/cobra"

	"intentprobe/capture/probe"
	"intentprobe/capture/vector"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
)

func probeEraseCommand() *cobra.Command {
	var t fitFlags
	var out, how string
	cmd := &cobra.Command{
		Use:   "erase RUN... --label LABEL --positive VALUE --negative VALUE --out FILE",
		Short: "Fit maps that erase what tells two classes apart, and look whether it is gone",
		Long: `Fit an eraser at each point, and measure how well a new probe (lda) tells the classes apart
before and after, on samples that neither the eraser nor the probe was fitted to.

  --how leace     an affine map that changes rows as little as possible, for do: erase
  --how inlp:8    a subspace, of 8 rounds of logistic regression, for do: remove

The file is a direction file with one entry for each point.
` + exitHelp,
		Example: `  capture probe erase runs/pairs --label label --positive lie --negative mistake \
      --points resid_post:3 --tokens "prompt[-1]" --out erase.safetensors
  capture probe erase runs/pairs --label label --positive lie --negative mistake \
      --points resid_post:3 --how inlp:4 --out gone.safetensors`,
		Args:              arguments(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := disk.CheckEnding(out, directionFile, vector.Ending); err != nil {
				return err
			}
			if err := checkNew(out, "--out", t.report.overwrite); err != nil {
				return err
			}
			if err := t.open(cmd, args); err != nil {
				return err
			}
			erased, err := probe.Erase(cmd.Context(), args, how, t.opt)
			if err != nil {
				return probeError(err, args)
			}
			if _, err := vector.Write(disk.OS{}, out, erased.Meta, erased.Directions); err != nil {
				return err
			}
			if err := t.report.write(cmd, erased.Report); err != nil || t.report.asJSON {
				return err
			}
			say(cmd.OutOrStdout(), "\nwrote %s: %s, for interventions with %s\n", out, plural.Count(len(erased.Directions), "eraser"), probe.DoOf(&erased.Meta))
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	t.classes.add(cmd, true)
	t.classes.addRows(cmd)
	f.StringVar(&how, "how", probe.LEACE, "leace, or inlp:ROUNDS")
	f.StringVar(&t.opt.Split, "split", probe.SplitAuto, "auto: the run's train and test where it has them, else folds; run; folds")
	f.IntVar(&t.opt.Folds, "folds", 5, "folds of groups, each held out once")
	f.Uint64Var(&t.opt.Seed, "seed", 1, "seed of the folds")
	f.Float64Var(&t.opt.Level, "level", 0.95, "level of the intervals")
	f.StringVar(&out, "out", "", "write the erasers: `FILE.safetensors`")
	cmd.MarkFlagRequired("out")
	t.report.addPage(cmd)
	return cmd
}
