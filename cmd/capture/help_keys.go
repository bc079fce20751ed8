package main

import (
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture/spec"
)

// keysTopic is what `capture help keys` prints.
func keysTopic() *cobra.Command {
	var rows [][]string
	for _, key := range spec.Keys() {
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
		Long: `The keys of a spec, and what sets each. The first of these that sets a key is used: the
command line (the last flag or --set), a variable, the spec, capture.yaml in the working
folder (or, if there is none, in the user's config folder), the default. An empty
variable counts as not set; CAPTURE_* variables that set nothing are refused (commands
that load a model without a spec warn of them). All commands also read CAPTURE_CACHE
(folder of converted weights and fetched models); commands without a spec also read
CAPTURE_THREADS.

Lists of names are split at commas, or written [a, b], also in a variable; --set or a
flag given twice adds to the list. Lists of texts (prompts.text, generate.stop) are not
split: repeat the flag, or write ["a", "b"] in --set or a variable. docs/spec.md shows a
value of every key.

` + table.String(),
	}
}
