package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture/vector"
	"intentprobe/storage/plural"
)

func vectorShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show FILE[#NAME]...",
		Short: "Show directions: norms, gaps, deviations, and the cosines between them",
		Long: `Show the directions of one or more files: norm, distance of the class means along the
direction (gap), standard deviation of the rows along it (sd), bias, and the cosines
between all of them; between subspaces, of the smallest angle. More than 16 directions are
each compared with the next; --json has all cosines. Of several files, directions are named
as FILE#NAME.
` + exitHelp,
		Example: `  capture vector show lie.safetensors intent.safetensors
  capture vector show lie.safetensors#blocks.3.hook_resid_post --json`,
		Args: arguments(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			shown, err := vector.Show(args)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), shown)
			}
			for _, f := range shown.Files {
				printAbout(cmd.OutOrStdout(), f)
			}
			if err := printDirections(cmd.OutOrStdout(), shown); err != nil {
				return err
			}
			return printCosines(cmd.OutOrStdout(), shown)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// printAbout prints what a file says of itself.
func printAbout(w io.Writer, f vector.ShownFile) {
	m := f.Meta
	say(w, "%s\n", f.Path)
	line := func(key, value string) {
		if value != "" {
			say(w, "  %-9s%s\n", key, value)
		}
	}
	if m.Version == 0 {
		line("", "a safetensors file of another program: nothing is known of its model and points")
	}
	line("how", m.How)
	if m.Positive != nil && m.Negative != nil {
		line("classes", fmt.Sprintf("%s: %s %d, %s %d", m.Label, m.Positive.Name, m.Positive.N, m.Negative.Name, m.Negative.N))
	}
	line("point", m.Point)
	if m.Model != nil {
		line("model", strings.TrimSpace(fmt.Sprintf("%s %s %s", m.Model.File, m.Model.Architecture, shorten(m.Model.SHA256, 12))))
	}
	line("template", m.TemplateText())
	line("adapters", vector.AdaptersText(m.Adapters))
	line("tokens", m.Tokens)
	line("pooling", m.Pooling)
	for _, r := range m.Runs {
		line("run", r.Name+" "+shorten(r.ID, 12))
	}
	for _, forced := range m.Forced {
		line("forced", forced)
	}
}

func printDirections(w io.Writer, shown *vector.Shown) error {
	var rows [][]string
	for i, d := range shown.Directions {
		covariance := ""
		if d.Covariance > 0 {
			covariance = plural.Count(d.Covariance, "row")
		}
		bias := d.Bias
		rows = append(rows, []string{shown.Label(i), d.Kind, fmt.Sprint(d.Rank), fmt.Sprint(d.Width), figure(&d.Norm), figure(d.Gap), figure(d.SD), figure(&bias), covariance})
	}
	return printTable(w, []string{"direction", "kind", "rank", "width", "norm", "gap", "sd", "bias", "covariance"}, rows)
}

// mostCosines is how many directions are compared with each other in a table.
const mostCosines = 16

func printCosines(w io.Writer, shown *vector.Shown) error {
	n := len(shown.Directions)
	if n < 2 {
		return nil
	}
	cell := func(x *float64) string {
		if x == nil {
			return "-"
		}
		return fmt.Sprintf("%.3f", *x)
	}
	say(w, "\n")
	var rows [][]string
	if n > mostCosines {
		for i := range n - 1 {
			rows = append(rows, []string{shown.Label(i), shown.Label(i + 1), cell(shown.Cosines[i][i+1])})
		}
		return printTable(w, []string{"direction", "next", "cosine"}, rows)
	}
	header := []string{"cosines"}
	for i := range shown.Directions {
		header = append(header, fmt.Sprint(i+1))
		row := []string{fmt.Sprintf("%d %s", i+1, shown.Label(i))}
		for _, x := range shown.Cosines[i] {
			row = append(row, cell(x))
		}
		rows = append(rows, row)
	}
	return printTable(w, header, rows)
}
