package storage

import (
	"context"
	"slices"
)

// checkGroup holds the files of a group against what the format promises of them.
func checkGroup(ctx context.Context, dir string, of *Manifest, g Group) []Problem {
	m := *of
	m.Status, m.Hooks = Recovered, slices.Clone(of.Hooks)
	m.Hold([]Group{g})
	v := &verifier{ctx: ctx, dir: dir, files: map[string]FileInfo{}}
	v.guard(ManifestName, func() {
		v.described(&m)
		for _, f := range m.Files {
			v.files[f.Name] = f
		}
		v.data()
	})
	return v.out.Problems
}
