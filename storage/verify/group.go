package verify

import (
	"context"
	"slices"

	"intentprobe/storage/rundir"
)

// Group checks the files of a group against what the format promises of them.
func Group(ctx context.Context, dir string, of *rundir.Manifest, g rundir.Group) []Problem {
	m := *of
	m.Status, m.Hooks = rundir.Recovered, slices.Clone(of.Hooks)
	m.Hold([]rundir.Group{g})
	v := &verifier{ctx: ctx, dir: dir, files: map[string]rundir.FileInfo{}}
	v.guard(rundir.ManifestName, func() {
		v.described(&m)
		for _, f := range m.Files {
			v.files[f.Name] = f
		}
		v.data()
	})
	return v.out.Problems
}
