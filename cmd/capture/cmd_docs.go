package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// docsCommand writes what a package installs beside the program.
func docsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "docs DIR",
		Short:   "Write man pages and shell completions into a folder, for a package",
		Long:    "Write the man pages and the completions of bash, zsh and fish into DIR, in the layout\nof a package's folder share. SOURCE_DATE_EPOCH sets the pages' date.\n" + exitHelp,
		Example: "  capture docs share",
		Hidden:  true,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			date, err := docsDate()
			if err != nil {
				return err
			}
			if err := writeManPages(cmd.Root(), filepath.Join(args[0], "man", "man1"), date); err != nil {
				return err
			}
			return writeCompletions(cmd.Root(), args[0])
		},
	}
}

// docsDate is SOURCE_DATE_EPOCH, or else today.
func docsDate() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Now().UTC(), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, &usageError{fmt.Errorf("SOURCE_DATE_EPOCH=%q is no number of seconds", text), "`git log -1 --format=%ct` prints one"}
	}
	return time.Unix(seconds, 0).UTC(), nil
}

func writeManPages(root *cobra.Command, dir string, date time.Time) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	forManPages(root)
	header := &doc.GenManHeader{Section: "1", Date: &date, Source: "capture " + version, Manual: "capture"}
	return doc.GenManTreeFromOpts(root, doc.GenManTreeOptions{Header: header, Path: dir, CommandSeparator: "-"})
}

// forManPages turns the help of a command and those below it into the Markdown
// that the man pages are made from: lines that are indented stay as they are.
func forManPages(cmd *cobra.Command) {
	cmd.DisableAutoGenTag = true // no word about what made the page
	var out strings.Builder
	indented := false
	for line := range strings.Lines(cmd.Long) {
		is := strings.HasPrefix(line, "  ")
		if is != indented && strings.TrimSpace(line) != "" {
			out.WriteString("\n")
			indented = is
		}
		if is {
			out.WriteString("    ")
		}
		out.WriteString(line)
	}
	cmd.Long = out.String()
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if kind, _ := pflag.UnquoteUsage(f); kind != "" { // empty for a switch
			f.Value, f.DefValue = placeholder{f.Value}, strings.ToUpper(strings.TrimSuffix(kind, "Array"))
		}
	})
	for _, sub := range cmd.Commands() {
		forManPages(sub)
	}
}

// placeholder makes a page show what kind of value a flag takes, and not the
// zero that stands for "take the spec's": the usage says what the default is.
type placeholder struct{ pflag.Value }

func (placeholder) Type() string { return "placeholder" }

func writeCompletions(root *cobra.Command, dir string) error {
	for path, write := range map[string]func(string) error{
		"bash-completion/completions/capture":    func(p string) error { return root.GenBashCompletionFileV2(p, true) },
		"zsh/site-functions/_capture":            root.GenZshCompletionFile,
		"fish/vendor_completions.d/capture.fish": func(p string) error { return root.GenFishCompletionFile(p, true) },
	} {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := write(path); err != nil {
			return fmt.Errorf("completion %s: %w", path, err)
		}
	}
	return nil
}
