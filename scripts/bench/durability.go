package main

import (
	"context"
	"path/filepath"

	"intentprobe/capture"
	"intentprobe/storage/disk"
)

// durability runs the same samples with commits that last and with ones that are
// not synced. The samples make several groups.
func (b *bench) durability() error {
	spec := capture.DefaultSpec()
	spec.Model, spec.Out = b.model, filepath.Join(b.dir, "durable")
	spec.Prompts.Text = []string{promptText}
	spec.Generate.Samples, spec.Generate.Temperature, spec.Generate.MaxTokens = 128, 1, 24
	spec.Capture.Hooks, spec.Capture.Group = []string{"resid_post"}, 32
	session, err := capture.Open(context.Background(), spec, capture.Options{})
	if err != nil {
		return err
	}
	defer session.Close()
	var tokens int64
	run := func(fs disk.FS) func() error {
		return func() error {
			r, err := session.Run(context.Background(), capture.RunOptions{Overwrite: true, FS: fs})
			if err == nil {
				tokens = r.Tokens
			}
			return err
		}
	}
	if err := run(nil)(); err != nil {
		return err
	}
	return compare("durability, 4 groups of 32", b.pairs, float64(tokens), "tokens/s", nil, run(disk.Unsynced{}), run(disk.OS{}), "not synced", "synced")
}
