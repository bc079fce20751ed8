package storage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// survey finds out what a folder says of its run, as far as it can be read.
func survey(ctx context.Context, dir string) (*recovery, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, errors.Join(err, fmt.Errorf("%w: %s is no folder", ErrNothing, dir))
	}
	r := &recovery{Recovery: rundir.Recovery{Lost: []rundir.Loss{}}, dir: dir, listed: map[int]rundir.Group{}}
	if err := rundir.Readable(dir); err != nil {
		return nil, err
	}
	m, merr := rundir.ReadManifest(dir)
	if merr != nil && !os.IsNotExist(merr) {
		why := disk.Cause(merr)
		if m != nil {
			why += "; what it says of model, spec and engine may be wrong"
		}
		r.lose(rundir.ManifestName, 0, "%s", why)
	}
	j, jerr := rundir.ReadJournal(dir)
	if jerr != nil && !os.IsNotExist(jerr) {
		r.lose(rundir.JournalName, 0, "%v", disk.Cause(jerr))
	}
	if m != nil {
		for _, g := range rundir.GroupsOf(m) {
			r.listed[g.Number] = g
		}
	}
	if j != nil {
		for _, g := range j.Groups {
			if jerr != nil && g.Partial { // it may have been replaced since
				continue
			}
			r.listed[g.Number] = g
		}
		if m == nil || merr != nil && j.Manifest != nil { // the one that is sound
			m = j.Manifest
		}
	}
	onDisk, err := rundir.NumbersIn(dir)
	if err != nil {
		return nil, err
	}
	if r.changed = m != nil && merr != nil && (j == nil || m != j.Manifest) && !os.IsNotExist(merr); r.changed && !r.agrees(ctx, m, onDisk) {
		m, r.listed = nil, map[int]rundir.Group{}
	}
	if m == nil {
		if m, err = r.describe(onDisk); err != nil {
			return nil, err
		}
	}
	r.m = m
	if was := m.Host.Recovered; was != nil { // once more
		r.changed = r.changed || was.Doubtful
		r.Lost = append(r.Lost, was.Lost...)
	}
	r.m.Error = ""
	r.m.Hooks = slices.Clone(m.Hooks)
	r.kept()
	all := maps.Clone(onDisk)
	if merr == nil && r.m.Status == rundir.Complete { // what else lies there is not of the run
		clear(all)
	}
	for n := range r.listed {
		all[n] = true
	}
	r.numbers = slices.Sorted(maps.Keys(all))
	return r, nil
}

// agrees says whether the first group that can be read is one of the run that a
// manifest describes which is not as it was written.
func (r *recovery) agrees(ctx context.Context, m *rundir.Manifest, numbers map[int]bool) bool {
	for _, n := range slices.Sorted(maps.Keys(numbers)) {
		g := rundir.Group{Number: n}
		for _, kind := range []string{"samples", "activations"} {
			path := filepath.Join(r.dir, rundir.GroupFile(kind, n))
			if t, err := rundir.OpenTable(path); err == nil {
				g.Files = append(g.Files, rundir.FileInfo{Name: filepath.Base(path), Rows: t.Rows(), Bytes: t.Size()})
				t.Close()
			}
		}
		if len(g.Files) == 2 {
			g.Samples, g.Rows = g.Files[0].Rows, g.Files[1].Rows
			problems := verify.Group(ctx, r.dir, m, g)
			return !slices.ContainsFunc(problems, func(p verify.Problem) bool { return p.Kind != verify.Checksum })
		}
	}
	return false
}

// kept looks at the prompts and the directions: where they are lost, the manifest promises
// none.
func (r *recovery) kept() {
	for _, f := range r.m.Kept() {
		err := disk.CheckSum(filepath.Join(r.dir, f.Name), f.SHA256)
		if err == nil {
			continue
		}
		r.lose(f.Name, 0, "%s; the run can be read without it, and not be resumed or replayed", disk.Cause(err))
		if f.Name == rundir.DatasetName {
			r.m.Dataset.SHA256 = ""
		} else {
			r.m.Directions = &rundir.Directions{File: f.Name}
		}
	}
}

// describe makes a manifest of a run that has none, of what its Arrow files say.
func (r *recovery) describe(numbers map[int]bool) (*rundir.Manifest, error) {
	r.lose(rundir.ManifestName, 0, "does not say what the run is, and neither does %s: model, spec, prompts and engine are not known; columns are taken from the files themselves", rundir.JournalName)
	for _, n := range slices.Sorted(maps.Keys(numbers)) {
		t, _, err := r.open("activations", n)
		if err != nil {
			continue
		}
		defer t.Close()
		m := &rundir.Manifest{FormatVersion: rundir.FileFormat(t), Host: rundir.ThisHost()}
		if m.FormatVersion > 2 {
			m.Optional = r.optional(t, n)
		}
		kinds := map[arrowfile.DType]bool{}
		for _, c := range t.Columns() {
			if c.Tensor == nil {
				continue
			}
			m.Hooks = append(m.Hooks, rundir.Hook{Name: c.Name, Shape: c.Tensor.Shape, Check: "not known: the manifest was lost"})
			if rundir.Reducible(*c.Tensor) { // others have their own, whatever the run's
				kinds[c.Tensor.DType] = true
			}
		}
		for kind := range kinds {
			if len(kinds) == 1 { // else each column's is what it is
				m.DType = kind
			}
		}
		return m, nil
	}
	return nil, fmt.Errorf("%w in %s", ErrNothing, r.dir)
}

// optional lists the columns of a group's files that not every file has.
func (r *recovery) optional(activations *arrowfile.File, number int) (out rundir.OptionalColumns) {
	for _, f := range activations.Schema().Fields() {
		if _, tensor := arrowfile.ShapeOf(f); !tensor && !slices.ContainsFunc(rundir.RequiredRowFields, func(p arrow.Field) bool { return p.Name == f.Name }) {
			out.Activations = append(out.Activations, rundir.OptionalOf([]arrow.Field{f})...)
		}
	}
	samples, _, err := r.open("samples", number)
	if err != nil {
		return out
	}
	defer samples.Close()
	if fields := samples.Schema().Fields(); len(fields) > len(rundir.RequiredSampleFields) {
		out.Samples = rundir.OptionalOf(fields[len(rundir.RequiredSampleFields):])
	}
	return out
}
