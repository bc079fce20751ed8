package main

import (
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture"
)

// keysTopic is what `capture help keys` prints.
func keysTopic() *cobra.Command {
	var rows [][]string
	for _, key := range capture.Keys() {
		if key.FileOnly {
			rows = append(rows, []string{key.Name, "in a file alone", "", ""})
			continue
		}
		flag := "--set " + key.Name + "="
		if name := flagOf(key.Name); name != "" {
			flag = "--" + name
		}
		rows = append(rows, []string{key.Name, flag, strings.Join(usableVariables(key), ", "), key.Default()})
	}
	var table strings.Builder
	printTable(&table, []string{"key", "flag", "variables", "default"}, rows) // into memory: cannot fail
	return &cobra.Command{
		Use:   "keys",
		Short: "Every key of a spec, with its flag, its variables and its default",
		Long: `The keys of a spec, and what sets each. On the command line the last flag or --set
counts; then come the variables, the spec, capture.yaml in the working folder or in the
user's config folder, and the default. A variable that is empty counts as not set, and
CAPTURE_* variables that set nothing are refused; commands that load a model without a
spec warn of them. These are read too, by all commands: CAPTURE_CACHE (folder of
converted weights and fetched models); CAPTURE_THREADS also by commands without a spec.

Lists of names are split at commas, or written [a, b], also in a variable; --set or a
flag given twice adds to the list. Lists of texts (prompts.text, generate.stop) are not
split: repeat the flag, or write ["a", "b"] in --set or a variable.

` + table.String(),
	}
}
