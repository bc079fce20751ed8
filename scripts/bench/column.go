package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// column lets pyarrow read one layer of a large run, and all of it.
func (b *bench) column() error {
	run := filepath.Join(b.dir, "large")
	if _, err := os.Stat(run); err != nil {
		if _, err := writeRun(run, 16, b.gib<<26/rowBytes); err != nil {
			return err
		}
	}
	cmd := exec.Command(".venv/bin/python", "scripts/bench/read_column.py", run, fmt.Sprint(b.pairs))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
