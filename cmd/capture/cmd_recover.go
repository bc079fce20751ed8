package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/storage"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

func recoverCommand() *cobra.Command {
	var (
		opt    storage.RecoverOptions
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "recover RUN --out DIR",
		Short: "Save what is whole of a damaged run into a new folder",
		Long: `Save what is whole of a run into a new folder, and say what was lost and why. Groups
of samples whose checksums are right are copied. From a file that was cut short, the
samples in its whole record batches are saved. A file of full length with another
checksum is left out, because nobody can know which of its values are right. Manifest
and journal may be missing or damaged. Nothing in RUN is changed.

If spec and prompts are there, ` + "`capture resume DIR`" + ` then decodes what was lost, to the
byte. If a run was only stopped, ` + "`capture resume RUN`" + ` is enough.
` + exitHelp,
		Example:           "  capture recover runs/facts --out runs/saved",
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if opt.Out == "" {
				return &usageError{errors.New("no output folder"), "add --out DIR"}
			}
			if err := checkRun(args[0]); err != nil {
				return err
			}
			if err := capture.CheckOut(opt.Out, opt.Overwrite); err != nil {
				return err
			}
			m, err := storage.Recover(cmd.Context(), args[0], opt)
			if err != nil {
				return err
			}
			saved := recovered{opt.Out, m.Status, m.Samples, m.Extent(), m.Rows, m.Host.Recovered, rundir.CanResume(opt.Out) && m.Resumable() == nil}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), saved)
			}
			printRecovered(cmd.OutOrStdout(), saved)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&opt.Out, "out", "", "folder to write")
	f.BoolVar(&opt.Overwrite, "overwrite", false, "replace the run that is in the folder")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// recovered is what a recovery came to.
type recovered struct {
	Out     string `json:"out"`
	Status  string `json:"status"`
	Samples int64  `json:"samples"`
	Extent  string `json:"extent"` // "8 of 24 samples"
	Rows    int64  `json:"rows"`
	*rundir.Recovery
	Resumable bool `json:"resumable"`
}

func printRecovered(w io.Writer, r recovered) {
	for _, l := range r.Lost {
		text := fmt.Sprintf("lost: %s: %s", l.File, l.Why)
		if l.Samples > 0 {
			text += fmt.Sprintf(" (%s)", plural.Count(l.Samples, "sample"))
		}
		say(w, "%s\n", text)
	}
	say(w, "%s: %s: %s, %s; %s copied, %d written anew\n", r.Out, r.Status, r.Extent, plural.Count(r.Rows, "row"), plural.Count(r.Whole, "group"), r.Parts)
	if r.Resumable {
		say(w, "`capture resume %s` decodes what is missing\n", r.Out)
	}
}
