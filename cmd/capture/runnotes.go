package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"intentprobe/storage"
)

// noteUnfinished says on stderr that a run does not hold all its samples, where a
// command uses those that are there.
func noteUnfinished(cmd *cobra.Command, dir string) {
	r, err := storage.ReadRecord(dir)
	if err != nil || r.Manifest.Finished() { // a run that cannot be read is the command's own error
		return
	}
	say(cmd.ErrOrStderr(), "capture: note: %s is %s, with %s; nothing is said of the others\n", dir, r.Manifest.Status, r.Manifest.Extent())
}

// shardText says which share of a run a directory holds, behind other text; empty
// where it is all of it.
func shardText(m *storage.Manifest) string {
	if m.Shard == nil || m.Plan == nil {
		return ""
	}
	return fmt.Sprintf("; shard %s of a run of %s", m.Shard, storage.Count(m.Plan.Samples, "sample"))
}

// noteForeign names on stderr what lies beside a run.
func noteForeign(cmd *cobra.Command, dir string, names []string) {
	if len(names) > 0 {
		say(cmd.ErrOrStderr(), "capture: note: beside the run in %s, and passed over: %s\n", dir, firstOf(names, 10))
	}
}
