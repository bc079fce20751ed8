package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture/probe"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/vector"
	"intentprobe/storage/disk"
)

// fitFlags say how probes are fitted and held against chance.
type fitFlags struct {
	opt     probe.Options
	classes classFlags
	report  reportFlags
}

func (t *fitFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	t.classes.add(cmd, true)
	t.classes.addRows(cmd)
	f.Var(namesFlag(&t.opt.How), "how", "methods to choose from: "+strings.Join(nested.Kinds, ", ")+"; with a number as logistic:0.1 (C) or components:5 (default: lda)")
	t.addChance(cmd)
	f.StringVar(&t.opt.Split, "split", probe.SplitAuto, "auto: the run's train and test where it has them, else folds; run; folds")
	f.IntVar(&t.opt.Folds, "folds", 5, "folds of groups, each held out once")
	f.IntVar(&t.opt.Inner, "inner", 4, "folds inside each of them, in which points, tokens and methods are chosen")
	f.StringVar(&t.opt.Untrained, "untrained", "", "`RUN` of the same samples, responses given, on an untrained model: a baseline")
	f.BoolVar(&t.opt.Quick, "quick", false, "leave out control tasks, code length, and styles and templates held out")
	t.report.add(cmd)
	cmd.ValidArgsFunction = completeRuns
	cmd.RegisterFlagCompletionFunc("split", cobra.FixedCompletions(probe.Splits, cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("how", cobra.FixedCompletions(nested.Kinds, cobra.ShellCompDirectiveNoFileComp))
}

// addChance adds what probes are held against.
func (t *fitFlags) addChance(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&t.opt.Controls, "control", nil, "`RUN` in which nothing is of the positive class; the first sets the threshold at 1 % false positives (repeatable)")
	f.IntVar(&t.opt.Permutations, "permutations", 0, "permutations of the labels, -1: none (default: 1000, where methods have no closed form 100)")
	f.Uint64Var(&t.opt.Seed, "seed", 1, "seed of folds and permutations")
	f.Float64Var(&t.opt.Level, "level", 0.95, "level of the intervals")
}

// open checks what was given, before anything is read or fitted, and takes the options.
func (t *fitFlags) open(cmd *cobra.Command, args []string) (err error) {
	if err := t.report.check(); err != nil {
		return err
	}
	named := append(slices.Clone(args), t.opt.Controls...)
	if t.opt.Untrained != "" {
		named = append(named, t.opt.Untrained)
	}
	if err := checkRuns(cmd, named); err != nil {
		return err
	}
	t.opt.Note = probeNotes(cmd)
	t.opt.Data, err = t.classes.options(args)
	return err
}

func probeTrainCommand() *cobra.Command {
	var t fitFlags
	var out string
	cmd := &cobra.Command{
		Use:   "train RUN... --label LABEL --positive VALUE --negative VALUE --out FILE",
		Short: "Fit a probe, measure it on what was held out, and write its file",
		Long: `Fit probes at all points of runs, choose one inside the folds, and measure that choice on
samples that were held out. The probe that is written is fitted to all samples that train.

Samples of one question are never on both sides of a split. The verdict (docs/verdict.md)
needs the baselines: what length, words, likelihood, prompt and topic tell on the same
folds. The file is a direction file: interventions, capture.probes and vector export take it
as it is.
` + exitHelp,
		Example: `  capture probe train runs/pairs --label label --positive lie --negative mistake \
      --tokens "prompt[-1]" --out probe.safetensors
  capture probe train runs/pairs --label label --positive lie --negative mistake \
      --points resid_post:3 --how logistic,mean --quick --out logistic.safetensors`,
		Args: arguments(cobra.MinimumNArgs(1)),
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
			trained, err := probe.Train(cmd.Context(), args, t.opt)
			if err != nil {
				return probeError(err, args)
			}
			if _, err := vector.Write(disk.OS{}, out, trained.Meta, []*vector.Direction{trained.Direction}); err != nil {
				return err
			}
			trained.Report.Probe.File = out
			return t.report.write(cmd, trained.Report)
		},
	}
	t.add(cmd)
	cmd.Flags().StringVar(&out, "out", "", "write the probe: `FILE.safetensors`")
	cmd.MarkFlagRequired("out")
	cmd.Flags().StringVar(&t.opt.Name, "name", "", "name of the probe in its file (default: its point)")
	return cmd
}

func probeSweepCommand() *cobra.Command {
	var t fitFlags
	cmd := &cobra.Command{
		Use:   "sweep RUN... --label LABEL --positive VALUE --negative VALUE",
		Short: "Measure probes of all layers and points, with baselines beside them",
		Long: `Fit a probe at each point of runs and measure each on samples that were held out: the
layer curve, with intervals and with p values that are corrected for the search. The choice
among them is made inside the folds and measured beside it. Nothing is written but what
--report and --scores name.
` + exitHelp,
		Example: `  capture probe sweep runs/pairs --label label --positive lie --negative mistake \
      --tokens "prompt[-1]" --report sweep.html
  capture probe sweep runs/pairs --label label --positive lie --negative mistake \
      --how mean --permutations 200 --quick --json`,
		Args: arguments(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := t.open(cmd, args); err != nil {
				return err
			}
			r, err := probe.Sweep(cmd.Context(), args, t.opt)
			if err != nil {
				return probeError(err, args)
			}
			return t.report.write(cmd, r)
		},
	}
	t.add(cmd)
	return cmd
}
