package main

import (
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/storage/plural"
)

// examine prints what is found in a model file.
func examine(cmd *cobra.Command, name string, with adapterFlags, asJSON bool) error {
	adapters, err := with.read()
	if err != nil {
		return err
	}
	e, err := capture.Examine(cmd.Context(), name, adapters, around())
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	if asJSON {
		return printJSON(w, e)
	}
	line := func(name, format string, args ...any) {
		say(w, "%-12s "+format+"\n", append([]any{name}, args...)...)
	}
	orNone := func(list []string) string {
		if len(list) == 0 {
			return "none"
		}
		return strings.Join(list, ", ")
	}
	line("model", "%s", e.Path)
	line("architecture", "%s", e.Architecture)
	line("tokenizer", "%s%s, %d tokens", e.Tokenizer, suffix(e.Pre), e.Tokens)
	switch {
	case e.BOS == "":
		line("BOS", "none")
	case len(e.WritesBOS) == 0:
		line("BOS", "%s, in front of no prompt", e.BOS)
	default:
		line("BOS", "%s, once in front of a prompt: from the %s", e.BOS, strings.Join(e.WritesBOS, " and the "))
	}
	line("end tokens", "%s", orNone(e.Ends))
	line("end of turn", "%s", orNone(strings.Fields(e.TurnEnd)))
	line("templates", "%s", orNone(e.Templates))
	for _, a := range e.Adapters {
		line("adapter", "%s (%s, alpha %v), changes %s", a.Path, a.Architecture, a.Alpha, plural.Count(a.Weights, "weight"))
	}
	for _, f := range e.Findings {
		say(w, "\n%s: %s\n  means: %s\n     do: %s\n", f.ID, f.Says, f.Means, f.Do)
	}
	if len(e.Findings) == 0 {
		say(w, "\nnothing is wrong\n")
	}
	return nil
}
