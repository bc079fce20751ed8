package main

import (
	"encoding/json"
	"io"
	"math"

	"github.com/spf13/cobra"

	"intentprobe/capture/probe"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

func probeShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show PROBE[#NAME]",
		Short: "Show a probe's file: what it was fitted to, and what was measured",
		Long: `Show what the file of a probe says: model, point, tokens, classes, method, how its samples
were held out, and the figures and the verdict of the way that it was made. For norms and
cosines to other directions there is ` + "`capture vector show`" + `.
` + exitHelp,
		Example: `  capture probe show probe.safetensors
  capture probe show probe.safetensors --json`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := probe.Show(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), s)
			}
			printShownProbe(cmd.OutOrStdout(), s)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// printShownProbe prints what a probe's file says.
func printShownProbe(w io.Writer, s *probe.Shown) {
	line := func(key, value string) {
		if value != "" {
			say(w, "%-10s%s\n", key, value)
		}
	}
	line("probe", s.Name)
	line("point", s.Point)
	line("tokens", report.Rule(s.Tokens))
	line("rows", s.Rows)
	line("how", s.Meta.How)
	if m := s.Meta.Model; m != nil {
		line("model", m.File)
	}
	if p, n := s.Meta.Positive, s.Meta.Negative; p != nil && n != nil {
		say(w, "%-10s%s: %s %s, %s %s\n", "classes", s.Meta.Label, p.Name, plural.Count(p.N, "sample"), n.Name, plural.Count(n.N, "sample"))
	}
	for _, r := range s.Meta.Runs {
		line("run", r.Name)
	}
	if f := s.Folds; f != nil {
		say(w, "%-10s%s, fitted to %s\n", "split", f.Split, plural.Count(len(f.Seen), "group"))
	}
	f := s.Figures
	if f == nil {
		say(w, "nothing was measured of it: ")
		say(w, "`capture probe eval` scores runs by it\n")
		return
	}
	var auroc metric.Interval
	if text, err := json.Marshal(f.AUROC); err == nil && json.Unmarshal(text, &auroc) == nil && !math.IsNaN(auroc.Value) {
		line("AUROC", report.Interval(auroc, report.Figure)+", held out")
	}
	if f.P != nil {
		line("p", report.PValue(*f.P))
	}
	line("verdict", f.Verdict)
}
