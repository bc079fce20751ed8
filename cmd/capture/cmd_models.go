package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/models/find"
)

// modelRow is one model in the output of `capture models --json`.
type modelRow struct {
	find.Found
	*models.Header
	Error string `json:"error,omitempty"`
	What  string `json:"what,omitempty"` // the file is, where it is no GGUF that can be read
}

// offered says whether capture can use a model, or why not.
func (r *modelRow) offered() string {
	switch {
	case r.What != "":
		return "no (" + r.What + ")"
	case r.Header == nil:
		return "cannot be read"
	case r.NotModel != "":
		return "no (" + r.NotModel + ")"
	case r.Adapter:
		return "no (has an adapter on it)"
	}
	if _, err := hooks.ForArch(r.Architecture); err != nil {
		return "no hook table"
	}
	return "yes"
}

func modelsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "models [FOLDER...]",
		Short: "List the GGUF models on this machine",
		Long: `List the GGUF models in the given folders, or in this program's cache folder and
the stores of Ollama, LM Studio, Hugging Face and llama.cpp. The name is what --model
takes: the shortest one that no other file has (for a file in a FOLDER that you name,
its path). Longer names with the folders around the file work too, and so do those that
` + "`ollama list`" + ` prints.

The column "capture" says whether hook points are known for the model's architecture,
or, if the file is no model, what it is.
` + exitHelp,
		Example: `  capture models
  capture models . --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			places := find.Places()
			if len(args) > 0 {
				places = nil
				for _, dir := range args {
					if info, err := os.Stat(dir); err != nil || !info.IsDir() {
						return &usageError{fmt.Errorf("%q is no folder that can be read", dir), "name a folder, or none to look where models usually are"}
					}
					places = append(places, find.Place{Source: "folder", Dir: dir})
				}
			}
			rows := []modelRow{}
			for _, f := range find.Models(places) {
				row := modelRow{Found: f}
				if f.Missing {
					row.Error, row.What = "Ollama's manifest names this file, which is not there", "its file is missing"
					rows = append(rows, row)
					continue
				}
				var err error
				if row.Header, err = models.ReadHeader(f.Path); err != nil {
					row.Error = err.Error()
					var load *models.LoadError
					if errors.As(err, &load) {
						row.What = load.What
					}
				}
				rows = append(rows, row)
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			return printModels(cmd, rows, places)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func printModels(cmd *cobra.Command, rows []modelRow, places []find.Place) error {
	if len(rows) == 0 {
		say(cmd.ErrOrStderr(), "capture: no GGUF files found in:\n")
		for _, p := range places {
			say(cmd.ErrOrStderr(), "  %-12s %s\n", p.Source, p.Dir)
		}
		say(cmd.ErrOrStderr(), "capture: hint: name a folder, or fetch a model, for example with Ollama or LM Studio\n")
		return nil
	}
	var table [][]string
	for i := range rows {
		r := &rows[i]
		if r.Header == nil {
			table = append(table, []string{r.Name, r.Source, bytesText(r.Bytes), "?", "?", r.offered(), r.Path})
			continue
		}
		table = append(table, []string{r.Name, r.Source, bytesText(r.Bytes), r.Architecture, r.FileType, r.offered(), r.Path})
	}
	return printTable(cmd.OutOrStdout(), []string{"name", "source", "size", "architecture", "weights", "capture", "path"}, table)
}
