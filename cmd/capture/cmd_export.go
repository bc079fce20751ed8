package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"intentprobe/capture/label"
	"intentprobe/hooks"
	"intentprobe/storage/export"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

func exportCommand() *cobra.Command {
	var (
		cfg    export.Config
		chosen []string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "export RUN --to parquet|npz|safetensors",
		Short: "Write a run in another format: Parquet, NumPy (npz) or safetensors",
		Long: `Write the tables of a finished run in another format, all groups of samples as one.
The run is not changed. Memory does not grow with the run; files appear whole or not
at all. A run that is not finished is refused (exit code 3); --partial writes what is
there, and the metadata say so. A shard is finished when it has all its samples.

  parquet      a folder of activations.parquet and samples.parquet; activations are
               lists of fixed size, or Arrow's tensors with --tensors
  npz          one file with an array for each column; names of columns of samples
               begin with "samples."
  safetensors  one file with the columns of numbers
` + exitHelp,
		Example: `  capture export runs/earth --to parquet
  capture export runs/earth --to npz --hooks resid_post:10-20 --out earth.npz
  capture export runs/steered --to parquet --where arm=lie@2`,
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			done, m, err := exportRun(cmd.Context(), args[0], cfg, chosen)
			if err != nil {
				return exportError(err, args[0])
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), done)
			}
			printExport(cmd.OutOrStdout(), done, m)
			return nil
		},
	}
	cmd.Flags().StringVar(&cfg.Format, "to", "", "format: "+strings.Join(export.Formats, ", "))
	cmd.Flags().StringVar(&cfg.Out, "out", "", "folder (parquet) or file to write (default: beside the run, by its name)")
	cmd.Flags().Var(hooksFlag(&chosen), "hooks", "activation columns to write: names, globs or short forms as in capture run; repeatable (default: all)")
	cmd.Flags().StringArrayVar(&cfg.Where, "where", nil, "write only samples with `KEY=VALUE`, a column or a key of the row, and their rows (repeatable; all must be true)")
	cmd.Flags().BoolVar(&cfg.Tensors, "tensors", false, "parquet: activations as Arrow's fixed_shape_tensor, which fewer readers know than lists of fixed size")
	cmd.Flags().BoolVar(&cfg.Overwrite, "overwrite", false, "replace files of an earlier export")
	cmd.Flags().BoolVar(&cfg.Partial, "partial", false, "export what is there of a run that is not finished")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.RegisterFlagCompletionFunc("to", cobra.FixedCompletions(export.Formats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func exportRun(ctx context.Context, dir string, cfg export.Config, chosen []string) (*export.Result, *rundir.Manifest, error) {
	if !slices.Contains(export.Formats, cfg.Format) {
		return nil, nil, &usageError{fmt.Errorf("--to %q: no such format", cfg.Format), "formats: " + strings.Join(export.Formats, ", ")}
	}
	if cfg.Tensors && cfg.Format != "parquet" {
		return nil, nil, &usageError{fmt.Errorf("--tensors with --to %s", cfg.Format), "leave it out: arrays of this format have their shape"}
	}
	if err := cmp.Or(export.CheckName(cfg), checkRun(dir)); err != nil {
		return nil, nil, err
	}
	run, err := rundir.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	if run.Manifest != nil {
		if cfg.Columns, err = exportColumns(run.Manifest, chosen); err != nil {
			return nil, nil, err
		}
	}
	if len(cfg.Where) > 0 {
		conditions, err := label.ParseConditions(cfg.Where)
		if err != nil {
			return nil, nil, err
		}
		samples, err := run.Samples()
		if err != nil {
			return nil, nil, err
		}
		if cfg.Keep, err = conditions.Of(run.Dir, samples); err != nil {
			return nil, nil, err
		}
	}
	done, err := export.Write(ctx, run, cfg)
	return done, run.Manifest, err
}

// exportColumns turns the selectors that no column's name matches, short forms,
// into names of columns.
func exportColumns(m *rundir.Manifest, selectors []string) (out []string, err error) {
	var names []string
	offered := &hooks.Map{Layers: m.Model.Layers}
	for _, h := range m.Hooks {
		names = append(names, h.Name)
		if p, ok := hooks.ParsePoint(h.Name); ok {
			offered.Points = append(offered.Points, hooks.Located{Point: p})
		}
	}
	for _, list := range selectors {
		for _, s := range hooks.Split(list) {
			if slices.ContainsFunc(names, func(n string) bool { ok, _ := path.Match(s, n); return ok }) {
				out = append(out, s)
				continue
			}
			points, err := offered.Select([]string{s})
			var layer *hooks.LayerError
			if errors.As(err, &layer) {
				return nil, err
			}
			if err != nil {
				return nil, &export.UnknownColumnError{Glob: s, Columns: names}
			}
			for _, p := range points {
				out = append(out, p.Point.String())
			}
		}
	}
	return out, nil
}

// exportError says what to do about an error that the user can correct.
func exportError(err error, dir string) error {
	var (
		unknown *export.UnknownColumnError
		going   *rundir.NotFinishedError
		place   *export.PlaceError
	)
	switch {
	case errors.As(err, &unknown):
		hint := "the run has no activation columns"
		if near := hooks.Nearest(unknown.Glob, unknown.Columns); len(near) > 0 {
			hint = "nearest columns: " + strings.Join(near, ", ") + "; `capture inspect` lists all"
		}
		return &usageError{err, hint}
	case errors.As(err, &place):
		return &usageError{err, place.Hint()}
	case errors.Is(err, export.ErrNoSample):
		return &usageError{err, fmt.Sprintf("`capture inspect %s` shows what the samples have", dir)}
	case errors.Is(err, export.ErrExists):
		return &usageError{err, "give --overwrite to replace it, or another --out"}
	case errors.As(err, &going):
		hint := going.Hint()
		if going.Manifest.Samples > 0 {
			hint += "; --partial exports what is there"
		}
		return &exportHint{err, hint}
	case errors.Is(err, rundir.ErrNoRecord):
		return &noRecord{err, dir}
	case errors.Is(err, syscall.ENOSPC):
		return &exportHint{err, "free some space, or choose another --out"}
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return &exportHint{err, "choose an --out below a folder that you may write into"}
	}
	return err
}

// exportHint is an error with what to do next.
type exportHint struct {
	error
	hint string
}

func (e *exportHint) Hint() string { return e.hint }

func (e *exportHint) Unwrap() error { return e.error }

func printExport(w io.Writer, done *export.Result, m *rundir.Manifest) {
	samples := m.Extent()
	if len(done.Where) > 0 {
		samples = fmt.Sprintf("%d of %s", done.Samples, plural.Count(m.Samples, "sample"))
	}
	say(w, "export: %s, %s, %s", plural.Count(done.Rows, "row"), samples, plural.Count(len(done.Columns), "activation column"))
	if done.Partial != "" {
		say(w, "; partial: the run is not finished")
	}
	say(w, "%s\n", shardText(m))
	for _, f := range done.Files {
		name := done.Out
		if done.Format == "parquet" {
			name = filepath.Join(done.Out, f.Name)
		}
		say(w, "%s  %s\n", name, bytesText(f.Bytes))
	}
}
