package main

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture/hint"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

func vectorMakeCommand() *cobra.Command {
	var (
		opt       vector.Options
		out       outFlags
		chosen    []string
		shrinkage float64
		asJSON    bool
	)
	cmd := &cobra.Command{
		Use:   "make RUN --label LABEL --positive VALUE --negative VALUE --out FILE",
		Short: "Make directions that separate two classes of a run's samples",
		Long: `Make directions that separate two classes of a run's samples, one for each point, from
the negative to the positive class. --label is a label table, NAME (its newest version)
or NAME@VERSION; where there is no such table, a column of the samples ("condition") or a
key of the data set's rows. Neutral questions about knowledge, follow-ups and arms that
edit are left out, unless --where names their column (stage, followup, arm).

  --how mean  the difference of the class means
  --how pca   the first principal component of class differences, of norm 1: of the
              differences of pairs, where samples have pairs (as in Representation
              Engineering), else of all pairs of a positive and a negative sample
  --how lda   Fisher's linear discriminant, with Ledoit and Wolf's shrinkage; with a bias,
              its scores are log-odds

A sample's rows are pooled first (--pool). The run is read several times, one column
after another. pca and lda need 8 and 16 bytes times the square of the width.
` + exitHelp,
		Example: `  capture vector make runs/pairs --label label --positive lie --negative mistake \
      --tokens "prompt[-1]" --out lie.safetensors
  capture vector make runs/pairs --label intent --positive true --negative false \
      --how lda --points resid_post:3 --name intent --out intent.safetensors`,
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.checkDirections(); err != nil {
				return err
			}
			if err := checkRun(args[0]); err != nil {
				return err
			}
			noteUnfinished(cmd, args[0])
			var err error
			if opt.Points, err = runPoints(args[0], chosen); err != nil {
				return err
			}
			if cmd.Flags().Changed("shrinkage") {
				opt.Shrinkage = &shrinkage
			}
			if opt.Covariance == 0 {
				opt.Covariance = -1
			}
			made, err := vector.Make(cmd.Context(), args[0], opt)
			if err != nil {
				return runError(err, args[0])
			}
			if _, err := vector.Write(disk.OS{}, out.path, made.Meta, made.Directions); err != nil {
				return err
			}
			if len(made.Same) > 0 {
				say(cmd.ErrOrStderr(), "capture: warning: left out, since nothing differs there: %s\n", plural.List(made.Same, 10))
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), struct {
					File    string           `json:"file"`
					Meta    vector.Meta      `json:"meta"`
					Figures []vector.Figures `json:"directions"`
					Without int64            `json:"samples_without_rows"`
					Same    []string         `json:"points_left_out"`
				}{out.path, made.Meta, made.Figures, made.Without, append([]string{}, made.Same...)})
			}
			return printMade(cmd.OutOrStdout(), out.path, made)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&opt.Label, "label", "", "label table, column of samples, or key of the rows that has the classes")
	f.StringVar(&opt.Positive, "positive", "", "its value for the positive class")
	f.StringVar(&opt.Negative, "negative", "", "its value for the negative class")
	f.StringVar(&opt.How, "how", vector.ByMean, "method: "+strings.Join(vector.Methods, ", "))
	f.Var(hooksFlag(&chosen), "points", "points: names, globs or short forms as in capture run; repeatable (default: all that are as wide as the model)")
	f.StringVar(&opt.Tokens, "tokens", "", "tokens whose rows are used, an expression as in capture.tokens (default: all that the run has)")
	f.StringVar(&opt.Pool, "pool", vector.PoolMean, "how a sample's rows become one: "+strings.Join(vector.Pools, ", ")+"; none: each row counts")
	f.StringArrayVar(&opt.Where, "where", nil, "use only samples with `KEY=VALUE`, a label table, a column or a key of the row (repeatable; all must be true)")
	f.StringVar(&opt.Name, "name", "", "name of the direction, where there is one point (default: the point's name)")
	f.IntVar(&opt.Rank, "rank", 1, "pca: how many components, a subspace if more than 1")
	f.Float64Var(&shrinkage, "shrinkage", 0, "lda: shrinkage of the covariance, 0 to 1 (default: by Ledoit and Wolf)")
	f.IntVar(&opt.Covariance, "covariance", vector.DefaultCovariance, "most rows of the covariance in the file, 0: none")
	out.add(cmd)
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	for _, name := range []string{"label", "positive", "negative"} {
		cmd.MarkFlagRequired(name)
	}
	cmd.RegisterFlagCompletionFunc("label", completeLabelNames)
	cmd.RegisterFlagCompletionFunc("how", cobra.FixedCompletions(vector.Methods, cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("pool", cobra.FixedCompletions(vector.Pools, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// runPoints turns selectors into names of a run's columns; nil where there are none.
func runPoints(dir string, selectors []string) ([]string, error) {
	run, err := rundir.OpenRecorded(dir)
	if err != nil {
		return nil, runError(err, dir)
	}
	found, err := exportColumns(run.Manifest, selectors)
	if err != nil {
		return nil, exportError(err, dir)
	}
	var out []string
	for _, s := range found {
		for _, h := range run.Manifest.Hooks {
			if ok, _ := path.Match(s, h.Name); ok && !slices.Contains(out, h.Name) {
				out = append(out, h.Name)
			}
		}
		if _, ok := hooks.ParsePoint(s); ok && !slices.ContainsFunc(run.Manifest.Hooks, func(h rundir.Hook) bool { return h.Name == s }) {
			out = append(out, s)
		}
	}
	return out, nil
}

// runError says what to do about a folder that says nothing of its run.
func runError(err error, dir string) error {
	if errors.Is(err, rundir.ErrNoRecord) {
		return hint.Usage(err, hint.Command{"recover", dir}, " saves what is whole, and says what the run was as far as it is known")
	}
	return err
}

func printMade(w io.Writer, path string, made *vector.Made) error {
	m := &made.Meta
	say(w, "%s of %s: %s %s, %s %s", m.How, m.Label, m.Positive.Name, plural.Count(m.Positive.N, "sample"), m.Negative.Name, plural.Count(m.Negative.N, "sample"))
	if made.Without > 0 {
		say(w, "; %s without such rows left out", plural.Count(made.Without, "sample"))
	}
	say(w, "\n")
	var rows [][]string
	for _, f := range made.Figures {
		rows = append(rows, []string{f.Name, figure(&f.Norm), figure(f.Gap), figure(f.SD), detail(f)})
	}
	if err := printTable(w, []string{"direction", "norm", "gap", "sd", ""}, rows); err != nil {
		return err
	}
	say(w, "%s  %s\n", path, plural.Count(len(made.Directions), "direction"))
	return nil
}

// detail says what a method adds.
func detail(f vector.Figures) string {
	var out []string
	if f.Pairs > 0 {
		out = append(out, plural.Count(f.Pairs, "pair"))
	}
	if len(f.Explained) > 0 {
		sum := 0.0
		for _, share := range f.Explained {
			sum += share
		}
		out = append(out, fmt.Sprintf("explains %.1f %%", 100*sum))
	}
	if f.Shrinkage != nil {
		out = append(out, fmt.Sprintf("shrinkage %.3g", *f.Shrinkage))
	}
	return strings.Join(out, ", ")
}

// figure writes a number that may be unknown.
func figure(x *float64) string {
	if x == nil {
		return "-"
	}
	return fmt.Sprintf("%.4g", *x)
}
