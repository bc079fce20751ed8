package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// inspection is what `capture inspect --json` prints.
type inspection struct {
	Path     string                `json:"path"`
	Status   string                `json:"status,omitempty"` // of a run: that of its manifest, or unfinished
	Extent   string                `json:"extent,omitempty"` // of a run that says what it is: "8 of 24 samples"
	Manifest *rundir.Manifest      `json:"manifest,omitempty"`
	Arms     []rundir.ArmCount     `json:"arms,omitempty"` // of interventions, with how many samples each has
	Files    []*rundir.Description `json:"files"`
	Foreign  []string              `json:"foreign,omitempty"` // in a run's folder, and not of the run
}

func inspectCommand() *cobra.Command {
	var (
		asJSON bool
		rows   int
		sample int64
	)
	cmd := &cobra.Command{
		Use:   "inspect RUN|FILE",
		Short: "Show what is inside a run or an Arrow file: schema, counts, sizes, first rows",
		Long: `Show what is inside a run's folder or one Arrow file. Nothing is changed. --sample shows
one sample of a run: what is said of it, and the tokens that interventions edited or probes scored.
` + exitHelp,
		Example: `  capture inspect runs/earth
  capture inspect runs/steered --sample 3
  capture inspect runs/earth/samples-00000.arrow --rows 1`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("sample") {
				return inspectSample(cmd.OutOrStdout(), args[0], sample, asJSON)
			}
			in, err := inspect(args[0], rows)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), in)
			}
			printInspection(cmd.OutOrStdout(), in)
			noteForeign(cmd, in.Path, in.Foreign)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.Flags().Int64Var(&sample, "sample", 0, "show the sample of a run with this id, and its edited and scored tokens")
	cmd.Flags().IntVar(&rows, "rows", 5, "how many rows of each table to show")
	return cmd
}

func inspect(path string, rows int) (*inspection, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &usageError{fmt.Errorf("%q: no such run or file", path), "name a run directory or an .arrow file"}
	}
	if rows < 0 {
		return nil, &usageError{fmt.Errorf("--rows %d", rows), "give a number of rows"}
	}
	in := &inspection{Path: path}
	var armsErr error
	files := []string{path}
	if !info.IsDir() && !kindOf(path).inspected {
		return nil, notARunFile(path)
	}
	if info.IsDir() {
		if err := checkRun(path); err != nil {
			return nil, err
		}
		run, err := rundir.Open(path)
		if err != nil {
			return nil, err
		}
		in.Status = rundir.Unfinished
		if in.Manifest = run.Manifest; run.Manifest != nil {
			in.Status, in.Extent = run.Manifest.Status, run.Manifest.Extent()
		}
		if in.Foreign, err = run.Foreign(); err != nil {
			return nil, err
		}
		in.Arms, armsErr = run.ArmCounts()
		names, err := run.Files()
		if err != nil {
			return nil, err
		}
		files = nil
		for _, name := range names {
			files = append(files, filepath.Join(path, name))
		}
	}
	var errs []error
	for _, f := range files {
		d, err := rundir.Describe(f, rows)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		in.Files = append(in.Files, d)
	}
	if len(errs) == 0 { // else it is said of the file
		errs = append(errs, armsErr)
	}
	return in, errors.Join(errs...)
}

func printInspection(w io.Writer, in *inspection) {
	if m := in.Manifest; m != nil {
		say(w, "run          %s\nstatus       %s\n", in.Path, in.Status)
		if m.Error != "" {
			say(w, "error        %s\n", m.Error)
		}
		say(w, "model        %s (%s, %s, weights %s)\n", m.Model.File, m.Model.Architecture, m.Model.Quantisation, m.Model.Weights)
		for _, a := range m.Adapters {
			say(w, "adapter      %s, scale %v (%s, rank %d, %s; sha256 %s)\n", a.File, a.Scale, a.Architecture, a.Rank, plural.Count(a.Weights, "weight"), shorten(a.SHA256, 19))
		}
		say(w, "engine       %s %s, %s\n", m.Engine.Name, m.Engine.Version, plural.Count(m.Engine.Threads, "thread"))
		say(w, "prompts      %d\nsamples      %s%s\nrows         %d\n", m.Dataset.Rows, in.Extent, shardText(m), m.Rows)
		if m.Directions != nil {
			say(w, "directions   %s, sha256 %s\n", m.Directions.File, m.Directions.SHA256)
		}
		for _, p := range m.Probes {
			say(w, "probe        %s at %s, from %s (sha256 %s)\n", p.Name, p.Point, p.Direction, shorten(p.SHA256, 19))
		}
	} else if in.Status != "" {
		say(w, "run          %s\nstatus       %s: no %s and no %s; each file below is whole\n", in.Path, in.Status, rundir.ManifestName, rundir.JournalName)
	}
	printArms(w, in.Arms)
	for _, d := range in.Files {
		say(w, "\n%s  %s in %s, %s\n", d.File, plural.Count(d.Rows, "row"), plural.Count(d.Batches, "record batch"), bytesText(d.Bytes))
		for _, c := range groupColumns(d.Columns) {
			say(w, "  %-32s %s\n", c.Name, c.Type)
		}
		for _, row := range d.First {
			say(w, "  %s\n", shorten(string(row), 200))
		}
	}
}

// printArms lists arms with how many samples each has.
func printArms(w io.Writer, arms []rundir.ArmCount) {
	for i, a := range arms {
		head, kind := "arms", a.Kind
		if i > 0 {
			head = ""
		}
		if a.Of != "" {
			kind += " of " + a.Of
		}
		say(w, "%-12s %-24s %-24s %s\n", head, printable(a.Name), printable(kind), plural.Count(a.Samples, "sample"))
	}
}

// groupColumns folds runs of columns of the same type beyond three into one line.
func groupColumns(columns []arrowfile.ColumnInfo) (out []arrowfile.ColumnInfo) {
	for i := 0; i < len(columns); {
		j := i
		for j < len(columns) && columns[j].Type == columns[i].Type {
			j++
		}
		if n := j - i; n > 8 {
			out = append(out, columns[i], arrowfile.ColumnInfo{Name: fmt.Sprintf("... %d more ...", n-2), Type: columns[i].Type}, columns[j-1])
		} else {
			out = append(out, columns[i:j]...)
		}
		i = j
	}
	return out
}
