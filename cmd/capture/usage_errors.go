package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
)

// flagError says what is wrong with a flag, in words, and what was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	help := fmt.Sprintf("`%s --help` lists the flags", cmd.CommandPath())
	var (
		unknown *pflag.NotExistError
		invalid *pflag.InvalidValueError
		own     *usageError
		spec    *hint.UsageError
	)
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &spec):
		return spec
	case errors.As(err, &unknown):
		written := unknown.GetSpecifiedName()
		if cluster := unknown.GetSpecifiedShortnames(); cluster != "" { // -max-tokens is read as -m -a -x ...
			written, _, _ = strings.Cut(cluster, "=")
			err = fmt.Errorf("unknown flag: -%s", written)
		}
		return &usageError{err, "nearest: " + strings.Join(nearestFlags(cmd, written), ", ") + "; " + help}
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		why := invalid.Unwrap().Error()
		if want := wantedOf(f.Value.Type()); want != "" {
			why = fmt.Sprintf("%q is not %s", invalid.GetValue(), want)
		}
		return &usageError{fmt.Errorf("--%s: %s", f.Name, why), help}
	}
	return &usageError{err, help}
}

// wantedOf says in words what a type of flag takes; empty for one with words of its
// own.
func wantedOf(kind string) string {
	switch strings.TrimSuffix(kind, "Slice") {
	case "int", "int64", "uint64":
		return "a whole number"
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	}
	return ""
}

func nearestFlags(cmd *cobra.Command, written string) (near []string) {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		names = append(names, f.Name)
		if len(written) == 1 && strings.HasPrefix(f.Name, written) {
			near = append(near, f.Name)
		}
	})
	if near == nil {
		near = hooks.Nearest("-"+written, names) // which none is called, not even -max-tokens
	}
	for i := range near {
		near[i] = "--" + near[i]
	}
	return near
}

// unknownCommand says which command was probably meant by the first of some arguments
// that is no flag.
func unknownCommand(root *cobra.Command, args []string, err error) error {
	const all = "`capture --help` lists the commands"
	at := slices.IndexFunc(args, func(arg string) bool { return !strings.HasPrefix(arg, "-") })
	if at < 0 {
		return &usageError{err, all}
	}
	written := args[at]
	if ending := filepath.Ext(strings.ToLower(written)); ending == ".yaml" || ending == ".yml" {
		return &usageError{err, fmt.Sprintf("`capture run %s` runs a spec; %s", written, all)}
	}
	return &usageError{err, "nearest: " + strings.Join(hooks.Nearest(written, commandNames(root)), ", ") + "; " + all}
}

// refuseUnknownTopics makes `capture help NAME` fail where there is no NAME.
func refuseUnknownTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, help := range root.Commands() {
		if help.Name() != "help" {
			continue
		}
		show := help.Run
		help.Run = nil
		help.RunE = func(cmd *cobra.Command, args []string) error {
			if err := unknownSubcommand(root, args); err != nil {
				return err
			}
			if found, _, err := root.Find(args); err != nil || found == root && len(args) > 0 {
				return unknownCommand(root, args, fmt.Errorf("unknown help topic %q", strings.Join(args, " ")))
			}
			show(cmd, args)
			return nil
		}
	}
}

// arguments makes a wrong number of arguments a mistake of usage.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) != nil {
			what := "an argument is missing"
			switch len(args) {
			case 0:
			case 1:
				what = fmt.Sprintf("there is one argument: %q", args[0])
			default:
				what = fmt.Sprintf("there are %d arguments: %q", len(args), args)
			}
			return &usageError{fmt.Errorf("%s: %s", cmd.CommandPath(), what), "usage: " + cmd.UseLine()}
		}
		return nil
	}
}
