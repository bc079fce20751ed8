package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// writer writes 1 GiB of rows and lets dd write the same file, both synced, each
// into a new file on a disk that has nothing else to do.
func (b *bench) writer() error {
	run, plain := filepath.Join(b.dir, "rows"), filepath.Join(b.dir, "plain")
	same := filepath.Join(b.dir, "same") // what dd reads, from memory
	rows := (1 << 30) / rowBytes
	bytes, err := writeRun(same, 1, rows)
	if err != nil {
		return err
	}
	clean := func() error {
		os.Remove(plain)
		os.RemoveAll(run)
		syscall.Sync()
		return nil
	}
	written := func() error {
		_, err := writeRun(run, 1, rows)
		return err
	}
	copied := func() error {
		out, err := exec.Command("dd", "if="+filepath.Join(same, "activations-00000.arrow"), "of="+plain, "bs=1M", "conv=fsync").CombinedOutput()
		if err != nil {
			return fmt.Errorf("dd: %w: %s", err, out)
		}
		return nil
	}
	err = compare("writer, synced", b.pairs, float64(bytes)/(1<<20), "MiB/s", clean, copied, written, "dd conv=fsync", "run directory")
	os.RemoveAll(same)
	clean()
	return err
}
