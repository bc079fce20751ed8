package export

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/storage/disk"
)

// ErrExists says that an export would write over a file.
var ErrExists = errors.New("output exists")

// PlaceError says why an export cannot go where it was to.
type PlaceError struct{ What, Next string }

// Error says what is in the way.
func (e *PlaceError) Error() string { return e.What }

// Hint says what to do next.
func (e *PlaceError) Hint() string { return e.Next }

func misplaced(next, what string, args ...any) error {
	return &PlaceError{fmt.Sprintf(what, args...), next}
}

// Path is where an export goes where Config.Out is empty: beside the run, since a run
// directory holds nothing but the run.
func Path(run, format string) (string, error) {
	path, err := filepath.Abs(run)
	if format == "parquet" {
		return path + "-parquet", err
	}
	return path + "." + format, err
}

// exportTargets are the files that an export writes, the activations' first.
func exportTargets(cfg Config) []string {
	if cfg.Format == "parquet" {
		return []string{filepath.Join(cfg.Out, "activations.parquet"), filepath.Join(cfg.Out, "samples.parquet")}
	}
	return []string{cfg.Out}
}

// CheckName refuses a name of Config.Out that says another format. Write takes any name.
func CheckName(cfg Config) error {
	if info, err := os.Stat(cfg.Out); cfg.Out == "" || err == nil && info.IsDir() {
		return nil // Write says what is wrong with a folder
	}
	if cfg.Format != "parquet" {
		return disk.CheckEnding(cfg.Out, "an export to "+cfg.Format, "."+cfg.Format)
	}
	if ending := strings.ToLower(filepath.Ext(cfg.Out)); slices.Contains([]string{".npz", ".safetensors", ".arrow", ".csv"}, ending) {
		return misplaced("name a folder", "%s: an export to parquet is written as a folder, not as %q", cfg.Out, ending)
	}
	return nil
}

// checkExport refuses, before anything is read, to write over what is there, into the
// run itself, and where no file can be.
func checkExport(run string, cfg Config) error {
	if disk.Within(cfg.Out, run) {
		return misplaced("choose a place beside it", "%s lies in the run directory %s, which holds nothing but the run", cfg.Out, run)
	}
	info, err := os.Stat(cfg.Out)
	switch {
	case err == nil && info.IsDir() && cfg.Format != "parquet":
		return misplaced(fmt.Sprintf("name a file, for example %s", filepath.Join(cfg.Out, filepath.Base(filepath.Clean(run))+"."+cfg.Format)),
			"%s is a folder; %s is written as one file", cfg.Out, cfg.Format)
	case err == nil && !info.IsDir() && cfg.Format == "parquet":
		return misplaced("name a folder", "%s is a file; parquet is written as a folder of files", cfg.Out)
	}
	for at := filepath.Dir(filepath.Clean(cfg.Out)); ; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && !info.IsDir() {
			return misplaced("choose another place", "%s is a file, so that nothing can be in it", at)
		} else if err == nil || at == filepath.Dir(at) {
			break
		}
	}
	for _, path := range exportTargets(cfg) {
		info, err := os.Stat(path)
		if err == nil && info.IsDir() {
			return misplaced("choose another place", "%s is a folder", path)
		}
		if err == nil && !cfg.Overwrite {
			return fmt.Errorf("%w: %s", ErrExists, path)
		}
		if err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}
