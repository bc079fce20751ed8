package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"intentprobe/capture/label"
	"intentprobe/storage/plural"
)

func agreeCommand() *cobra.Command {
	var (
		ignoreAmbiguous, asJSON bool
		show                    int
	)
	cmd := &cobra.Command{
		Use:   "agree RUN A B",
		Short: "Compare two label tables of a run: counts, agreement, Cohen's kappa",
		Long: `Compare two label tables of a run, each NAME (its newest version) or NAME@VERSION:
how many samples both label, how often each pair of values occurs, the share on
which they agree, and Cohen's kappa. Kappa is 1 if they always agree, and 0 if they
agree as often as by chance. It is undefined if both tables have a single value, and
the same one.
` + exitHelp,
		Example: `  capture agree runs/facts truth judged --show 10
  capture agree runs/facts truth@1 truth@2`,
		Args: arguments(cobra.ExactArgs(3)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if show < 0 {
				return &usageError{fmt.Errorf("--show %d", show), "give a number of samples"}
			}
			if err := checkRun(args[0]); err != nil {
				return err
			}
			noteUnfinished(cmd, args[0])
			g, err := label.Agree(args[0], args[1], args[2], ignoreAmbiguous, show)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), g)
			}
			if g.Both > 0 && !g.SharesValues() {
				say(cmd.ErrOrStderr(), "capture: warning: the tables have no value in common; name them alike, for example with --true yes --false no\n")
			}
			return printAgreement(cmd.OutOrStdout(), g, ignoreAmbiguous)
		},
	}
	cmd.ValidArgsFunction = completeTables
	cmd.Flags().BoolVar(&ignoreAmbiguous, "ignore-ambiguous", false, "leave out samples that either table calls ambiguous")
	cmd.Flags().IntVar(&show, "show", 0, "print this many of the samples on which they differ")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func printAgreement(w io.Writer, g *label.Agreement, ignoreAmbiguous bool) error {
	say(w, "%s and %s: %s in both, %d in %s alone, %d in %s alone\n", g.A, g.B, plural.Count(g.Both, "sample"), g.OnlyA, g.A, g.OnlyB, g.B)
	if ignoreAmbiguous {
		say(w, "left out: %s\n", plural.Count(g.Ambiguous, "ambiguous sample"))
	}
	if g.Percent != nil {
		say(w, "agree: %d (%.1f %%)\n", g.Agree, *g.Percent)
	}
	if g.Kappa != nil {
		say(w, "kappa: %.3f\n\n", *g.Kappa)
	} else {
		say(w, "kappa: undefined: %s\n\n", g.Undefined)
	}
	if len(g.Counts) > 0 {
		if err := printConfusion(w, g); err != nil {
			return err
		}
	}
	for _, d := range g.Differ {
		say(w, "\nsample %d (%s): %s and %s: %s", d.SampleID, label.PromptOf(d.PromptID, d.Arm), d.A, d.B, shorten(d.Response, 200))
	}
	if len(g.Differ) > 0 {
		say(w, "\n")
	}
	return nil
}

// printConfusion prints a table of counts, the values of A down and those of B
// across.
func printConfusion(w io.Writer, g *label.Agreement) error {
	var as, bs []string
	counts := map[[2]string]int{}
	for _, p := range g.Counts {
		as, bs = append(as, p.A), append(bs, p.B)
		counts[[2]string{p.A, p.B}] = p.Samples
	}
	slices.Sort(as)
	slices.Sort(bs)
	as, bs = slices.Compact(as), slices.Compact(bs)
	header := []string{g.A + " \\ " + g.B}
	for _, b := range bs {
		header = append(header, shorten(b, 40))
	}
	var rows [][]string
	for _, a := range as {
		row := []string{shorten(a, 40)}
		for _, b := range bs {
			row = append(row, fmt.Sprint(counts[[2]string{a, b}]))
		}
		rows = append(rows, row)
	}
	return printTable(w, header, rows)
}
