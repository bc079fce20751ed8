package main

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe"
)

func probeEvalCommand() *cobra.Command {
	var t fitFlags
	cmd := &cobra.Command{
		Use:   "eval PROBE[#NAME] RUN...",
		Short: "Score other runs by a probe of a file, and say what that shows",
		Long: `Score the samples of runs by a probe, which is a file of probe train or of vector make.
Label, classes, tokens and pooling are those of the file where nothing else is said.
Samples of questions that the probe was fitted to are left out. A probe of another model,
template, dtype, or other adapters is refused; --force takes it, and the report says what differs.
` + exitHelp,
		Example: `  capture probe eval probe.safetensors runs/other
  capture probe eval probe.safetensors runs/other --control runs/benign --report lie.html`,
		Args:              arguments(cobra.MinimumNArgs(2)),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := t.report.check(); err != nil {
				return err
			}
			runs := args[1:]
			if err := checkRuns(cmd, append(slices.Clone(runs), t.opt.Controls...)); err != nil {
				return err
			}
			if (t.classes.opt.Positive == "") != (t.classes.opt.Negative == "") {
				return hint.Usage(errors.New("one class is given without the other"), "give --positive and --negative, or neither")
			}
			t.opt.Data = t.classes.opt
			t.opt.Note = probeNotes(cmd)
			r, err := probe.Eval(cmd.Context(), args[0], runs, t.opt)
			if err != nil {
				return probeError(err, runs)
			}
			return t.report.write(cmd, r)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	t.classes.add(cmd, false)
	f.StringArrayVar(&t.classes.opt.Tokens, "tokens", nil, "tokens whose rows are scored (default: those of the probe)")
	t.addChance(cmd)
	f.BoolVar(&t.opt.Force, "force", false, "take a probe of another model, template, adapters or dtype")
	t.report.add(cmd)
	return cmd
}

func probeTransferCommand() *cobra.Command {
	var t fitFlags
	var by string
	cmd := &cobra.Command{
		Use:   "transfer RUN... --by WHAT --label LABEL --positive VALUE --negative VALUE",
		Short: "Train on each set of samples and score every other",
		Long: `Part samples into sets, train a probe on each, and score all sets with it: a matrix of
AUROCs. Questions are never on both sides, within a set and between sets. Below 0.5 a probe
points the other way in the other set.

--by run, condition, style, followup (asked afterwards), or any column or key of the rows;
--by tokens parts rows by the rules that --tokens gives; --by point by points of one width;
--by model carries the best relative depth of each model over to the others.
` + exitHelp,
		Example: `  capture probe transfer runs/pairs runs/other --by run --points resid_post:3 \
      --label label --positive lie --negative mistake
  capture probe transfer runs/pairs --by point --label label --positive lie --negative mistake \
      --tokens "prompt[-1]"`,
		Args:              arguments(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := t.open(cmd, args); err != nil {
				return err
			}
			r, err := probe.Transfer(cmd.Context(), args, by, t.opt)
			if err != nil {
				return probeError(err, args)
			}
			return t.report.write(cmd, r)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&by, "by", probe.ByRun, "what parts samples into sets: run, a column, a key of the rows; tokens; point; model")
	t.classes.add(cmd, true)
	t.classes.addRows(cmd)
	f.Var(namesFlag(&t.opt.How), "how", "method (default: lda)")
	f.IntVar(&t.opt.Folds, "folds", 5, "folds of groups, over all sets")
	f.Uint64Var(&t.opt.Seed, "seed", 1, "seed of the folds")
	f.Float64Var(&t.opt.Level, "level", 0.95, "level of the intervals")
	t.report.addPage(cmd)
	return cmd
}
