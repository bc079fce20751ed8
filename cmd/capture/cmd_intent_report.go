package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"intentprobe/capture/hint"
	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/page"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

func intentReportCommand() *cobra.Command {
	var (
		out       string
		overwrite bool
		asJSON    bool
	)
	cmd := &cobra.Command{
		Use:   "report DIR",
		Short: "Make the report of a ladder again, from its folder and without the model",
		Long: `Judge again what lies in a folder of ` + "`capture intent`" + `: its plan, which was written before
anything ran, its data sets and its runs. No model is loaded. What is not as the plan declares
it or as its run left it is refused; margins and rules of this program that are not those of
the plan are told. A folder of several models is judged model by model.
` + exitHelp,
		Example: `  capture intent report runs/reflex
  capture intent report runs/reflex --out reflex.html --json`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out != "" {
				if err := disk.CheckEnding(out, "a page", ".html"); err != nil {
					return err
				}
				if err := checkNew(out, "--out", overwrite); err != nil {
					return err
				}
			}
			if severalIn(args[0]) {
				all, err := judgeEach(cmd, args[0])
				if err == nil && out != "" {
					err = writeModelsPage(out, all)
				}
				if err != nil {
					return err
				}
				return showModels(cmd, all, asJSON)
			}
			r, err := judgeIntent(cmd.Context(), args[0], controlIn(args[0], false))
			if err != nil {
				return err
			}
			if out != "" {
				if err := writeIntentPage(out, r); err != nil {
					return err
				}
			}
			return showReport(cmd, r, asJSON)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&out, "out", "", "write a page for a browser: `FILE.html`, which needs no network")
	f.BoolVar(&overwrite, "overwrite", false, "replace a file that is there")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// judgeIntent judges what lies in a study's folder.
func judgeIntent(ctx context.Context, dir string, control func(*rundir.Manifest) (ladder.Control, error)) (*intent.Report, error) {
	r, err := intent.Read(ctx, dir, control)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hint.Usage(err, "name a folder that ", hint.Command{"intent"}, " wrote")
	}
	if err != nil {
		return nil, err
	}
	r.Program = version
	return r, nil
}

// showReport prints a report.
func showReport(cmd *cobra.Command, r *intent.Report, asJSON bool) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), r)
	}
	return printLadder(cmd.OutOrStdout(), r)
}

// keepReport writes a report into its study's folder: as JSON, as a page, and its claims and
// families as Arrow files.
func keepReport(r *intent.Report, dir string) error {
	var text bytes.Buffer
	if err := printJSON(&text, r); err != nil {
		return err
	}
	if err := disk.WriteWhole(disk.OS{}, filepath.Join(dir, intent.ReportName), text.Bytes()); err != nil {
		return err
	}
	if err := writeIntentPage(filepath.Join(dir, intent.PageName), r); err != nil {
		return err
	}
	return r.WriteRows(disk.OS{}, dir)
}

func writeIntentPage(path string, r *intent.Report) error {
	return writePage(path, func(w io.Writer) error { return page.WriteIntent(w, r) })
}
