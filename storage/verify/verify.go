package verify

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// Run checks a run directory against every promise of docs/format.md. Each
// file is read once, front to back; memory holds a few MiB and some tens of
// bytes a sample. With quick nothing is checked that would need activations to be
// read: neither the rows of these files nor their sha256.
//
// The error is not about damage, which is listed in the Report: it wraps
// rundir.ErrNoRecord, is a *rundir.FormatError, comes from the folder itself, or is that
// of the context.
func Run(ctx context.Context, dir string, quick bool) (*Report, error) {
	if !disk.Exists(dir, rundir.ManifestName) && !disk.Exists(dir, rundir.JournalName) {
		if _, err := os.Stat(dir); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w and no %s in %s", rundir.ErrNoRecord, rundir.JournalName, dir)
	}
	if err := rundir.Readable(dir); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	v := &verifier{ctx: ctx, dir: dir, quick: quick, out: Report{Path: dir, Problems: []Problem{}, Foreign: []string{}}}
	v.guard(rundir.ManifestName, func() {
		if v.manifest() {
			v.folder()
			v.beside(entries)
			v.kept()
			v.readProbes()
			v.data()
			v.labels()
		}
	})
	v.out.OK = len(v.out.Problems) == 0
	return &v.out, ctx.Err()
}

// NotFinished gives the error that the run does not hold all its samples; nil where
// it does, or where its manifest cannot be read.
func (v *Report) NotFinished() *rundir.NotFinishedError {
	if v.Manifest == nil || v.Finished {
		return nil
	}
	return rundir.NotFinished(v.Path, v.Manifest)
}

// data checks the data files, of each group the samples first: they say what
// the activations must be.
func (v *verifier) data() {
	v.prompts, v.seeds = map[promptSample]struct{}{}, map[promptSample]int64{}
	v.infs = make([]int64, len(v.m.Hooks))
	for _, g := range v.groups {
		if v.ctx.Err() != nil {
			break
		}
		var samples *sampleTable
		name := rundir.GroupFile("samples", g.Number)
		first := v.samples
		switch {
		case v.m.Plan != nil:
			first = g.FirstSample
		case v.m.Status == rundir.Recovered: // groups may be lost between the others
			if samples, err := rundir.ReadSamples(filepath.Join(v.dir, name)); err == nil && len(samples) > 0 {
				first = max(first, samples[0].SampleID)
			}
		}
		if info, ok := v.files[name]; ok {
			v.guard(name, func() { samples = v.samplesFile(info, first, rundir.GroupFile("activations", g.Number)) })
		}
		v.ids = append(v.ids, arrowfile.Span{From: first, To: first + g.Samples})
		name = rundir.GroupFile("activations", g.Number)
		if info, ok := v.files[name]; ok && !v.shapeless {
			v.guard(name, func() { v.activationsFile(info, samples) })
		}
	}
	if v.ctx.Err() != nil || len(v.out.Problems) > 0 {
		return // counts would only repeat what is wrong
	}
	if v.samples != v.m.Samples {
		v.add(rundir.ManifestName, "samples", "is %d; the files hold %d", v.m.Samples, v.samples)
	}
	if v.rows != v.m.Rows {
		v.add(rundir.ManifestName, "rows", "is %d; the files hold %d", v.m.Rows, v.rows)
	}
	for i, n := range v.infs {
		if h := v.m.Hooks[i]; n > h.Float16Overflows {
			v.add(rundir.ManifestName, "hooks", "%s has %d float16 overflows; the files hold %d infinite values", h.Name, h.Float16Overflows, n)
		}
	}
}
