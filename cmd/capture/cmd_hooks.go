package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/hooks"
	"intentprobe/models"
)

// hookRow is one point in the output of `capture hooks --json`.
type hookRow struct {
	Name          string           `json:"name"`
	Shape         []int            `json:"shape"`
	BytesPerToken int              `json:"bytes_per_token"` // as float32
	Tensor        string           `json:"tensor,omitempty"`
	Checked       bool             `json:"checked"`
	Identities    []hooks.Identity `json:"identities,omitempty"` // that it takes part in
	Fault         string           `json:"fault,omitempty"`
}

func hooksCommand() *cobra.Command {
	var asJSON, all, graph bool
	var with adapterFlags
	cmd := &cobra.Command{
		Use:   "hooks MODEL",
		Short: "List the points of a model that can be recorded, each checked on the model",
		Long: `List the hook points of a model (the tensors that can be recorded) by their
TransformerLens names. Each is checked on the model itself: a few tokens are decoded,
the point's tensor must contain finite values, and the residual stream must satisfy its
identities (resid_pre + attn_out = resid_mid and so on, up to the logits). "identity" is
the worst identity in which a point takes part, "error" its relative error. A point that
fails is not offered.
` + exitHelp,
		Example: `  capture hooks smollm2-135m-instruct
  capture hooks smollm2-135m-instruct --all --json`,
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeModels,
		RunE: func(cmd *cobra.Command, args []string) error {
			warnOfVariables(cmd)
			n, err := threadsOr(0)
			if err != nil {
				return err
			}
			path, err := capture.FindModel(args[0])
			if err != nil {
				return err
			}
			adapters, err := with.read()
			if err != nil {
				return err
			}
			model, err := capture.LoadModel(cmd.Context(), path, models.LoadOptions{Adapters: adapters}, around())
			if err != nil {
				return err
			}
			defer model.Close()
			if graph {
				return printGraph(cmd, model, n, asJSON)
			}
			m, identities, err := capture.SurveyModel(cmd.Context(), model, n)
			if err != nil {
				return err
			}
			rows := hookRows(m, identities, all || asJSON)
			if asJSON {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			return printHooks(cmd, rows, identities)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON, points that are not offered included")
	with.add(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "also list the points that this model does not have, and why")
	cmd.Flags().BoolVar(&graph, "graph", false, "list the tensors of the model's compute graph instead")
	return cmd
}

// hookRows lists what a model offers and what failed its check; with absent also
// what it does not have.
func hookRows(m *hooks.Map, identities []hooks.Identity, absent bool) []hookRow {
	var rows []hookRow
	for _, p := range hooks.All(m.Layers) {
		var takesPart []hooks.Identity
		for _, id := range identities {
			for _, q := range id.Points {
				if p == q {
					takesPart = append(takesPart, id)
				}
			}
		}
		if l, ok := m.Find(p); ok {
			if p.Site == hooks.Logits { // a run keeps the largest
				l.Shape = []int{min(l.Shape[0], capture.DefaultSpec().Capture.TopLogits)}
			}
			rows = append(rows, hookRow{p.String(), l.Shape, 4 * l.Width(), l.Tensor, true, takesPart, ""})
		} else if absent || len(takesPart) > 0 {
			rows = append(rows, hookRow{Name: p.String(), Identities: takesPart, Fault: m.Absent[p]})
		}
	}
	return rows
}

func printHooks(cmd *cobra.Command, rows []hookRow, identities []hooks.Identity) error {
	var table [][]string
	for _, r := range rows {
		if !r.Checked {
			table = append(table, []string{r.Name, "-", "-", "NO: " + r.Fault, "", ""})
			continue
		}
		worst := hooks.Identity{}
		for _, id := range r.Identities {
			if worst.Name == "" || id.Error > worst.Error {
				worst = id
			}
		}
		text := ""
		if worst.Name != "" {
			text = fmt.Sprintf("%.1e  %s", worst.Error, worst.Name)
		}
		table = append(table, []string{r.Name, fmt.Sprint(r.Shape), fmt.Sprint(r.BytesPerToken), "yes", r.Tensor, text})
	}
	if err := printTable(cmd.OutOrStdout(), []string{"name", "shape", "bytes/token", "checked", "graph tensor", "error, identity"}, table); err != nil {
		return err
	}
	broken := 0
	for _, id := range identities {
		if !id.Holds() {
			broken++
		}
	}
	say(cmd.OutOrStdout(), "\n%d of %d identities hold\n", len(identities)-broken, len(identities))
	for _, id := range identities {
		if !id.Holds() {
			say(cmd.OutOrStdout(), "broken: %s\n", id.String())
		}
	}
	return nil
}

// printGraph lists the nodes of a short decode. It needs no table of hook points.
func printGraph(cmd *cobra.Command, model *models.Model, threads int, asJSON bool) error {
	engine, err := model.NewContext(models.ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 32, Threads: threads, Pattern: true})
	if err != nil {
		return err
	}
	defer engine.Close()
	var batch models.Batch
	for i := range 4 {
		batch.Add(models.Token(i), i, 0, i >= 2)
	}
	g, err := engine.Graph(context.WithoutCancel(cmd.Context()), &batch)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), g)
	}
	var table [][]string
	for i, n := range g.Nodes {
		var inputs []string
		for _, in := range n.Inputs {
			if in >= 0 {
				inputs = append(inputs, g.Nodes[in].Name)
			} else {
				inputs = append(inputs, g.Leaves[-1-in])
			}
		}
		table = append(table, []string{fmt.Sprint(i), n.Name, n.Op, fmt.Sprint(n.Shape), strings.Join(inputs, ", ")})
	}
	say(cmd.ErrOrStderr(), "4 tokens, 2 of them with logits; shapes in ggml's order\n")
	return printTable(cmd.OutOrStdout(), []string{"node", "name", "operation", "shape", "inputs"}, table)
}
