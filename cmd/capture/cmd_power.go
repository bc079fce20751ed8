package main

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"intentprobe/capture/intent/bound"
)

func powerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "power",
		Short: "Say what a planned comparison can show, before anything runs",
		Long: `Say how many families, trials, pairs or samples a comparison needs, or what it can show with
those that it has. Levels are one-sided. The rules are those of docs/intent.md.
` + exitHelp,
	}
	cmd.AddCommand(powerFamiliesCommand(), powerTrialsCommand(), powerFlipsCommand(), powerAUROCCommand())
	return cmd
}

// planned is one figure of a planned comparison.
type planned struct {
	key, words string
	value      any
}

// printPlanned prints figures; what nothing reaches is null in JSON.
func printPlanned(cmd *cobra.Command, asJSON bool, all []planned) error {
	if asJSON {
		out := map[string]any{}
		for _, p := range all {
			if x, ok := p.value.(float64); ok && math.IsInf(x, 0) {
				p.value = nil
			}
			out[p.key] = p.value
		}
		return printJSON(cmd.OutOrStdout(), out)
	}
	for _, p := range all {
		text := fmt.Sprint(p.value)
		if x, ok := p.value.(float64); ok {
			if text = fmt.Sprintf("%.4g", x); math.IsInf(x, 0) {
				text = "none"
			}
		}
		say(cmd.OutOrStdout(), "%s: %s\n", p.words, text)
	}
	return nil
}

// levels are how sure a comparison is to be.
type levels struct {
	level, power float64
	asJSON       bool
}

func (l *levels) add(cmd *cobra.Command, level float64) {
	f := cmd.Flags()
	f.SortFlags = false
	f.Float64Var(&l.level, "level", level, "one-sided confidence of a bound")
	f.Float64Var(&l.power, "power", 0.8, "how often it is to be shown, where it is so")
	f.BoolVar(&l.asJSON, "json", false, "print as JSON")
}

// inside refuses figures that are not between two others, named by their flags.
func (l *levels) inside(least, most float64, of map[string]float64) error {
	for _, x := range []struct {
		flag              string
		value, low, above float64
	}{{"level", l.level, 0.5, 1}, {"power", l.power, 0, 1}} {
		if !(x.value > x.low && x.value < x.above) {
			return &usageError{fmt.Errorf("--%s %g", x.flag, x.value), fmt.Sprintf("it lies between %g and %g", x.low, x.above)}
		}
	}
	for _, flag := range slices.Sorted(maps.Keys(of)) {
		if x := of[flag]; !(x >= least && x <= most) {
			return &usageError{fmt.Errorf("--%s %g", flag, x), fmt.Sprintf("it lies between %g and %g", least, most)}
		}
	}
	return nil
}

// someOf refuses counts below 1.
func someOf(flag string, n int) error {
	if n < 1 {
		return &usageError{fmt.Errorf("--%s %d", flag, n), "1 is the least"}
	}
	return nil
}

func powerFamiliesCommand() *cobra.Command {
	var (
		l                levels
		mean, sd, margin float64
		families         int
		shares, within   bool
	)
	cmd := &cobra.Command{
		Use:   "families",
		Short: "A mean over families: a share or a contrast above a margin, or within one",
		Long: `Simulate studies of families whose values are normal, cut off at the ends of their range, and
say how often the bound of docs/intent.md clears the margin, what mean it can show, and how
many families do. 2,000 studies for each figure, with a fixed seed: 2 digits hold.
` + exitHelp,
		Example: `  capture power families --mean 0.35 --sd 0.2 --margin 0.1 --families 40
  capture power families --within --sd 0.02 --margin 0.1 --families 40 --level 0.95`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := bound.Design{Families: families, SD: sd, Least: -1, Most: 1}
			if shares {
				d.Least = 0
			}
			if shares && within {
				return &usageError{errors.New("--within is of a contrast, and --shares asks for a share"), "leave one of them out"}
			}
			if err := errors.Join(someOf("families", families), l.inside(-1, 1, map[string]float64{"mean": mean, "sd": sd, "margin": margin})); err != nil {
				return err
			}
			if sd < 0 || within && margin <= 0 {
				return &usageError{errors.New("--sd is below 0, or --within has no --margin above 0"), "they are widths"}
			}
			power := func(d bound.Design) float64 { return d.Power(mean, margin, l.level) }
			if within {
				power = func(d bound.Design) float64 { return d.PowerWithin(mean, margin, l.level) }
			}
			out := []planned{{"power", fmt.Sprintf("power of a mean of %g with %d families", mean, families), power(d)}}
			if !within {
				out = append(out, planned{"detectable", fmt.Sprintf("smallest mean with a power of %g", l.power), d.Detectable(margin, l.level, l.power)})
			}
			return printPlanned(cmd, l.asJSON, append(out, planned{"families", fmt.Sprintf("families that give a mean of %g a power of %g (0: none)", mean, l.power), d.FamiliesFor(power, l.power)}))
		},
	}
	f := cmd.Flags()
	f.Float64Var(&mean, "mean", 0, "true mean")
	f.Float64Var(&sd, "sd", 0.2, "standard deviation between families")
	f.Float64Var(&margin, "margin", 0.1, "margin that the bound must clear")
	f.IntVar(&families, "families", 40, "families")
	f.BoolVar(&shares, "shares", false, "values from 0 to 1 instead of contrasts from -1 to 1")
	f.BoolVar(&within, "within", false, "equivalence: the mean is 0 to within the margin on both sides")
	l.add(cmd, 0.99)
	return cmd
}
