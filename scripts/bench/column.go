package main

import (
	"fmt"
	"os"
	"os/exec"
)

// column lets pyarrow read one layer of a large run, and all of it.
func (b *bench) column() error {
	run, err := b.large()
	if err != nil {
		return err
	}
	cmd := exec.Command(".venv/bin/python", "scripts/bench/read_column.py", run, fmt.Sprint(b.pairs))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
