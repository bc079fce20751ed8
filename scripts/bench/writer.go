package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// writer writes 1 GiB of rows and lets dd write the same file, both synced.
func (b *bench) writer() error {
	run := filepath.Join(b.dir, "rows")
	var bytes int64
	written := func() (err error) {
		bytes, err = writeRun(run, 1, (1<<30)/rowBytes)
		return err
	}
	if err := written(); err != nil {
		return err
	}
	copied := func() error {
		out, err := exec.Command("dd", "if="+filepath.Join(run, "activations-00000.arrow"), "of="+filepath.Join(b.dir, "plain"), "bs=1M", "conv=fsync").CombinedOutput()
		if err != nil {
			return fmt.Errorf("dd: %w: %s", err, out)
		}
		return nil
	}
	return compare("writer, synced", b.pairs, float64(bytes)/(1<<20), "MiB/s", copied, written, "dd conv=fsync", "run directory")
}
