package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture/spec"
	"intentprobe/models/find"
	"intentprobe/storage/labels"
)

// completeLabelNames completes a name by those of the label tables that the run has.
func completeLabelNames(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	return labelNames(args, false), cobra.ShellCompDirectiveNoFileComp
}

// completeTables completes the tables to compare after the run, also by version.
func completeTables(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return labelNames(args, true), cobra.ShellCompDirectiveNoFileComp
}

// completeRuns completes a run directory.
func completeRuns(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// labelNames gives the label tables of the run that the arguments name first, each
// name once, with versions also NAME@VERSION.
func labelNames(args []string, versions bool) (out []string) {
	if len(args) == 0 {
		return nil
	}
	headers, _ := labels.List(args[0]) // there is nobody to tell an error
	last := ""
	for _, h := range headers {
		if h.Name != last {
			out = append(out, h.Name)
		}
		if last = h.Name; versions {
			out = append(out, fmt.Sprintf("%s@%d", h.Name, h.Version))
		}
	}
	return out
}

func complete(cmd *cobra.Command, values map[string][]string) {
	for flag, list := range values {
		cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp))
	}
	cmd.RegisterFlagCompletionFunc("model", completeModels)
}

// completeModels offers the names of the models on this machine to the shell.
func completeModels(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	names := phantomNames()
	for _, f := range find.Models(find.Places()) {
		if !f.Missing && !strings.Contains(f.Name, "mmproj") {
			names = append(names, printable(f.Name)) // the shell shows them
		}
	}
	return names, cobra.ShellCompDirectiveDefault
}

// settable lists what --set can begin with.
func settable() (out []string) {
	for _, key := range spec.Keys() {
		if !key.FileOnly {
			out = append(out, key.Name+"=")
		}
	}
	return out
}
