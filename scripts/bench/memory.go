package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
)

// memory runs the program itself for few and for many samples.
func (b *bench) memory() error {
	for _, samples := range []string{"10", "100"} {
		for _, hook := range []string{"resid_post:0", "resid_post"} {
			peak, err := peakOf("run", "--model", b.model, "--prompt", promptText, "--samples", samples, "--temperature", "1",
				"--max-tokens", "32", "--hooks", hook, "--out", filepath.Join(b.dir, "memory"), "--overwrite")
			if err != nil {
				return err
			}
			fmt.Printf("%-34s %4d MiB\n", fmt.Sprintf("peak memory, %s samples, %s", samples, hook), peak>>20)
		}
	}
	return nil
}

// tools weighs the commands that read and write whole runs, on a large one.
func (b *bench) tools() error {
	run, err := b.large()
	if err != nil {
		return err
	}
	out := run + ".out"
	commands := map[string][]string{
		"verify": {"verify", run}, "recover": {"recover", run, "--out", out}, "merge": {"merge", run, "--out", out},
		"export --to parquet": {"export", run, "--to", "parquet", "--out", out}, "export --to npz": {"export", run, "--to", "npz", "--out", out},
		"export --to safetensors": {"export", run, "--to", "safetensors", "--out", out},
	}
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		peak, err := peakOf(commands[name]...)
		if err != nil {
			return err
		}
		fmt.Printf("%-34s %4d MiB\n", fmt.Sprintf("peak memory, %d GiB, %s", b.gib, name), peak>>20)
		if err := os.RemoveAll(out); err != nil {
			return err
		}
	}
	return nil
}

// peakOf runs the program and gives the most memory that it had, in bytes.
func peakOf(args ...string) (int64, error) {
	cmd := exec.Command("bin/capture", args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("capture %s: %w: %s", args[0], err, out)
	}
	return cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10, nil
}
