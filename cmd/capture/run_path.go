package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// checkRun refuses a path that is no run directory, and says what it is instead and
// what can be done with it.
func checkRun(path string) error {
	info, err := os.Stat(path)
	switch {
	case os.IsNotExist(err):
		return &usageError{fmt.Errorf("%q: no such run", path), "name a run directory"}
	case err != nil:
		return &usageError{err, "name a run directory that can be read"}
	case !info.IsDir():
		return notARunFile(path)
	case rundir.IsRun(path):
		return nil
	}
	return notARunFolder(path)
}

// mostEntries is in how many entries of a folder runs are looked for.
const mostEntries = 1000

// notARunFolder names the runs in a folder that is none.
func notARunFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return &usageError{err, "name a run directory that can be read"}
	}
	var runs []string
	for _, e := range entries[:min(len(entries), mostEntries)] {
		if path := filepath.Join(dir, e.Name()); rundir.IsRun(path) {
			runs = append(runs, path)
		}
	}
	hint := "`capture run` writes run directories"
	_, parquet := os.Stat(filepath.Join(dir, "samples.parquet"))
	_, foreign := rundir.CheckDir(dir, true)
	switch {
	case len(entries) == 0:
		return &usageError{fmt.Errorf("%s is empty, and no run", dir), hint}
	case len(runs) > 0:
		hint = "runs in it: " + plural.List(runs, 10)
	case parquet == nil:
		hint = "it is an export; name the run that it was made of, or open its files with pyarrow, polars or DuckDB"
	case foreign == nil:
		hint = "it holds files of a run alone; where the run was killed before it had begun, run again with --overwrite"
	}
	return &usageError{fmt.Errorf("%s is no run: it has no %s and no %s", dir, rundir.ManifestName, rundir.JournalName), hint}
}

// notARunFile says what a file is that was given for a run.
func notARunFile(path string) error {
	if dir := filepath.Dir(path); rundir.IsRun(dir) {
		return &usageError{fmt.Errorf("%s is a file in a run, not the run", path), "name the run directory: " + dir}
	}
	k := kindOf(path)
	return &usageError{fmt.Errorf("%s is %s, and no run", path, k.what), strings.ReplaceAll(k.hint, "FILE", path)}
}
