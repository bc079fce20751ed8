package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/hint"
	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/spec"
)

func intentChallengeCommand() *cobra.Command {
	var (
		flags   = intentFlags{size: intent.Shipped()}
		out     string
		threads int
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use:   "challenge FOLDER...",
		Short: "Judge models that are to beat the ladder",
		Long: `Climb the ladder with models of the phantoms' world that others have made, and hold the verdicts
against those that their makers declare. Each folder has a challenge.yaml and a model
(docs/challenge.md). The ladder is beaten where the verdict is another one, and not undetermined.
` + exitHelp,
		Example: `  capture intent challenge models/phantom/challengers/*/ --out runs/challenge`,
		Args:    arguments(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			var all []*intent.Challenge
			names := map[string]string{}
			for _, dir := range args {
				c, err := intent.ReadChallenge(dir)
				if err != nil {
					return err
				}
				if before := names[c.Name]; before != "" {
					return hint.Usage(fmt.Errorf("%s and %s have the name %q", before, dir, c.Name), "rename one of them")
				}
				names[c.Name] = dir
				all = append(all, c)
			}
			if out == "" {
				return hint.Usage(fmt.Errorf("no output folder"), "add ", hint.Option("out"))
			}
			var judged []intent.Judged
			for _, c := range all {
				j, err := challenge(cmd, c, flags, filepath.Join(out, c.Name), threads)
				if err != nil {
					return err
				}
				judged = append(judged, j)
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), judged)
			}
			return printChallenges(cmd.OutOrStdout(), judged)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&out, "out", "", "output `DIR`, with a folder for each of them")
	flags.addSize(cmd)
	f.IntVar(&threads, "threads", 0, "threads of llama.cpp (default: as many as there are CPUs)")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// challenge climbs the ladder with one model.
func challenge(cmd *cobra.Command, c *intent.Challenge, flags intentFlags, out string, threads int) (intent.Judged, error) {
	say(cmd.ErrOrStderr(), "capture: %s, %s\n", c.Name, c.Outcome)
	base := capture.DefaultSpec()
	base.Model, base.Out, base.Engine.Threads = c.Model, out, spec.Auto(threads)
	flags.outcome, flags.subspaces = c.Outcome, c.Subspaces
	study, err := flags.world(&base)
	if err != nil {
		return intent.Judged{}, err
	}
	r, err := climb(cmd, base, study, flags.size.Seed, controlIn(base.Out, true))
	if err != nil {
		return intent.Judged{}, err
	}
	return c.Against(r.Verdict), keepReport(r, base.Out)
}

func printChallenges(w io.Writer, judged []intent.Judged) error {
	var rows [][]string
	for _, j := range judged {
		outcome := "held"
		switch {
		case j.Beaten:
			outcome = "BEATEN: " + j.Because
		case !slices.Contains(j.Declared, j.Got):
			outcome = j.Because
		}
		rows = append(rows, []string{j.Name, j.Outcome, string(j.Got), fmt.Sprint(j.Rung), ladder.Join(j.Declared, " or "), outcome})
	}
	return printTable(w, []string{"challenger", "outcome", "verdict", "rung", "declared", ""}, rows)
}
