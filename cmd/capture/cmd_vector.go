package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture/vector"
	"intentprobe/storage/disk"
)

func vectorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vector",
		Short: "Make directions of a run's rows, and combine, compare, import and export them",
		Long: `Direction files hold directions in the residual stream, subspaces of it and affine maps,
with their statistics and what they were made of: safetensors files, which docs/format.md
defines and Python reads in three lines.
` + exitHelp,
	}
	cmd.AddCommand(vectorMakeCommand(), vectorCombineCommand(), vectorShowCommand(), vectorImportCommand(), vectorExportCommand())
	return cmd
}

// outFlags say where a file is written.
type outFlags struct {
	path      string
	overwrite bool
}

func (o *outFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.path, "out", "", "file to write")
	cmd.Flags().BoolVar(&o.overwrite, "overwrite", false, "replace a file that is there")
	cmd.MarkFlagRequired("out")
}

// check refuses a file that cannot or may not be written, or whose name ends otherwise than
// what it would hold.
func (o *outFlags) check(what, ending string) error {
	if err := disk.CheckEnding(o.path, what, ending); err != nil {
		return err
	}
	return checkNew(o.path, "--out", o.overwrite)
}

// checkDirections is check for a direction file.
func (o *outFlags) checkDirections() error { return o.check(directionFile, vector.Ending) }

// directionFile is what errors call one.
const directionFile = "a direction file"

// checkNew refuses a path at which there is something, unless it is a file that may be
// replaced, and a path in no folder.
func checkNew(path, flag string, overwrite bool) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return &usageError{fmt.Errorf("%s: %s is a folder", flag, path), "name a file"}
	case err == nil && !overwrite:
		more := ""
		if strings.HasPrefix(flag, "--") {
			more = ", or give --overwrite to replace it"
		}
		return &usageError{fmt.Errorf("%s: %s exists", flag, path), "name a file that is not there yet" + more}
	case err != nil && !os.IsNotExist(err):
		return &usageError{fmt.Errorf("%s: %w", flag, err), "name a file in a folder that exists"}
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return &usageError{fmt.Errorf("%s: there is no folder %s", flag, filepath.Dir(path)), "make it, or name a file in another"}
	}
	return nil
}
