package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"intentprobe/models/phantom"
)

func phantomCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "phantom",
		Short: "Print prompts for, and facts about, the embedded model whose intent is known",
		Long: `The phantom (--model phantom) is a tiny embedded model of a world of speakers,
boxes and contents. It was trained so that intent, belief and the words to say are
kept in declared subspaces of one layer. It shows whether an instrument reads what is
there, where it is. It is no evidence about real models (docs/phantom.md).
` + exitHelp,
	}
	cmd.AddCommand(phantomPromptsCommand(), phantomInfoCommand())
	return cmd
}

func phantomPromptsCommand() *cobra.Command {
	var (
		cause   string
		n       int
		seed    uint64
		matched bool
	)
	cmd := &cobra.Command{
		Use:   "prompts",
		Short: "Print prompts with a given cause as JSON lines, a data set for `capture run`",
		Long: `Print prompts with a given cause as JSON lines: id, prompt, label (the cause), group
(the words said), answer (what is in the box), said (what the phantom will say; null
for a guess), intent, belief. With --matched each lie is followed by the mistake that
says the same false words, or each mistake by its lie: 2n lines, in pairs.
` + exitHelp,
		Example: `  capture phantom prompts --cause lie --n 200 --seed 7 --matched > pairs.jsonl
  capture run --model phantom --prompts pairs.jsonl --set pairs.differ=user --max-tokens 4 --hooks resid_post --out runs/pairs`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n < 0 {
				return &usageError{fmt.Errorf("--n is %d", n), "use 0 or more"}
			}
			rows, err := phantom.Prompts(cause, n, seed, matched)
			var unknown *phantom.UnknownCauseError
			if errors.As(err, &unknown) {
				return &usageError{err, unknown.Hint()}
			}
			enc := json.NewEncoder(cmd.OutOrStdout())
			for _, row := range rows {
				if err := enc.Encode(row); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&cause, "cause", "", "truth, lie, mistake or guess")
	f.IntVar(&n, "n", 1, "how many")
	f.Uint64Var(&seed, "seed", 1, "the same seed gives the same prompts")
	f.BoolVar(&matched, "matched", false, "lies and mistakes in pairs that say the same false words")
	cmd.MarkFlagRequired("cause")
	cmd.RegisterFlagCompletionFunc("cause", cobra.FixedCompletions(phantom.Causes, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func phantomInfoCommand() *cobra.Command {
	var (
		asJSON    bool
		subspaces string
	)
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Print what is declared about the phantom, its causal model and what was measured",
		Example: `  capture phantom info
  capture phantom info --subspaces subspaces.safetensors`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if subspaces != "" {
				if err := writeSubspaces(subspaces); err != nil {
					return err
				}
			}
			info, err := phantom.Describe()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), info)
			}
			info.Print(cmd.OutOrStdout())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.Flags().StringVar(&subspaces, "subspaces", "", "write the declared subspaces to this file, a direction file (docs/format.md)")
	return cmd
}
