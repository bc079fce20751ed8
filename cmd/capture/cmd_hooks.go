package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/hooks"
	"intentprobe/models"
)

// hookRow is one point in the output of `capture hooks --json`.
type hookRow struct {
	Name          string `json:"name"`
	Shape         []int  `json:"shape"`
	BytesPerToken int    `json:"bytes_per_token"` // as float32
	Tensor        string `json:"tensor"`
	Checked       bool   `json:"checked"`
	Fault         string `json:"fault,omitempty"`
}

func hooksCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "hooks MODEL",
		Short: "List a model's hook points: name, shape, bytes a token, checked or not",
		Long: `List the hook points of a model by their TransformerLens names. Each is checked on
the model itself: a few tokens are decoded and the tensor must be computed, as one
float32 vector a token, with finite values.
` + exitHelp,
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeModels,
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := capture.FindModel(args[0])
			if err != nil {
				return err
			}
			model, err := models.Load(path, models.LoadOptions{})
			if err != nil {
				return err
			}
			defer model.Close()
			rows, err := checkedHooks(cmd, model)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			var table [][]string
			for _, r := range rows {
				checked := "yes"
				if !r.Checked {
					checked = "NO: " + r.Fault
				}
				table = append(table, []string{r.Name, fmt.Sprint(r.Shape), fmt.Sprint(r.BytesPerToken), checked, r.Tensor})
			}
			return printTable(cmd.OutOrStdout(), []string{"name", "shape", "bytes/token", "checked", "graph tensor"}, table)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func checkedHooks(cmd *cobra.Command, model *models.Model) ([]hookRow, error) {
	facts := model.Facts()
	arch, err := hooks.ForArch(facts.Architecture)
	if err != nil {
		return nil, err
	}
	engine, err := model.NewContext(models.ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 32, Threads: capture.DefaultThreads()})
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	points := hooks.All(facts.Layers)
	faults, err := capture.CheckPoints(cmd.Context(), engine, arch, points, facts)
	if err != nil {
		return nil, err
	}
	rows := make([]hookRow, len(points))
	for i, p := range points {
		rows[i] = hookRow{p.String(), []int{facts.Width}, 4 * facts.Width, arch.Tensor(p), faults[p] == "", faults[p]}
	}
	return rows, nil
}
