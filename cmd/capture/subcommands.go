package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/hooks"
)

// mostNamed is how many commands are listed where none of a name is there.
const mostNamed = 8

// commandNames are the commands and help topics below a command.
func commandNames(of *cobra.Command) (names []string) {
	for _, sub := range of.Commands() {
		if sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// unknownSubcommand is an error if arguments name a command of a group that it does not have:
// cobra shows the help of the group instead.
func unknownSubcommand(root *cobra.Command, args []string) error {
	root.InitDefaultCompletionCmd()
	group, rest, err := root.Find(args)
	if err != nil || group == root || !group.HasSubCommands() || group.Runnable() {
		return nil
	}
	at := slices.IndexFunc(rest, func(arg string) bool { return !strings.HasPrefix(arg, "-") })
	if at < 0 {
		return nil
	}
	names := commandNames(group)
	says := "its commands: "
	if len(names) > mostNamed {
		says, names = "nearest: ", hooks.Nearest(rest[at], names)
	}
	return &usageError{
		fmt.Errorf("unknown command %q for %q", rest[at], group.CommandPath()),
		fmt.Sprintf("%s%s; `%s --help` says what they do", says, strings.Join(names, ", "), group.CommandPath()),
	}
}
