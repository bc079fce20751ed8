package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"intentprobe/capture/intent/bound"
)

func powerTrialsCommand() *cobra.Command {
	var (
		l                   levels
		above, below, truth float64
		n, hits             int
	)
	cmd := &cobra.Command{
		Use:   "trials",
		Short: "A share of trials above or below a margin: swaps, false positives, 0 of n",
		Long: `Say how many of n trials must hit, or may, for the exact bound of Clopper and Pearson to clear
a margin, and how many trials do where so many hit.
` + exitHelp,
		Example: `  capture power trials --above 0.8 --n 300
  capture power trials --below 0.05 --n 500 --truth 0.01
  capture power trials --below 0.01 --n 100 --level 0.95`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			up, down := cmd.Flags().Changed("above"), cmd.Flags().Changed("below")
			if up == down {
				return &usageError{errors.New("--above and --below: one of them is needed"), "name the margin that the bound must clear"}
			}
			if err := errors.Join(someOf("n", n), l.inside(0, 1, map[string]float64{"above": above, "below": below, "truth": truth})); err != nil {
				return err
			}
			if hits < 0 || up && above >= 1 || down && below <= 0 {
				return &usageError{fmt.Errorf("no bound of %d hits clears such a margin", hits), "a margin lies between 0 and 1, and --hits is not below 0"}
			}
			var out []planned
			if up {
				out = []planned{
					{"fewest", fmt.Sprintf("fewest of %d that must hit (%d: not even all do)", n, n+1), bound.FewestAbove(n, above, l.level)},
					{"needed", "trials that do where all hit", bound.Needed(above, l.level)},
				}
			} else {
				out = []planned{
					{"most", fmt.Sprintf("most of %d that may hit (-1: not even none)", n), bound.MostBelow(n, below, l.level)},
					{"needed", fmt.Sprintf("trials that do where %d hit", hits), bound.NeededBelow(hits, below, l.level)},
				}
			}
			if cmd.Flags().Changed("truth") {
				power := bound.PowerBelow(n, truth, below, l.level)
				if up {
					power = bound.PowerAbove(n, truth, above, l.level)
				}
				out = append(out, planned{"power", fmt.Sprintf("power where the share is %g", truth), power})
			}
			return printPlanned(cmd, l.asJSON, out)
		},
	}
	f := cmd.Flags()
	f.Float64Var(&above, "above", 0, "margin that the lower bound must be above")
	f.Float64Var(&below, "below", 0, "margin that the upper bound must be below")
	f.IntVar(&n, "n", 300, "trials")
	f.IntVar(&hits, "hits", 0, "hits for which --below is to hold")
	f.Float64Var(&truth, "truth", 0, "true share, of which the power is told")
	l.add(cmd, 0.99)
	return cmd
}

func powerFlipsCommand() *cobra.Command {
	var (
		l                               levels
		discordance, net, margin, inner float64
		n                               int
	)
	cmd := &cobra.Command{
		Use:   "flips",
		Short: "Pairs that flip: a net flip above a margin, or within one",
		Long: `Say what n independent pairs show of a net flip (the share that flips one way less the share
that flips the other) where so many are discordant, in the normal approximation of McNemar's
test (Connor 1987). Pairs that are not independent count for less: multiply by the design
effect.
` + exitHelp,
		Example: `  capture power flips --n 200 --discordance 0.2
  capture power flips --n 200 --discordance 0.2 --within 0.05 --power 0.9`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(someOf("n", n), l.inside(0, 1, map[string]float64{"discordance": discordance, "net": net, "margin": margin, "within": inner})); err != nil {
				return err
			}
			if discordance == 0 || net > discordance {
				return &usageError{fmt.Errorf("--discordance %g, --net %g", discordance, net), "a net flip is at most the discordance, which is above 0"}
			}
			of := bound.Flips{Pairs: n, Discordant: discordance}
			if inner > 0 {
				return printPlanned(cmd, l.asJSON, []planned{
					{"power", fmt.Sprintf("power of no net flip with %d pairs", n), of.PowerWithin(inner, l.level)},
					{"pairs", fmt.Sprintf("pairs that give it a power of %g", l.power), of.NeededWithin(inner, l.level, l.power)},
				})
			}
			out := []planned{{"detectable", fmt.Sprintf("smallest net flip with a power of %g with %d pairs", l.power, n), of.Detectable(margin, l.level, l.power)}}
			if net > 0 {
				out = append(out,
					planned{"power", fmt.Sprintf("power of a net flip of %g", net), of.Power(net, margin, l.level)},
					planned{"pairs", fmt.Sprintf("pairs that give it a power of %g (0: none)", l.power), of.Needed(net, margin, l.level, l.power)})
			}
			return printPlanned(cmd, l.asJSON, out)
		},
	}
	f := cmd.Flags()
	f.IntVar(&n, "n", 200, "independent pairs")
	f.Float64Var(&discordance, "discordance", 0.2, "share of pairs that flip, either way")
	f.Float64Var(&net, "net", 0, "true net flip, of which power and pairs are told")
	f.Float64Var(&margin, "margin", 0, "margin that the net flip must be above")
	f.Float64Var(&inner, "within", 0, "equivalence instead: no net flip to within this on both sides")
	l.add(cmd, 0.975)
	return cmd
}

func powerAUROCCommand() *cobra.Command {
	var (
		l     levels
		auroc float64
		n     int
	)
	cmd := &cobra.Command{
		Use:   "auroc",
		Short: "An AUROC against 0.5",
		Long: `Say what AUROC n samples of each class tell from 0.5, with the standard error of Hanley and
McNeil (1982). Samples that are not independent count for less.
` + exitHelp,
		Example: `  capture power auroc --n 50
  capture power auroc --auroc 0.7`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(someOf("n", n), l.inside(0.5, 1, map[string]float64{"auroc": auroc})); err != nil {
				return err
			}
			of := bound.AUROC{Positive: n, Negative: n}
			out := []planned{{"detectable", fmt.Sprintf("smallest AUROC with a power of %g with %d of each class", l.power, n), of.Detectable(l.level, l.power)}}
			if auroc > 0.5 {
				out = append(out,
					planned{"power", fmt.Sprintf("power of an AUROC of %g", auroc), of.Power(auroc, l.level)},
					planned{"n", fmt.Sprintf("of each class that give it a power of %g", l.power), bound.NeededAUROC(auroc, l.level, l.power)})
			}
			return printPlanned(cmd, l.asJSON, out)
		},
	}
	f := cmd.Flags()
	f.IntVar(&n, "n", 50, "samples of each class")
	f.Float64Var(&auroc, "auroc", 0.5, "true AUROC, of which power and n are told")
	l.add(cmd, 0.975)
	return cmd
}
