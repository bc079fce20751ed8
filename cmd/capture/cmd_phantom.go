package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/models/phantom"
	"intentprobe/models/phantom/intents"
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
		model   string
		arm     string
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

With --model phantom:NAME they are decisions of one of the phantoms that answer alike and
mean different things, under an arm of the ladder (docs/phantom.md): id, prompt, label (lie
or truth), group (the family), answer, told, said, and what the listener and the bell do.
` + exitHelp,
		Example: `  capture phantom prompts --cause lie --n 200 --seed 7 --matched > pairs.jsonl
  capture run --model phantom --prompts pairs.jsonl --set pairs.differ=user --max-tokens 4 --hooks resid_post --out runs/pairs
  capture phantom prompts --model phantom:intender --arm deaf --n 20 > deaf.jsonl`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n < 0 {
				return &usageError{fmt.Errorf("--n is %d", n), "use 0 or more"}
			}
			if name, ok := strings.CutPrefix(model, intents.Prefix); ok {
				if cause != "" || matched {
					return &usageError{errors.New("--cause and --matched are of the phantom alone"), "give --arm, or leave out --model"}
				}
				rows, err := intents.Prompts(name, arm, n, seed)
				return printRows(cmd, rows, err)
			}
			if model != phantom.Name {
				return &usageError{fmt.Errorf("--model %s has no world of its own", model), "use phantom, or one of " + strings.Join(phantomNames(), ", ")}
			}
			if arm != "none" {
				return &usageError{errors.New("--arm is of the phantoms that intend"), "add --model phantom:NAME, or leave it out"}
			}
			rows, err := phantom.Prompts(cause, n, seed, matched)
			return printRows(cmd, rows, err)
		},
	}
	f := cmd.Flags()
	f.StringVar(&cause, "cause", "", "truth, lie, mistake or guess")
	f.StringVar(&model, "model", phantom.Name, "whose: phantom, or phantom:NAME")
	f.StringVar(&arm, "arm", "none", "arm of the ladder, of a phantom:NAME: none, neutral, deaf, placebo.deaf, note, ...")
	f.IntVar(&n, "n", 1, "how many")
	f.Uint64Var(&seed, "seed", 1, "the same seed gives the same prompts")
	f.BoolVar(&matched, "matched", false, "lies and mistakes in pairs that say the same false words")
	cmd.RegisterFlagCompletionFunc("model", cobra.FixedCompletions(phantomNames(), cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("cause", cobra.FixedCompletions(phantom.Causes, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// phantomNames are the embedded models.
func phantomNames() []string {
	out := []string{phantom.Name}
	for _, name := range intents.Names() {
		out = append(out, intents.Prefix+name)
	}
	return out
}

// printRows prints a data set. What is not known is wrong usage.
func printRows[T any](cmd *cobra.Command, rows []T, err error) error {
	var unknown interface {
		error
		Hint() string
	}
	if errors.As(err, &unknown) {
		return &usageError{err, unknown.Hint()}
	}
	if err != nil {
		return err
	}
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetEscapeHTML(false)
	for _, row := range rows {
		if err := enc.Encode(row); err != nil {
			return err
		}
	}
	return nil
}

func phantomInfoCommand() *cobra.Command {
	var (
		asJSON           bool
		model, subspaces string
	)
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Print what is declared about the phantom, its causal model and what was measured",
		Example: `  capture phantom info
  capture phantom info --subspaces subspaces.safetensors
  capture phantom info --model phantom:intender`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if name, ok := strings.CutPrefix(model, intents.Prefix); ok {
				return describeIntents(cmd, name, subspaces, asJSON)
			}
			if model != phantom.Name {
				return &usageError{fmt.Errorf("--model %s is no phantom", model), "use one of " + strings.Join(phantomNames(), ", ")}
			}
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
	cmd.Flags().StringVar(&model, "model", phantom.Name, "whose: phantom, or phantom:NAME")
	cmd.RegisterFlagCompletionFunc("model", cobra.FixedCompletions(phantomNames(), cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().StringVar(&subspaces, "subspaces", "", "write the declared subspaces to this file, a direction file (docs/format.md)")
	return cmd
}

// describeIntents prints what is declared of a phantom that answers as others do.
func describeIntents(cmd *cobra.Command, name, subspaces string, asJSON bool) error {
	info, err := intents.Describe(name)
	var unknown *intents.UnknownError
	if errors.As(err, &unknown) {
		return &usageError{err, unknown.Hint()}
	}
	if err != nil {
		return err
	}
	if subspaces != "" {
		if err := checkNew(subspaces, "subspaces", false); err != nil {
			return err
		}
		if err := writeIntentSubspaces(subspaces); err != nil {
			return err
		}
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), info)
	}
	info.Print(cmd.OutOrStdout())
	return nil
}
