package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"intentprobe/capture/hint"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// MergeOptions says how runs are merged.
type MergeOptions struct {
	Out       string
	Overwrite bool    // replace the run that is in Out
	Force     bool    // merge although engine, CPU or program differ; the manifest says what
	FS        disk.FS // nil is disk.OS{}
}

// MergeError says why runs do not make one, or cannot go where they were to.
type MergeError struct{ hinted }

type hinted = hint.Error // under a name that does not hide its method Error

// mergeError is hint.With for a MergeError.
func mergeError(err error, next ...any) error {
	return &MergeError{*hint.With(err, next...).(*hint.Error)}
}

// Merge puts the shards of a run together into the run that one process would have
// written: the same data files, to the byte, and the same manifest but for its host. The
// sha256 of every file is checked while it is copied; memory does not grow with the runs.
// Where it fails before it writes, Out is as it was, and empty otherwise. Errors are
// *MergeError, *rundir.NotFinishedError, *disk.DamageError, *disk.LockedError, wrap
// rundir.ErrExists or rundir.ErrNotARun, or come from the file system or the context.
func Merge(ctx context.Context, dirs []string, opt MergeOptions) (*rundir.Manifest, error) {
	shares, err := readShares(dirs, opt)
	if err != nil {
		return nil, err
	}
	m := merged(shares)
	for _, s := range shares[1:] {
		different := shareDifferences(shares[0].Manifest, s.Manifest)
		if len(different) > 0 && (!opt.Force || !mayForce(different)) {
			return nil, mergeError(fmt.Errorf("%s is not of the same run as %s: %s", s.Dir, shares[0].Dir, joinDifferences(different)), "merge the shards of one run: the same spec, prompts, model and program")
		}
		for _, d := range different {
			m.Forced = append(m.Forced, d.String())
		}
	}
	of, err := assign(shares, *m.Plan)
	if err != nil {
		return nil, err
	}
	cfg := Config{Dir: opt.Out, Overwrite: opt.Overwrite, Manifest: m, Rows: max(1, m.Engine.MicroBatch), FS: opt.FS, keptOf: shares[0].Dir}
	for n := range m.Plan.Groups() { // before anything of Out is given up
		if err := of[n].group.Present(of[n].dir); err != nil {
			return nil, err
		}
	}
	for _, f := range m.Kept() {
		if err := disk.CheckSum(filepath.Join(cfg.keptOf, f.Name), f.SHA256); err != nil {
			return nil, err
		}
	}
	w, err := Create(cfg)
	if err != nil {
		return nil, err
	}
	for n := range m.Plan.Groups() {
		if err := w.adopt(ctx, of[n].dir, of[n].group); err != nil {
			return nil, w.undo(err)
		}
	}
	if err := w.mergeLabels(shares); err != nil {
		return nil, w.undo(err)
	}
	m.Host.Finished = time.Now().UTC()
	if _, err := w.finish(rundir.Complete, nil); err != nil {
		return nil, w.undo(err)
	}
	w.Close()
	return m, nil
}

// undo ends a writer and removes all that it wrote, as far as that is possible.
func (w *Writer) undo(cause error) error {
	w.fail(cause)
	w.journal.Close()
	names, _ := rundir.CheckDir(w.cfg.Dir, true)
	for _, name := range append([]string{rundir.ManifestName, rundir.JournalName}, names...) {
		w.fs.Remove(filepath.Join(w.cfg.Dir, name))
	}
	w.Close()
	return cause
}

// readShares reads the runs that are to be merged: each complete, none twice.
func readShares(dirs []string, opt MergeOptions) ([]*rundir.Run, error) {
	var out []*rundir.Run
	for _, dir := range dirs {
		if disk.Within(opt.Out, dir) {
			return nil, mergeError(fmt.Errorf("%s is to be merged into itself", dir), "choose another folder")
		}
		r, err := rundir.OpenRecorded(dir)
		if err != nil {
			return nil, err
		}
		if !r.Manifest.Finished() {
			return nil, rundir.NotFinished(dir, r.Manifest)
		}
		if r.Manifest.Status != rundir.Complete {
			return nil, mergeError(fmt.Errorf("%s is %s", dir, r.Manifest.Status), "finish it with ", hint.Command{"resume", dir})
		}
		if r.Manifest.Plan == nil {
			return nil, mergeError(fmt.Errorf("%s does not say which samples it was to have", dir), "run it again with this version")
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, mergeError(errors.New("no runs to merge"), "name the run directories of the shards")
	}
	return out, nil
}

// shareDifferences compares the runs of two shards, their hooks too. Where model,
// prompts and directions lie may differ: what is in them is compared.
func shareDifferences(a, b *rundir.Manifest) []rundir.Difference {
	out := rundir.Differences(a.Placeless(), b.Placeless())
	names := func(m *rundir.Manifest) (out []string) {
		for _, h := range m.Hooks {
			out = append(out, fmt.Sprintf("%s %v %s", h.Name, h.Shape, h.Tensor))
		}
		return out
	}
	if was, is := names(a), names(b); !slices.Equal(was, is) {
		out = append(out, rundir.Difference{What: "hooks", Then: strings.Join(was, ", "), Now: strings.Join(is, ", ")})
	}
	if was, is := rundir.PlainJSON(a.Optional), rundir.PlainJSON(b.Optional); !bytes.Equal(was, is) {
		out = append(out, rundir.Difference{What: "optional columns", Then: string(was), Now: string(is)})
	}
	return out
}

// mayForce says whether runs that differ so hold samples of the same table.
func mayForce(different []rundir.Difference) bool {
	return !slices.ContainsFunc(different, func(d rundir.Difference) bool {
		return strings.HasPrefix(d.What, "spec ") || slices.Contains([]string{"model", rundir.AdaptersDifference, "dataset", "plan", "hooks", "optional columns", rundir.FormatDifference, rundir.MicroBatchDifference, rundir.ArmsDifference, rundir.DirectionsDifference, rundir.ProbesDifference}, d.What)
	})
}

func joinDifferences(different []rundir.Difference) string {
	var parts []string
	for _, d := range different {
		parts = append(parts, fmt.Sprintf("%s: %s and %s", d.What, d.Now, d.Then))
	}
	return strings.Join(parts, "; ")
}

// merged is the manifest of the whole run.
func merged(shares []*rundir.Run) *rundir.Manifest {
	m := *shares[0].Manifest
	m.Shard, m.Forced, m.Host = nil, nil, rundir.ThisHost()
	m.Hooks = slices.Clone(m.Hooks)
	first := shares[0].Manifest.Host
	m.Host.Started, m.Host.ModelDir, m.Host.Dataset, m.Host.Adapters = first.Started, first.ModelDir, first.Dataset, first.Adapters
	for _, s := range shares {
		m.Forced = append(m.Forced, s.Manifest.Forced...)
		m.Host.Merged = append(m.Host.Merged, rundir.Share{Shard: s.Manifest.Shard, Host: s.Manifest.Host})
		if s.Manifest.Host.Started.Before(m.Host.Started) {
			m.Host.Started = s.Manifest.Host.Started
		}
	}
	return &m
}

// origin is where a group lies.
type origin struct {
	dir   string
	group rundir.Group
}

// assign finds every group of the plan in one of the runs, and in no more.
func assign(shares []*rundir.Run, plan rundir.Plan) (map[int]origin, error) {
	out := map[int]origin{}
	for _, s := range shares {
		for _, g := range s.Groups {
			if _, n := plan.Group(g.Number); g.Number >= plan.Groups() || g.Samples != n || !s.Manifest.Shard.Holds(g.Number) {
				return nil, mergeError(fmt.Errorf("group %d of %s is not one of its plan", g.Number, s.Dir), "check it with ", hint.Command{"verify", s.Dir})
			}
			if other := out[g.Number].dir; other != "" {
				return nil, mergeError(fmt.Errorf("both %s and %s hold %s", other, s.Dir, samplesOfGroup(plan, g.Number)), "name every shard once")
			}
			out[g.Number] = origin{s.Dir, g}
		}
	}
	if absent := plan.Groups() - len(out); absent > 0 {
		var missing []string
		for n := 0; len(missing) < min(5, absent); n++ {
			if out[n].dir == "" {
				missing = append(missing, samplesOfGroup(plan, n))
			}
		}
		if absent > 5 {
			missing = append(missing, fmt.Sprintf("and those of %s more", plural.Count(absent-5, "group")))
		}
		return nil, mergeError(errors.New("missing: "+strings.Join(missing, ", ")+missingShards(shares)), "name every shard, and run those that are missing")
	}
	return out, nil
}

func samplesOfGroup(plan rundir.Plan, number int) string {
	first, n := plan.Group(number)
	if n == 1 {
		return fmt.Sprintf("sample %d", first)
	}
	return fmt.Sprintf("samples %d to %d", first, first+n-1)
}

// missingShards names the shards that are missing, where all are of as many.
func missingShards(shares []*rundir.Run) string {
	there, of := map[int]bool{}, 0
	for _, s := range shares {
		shard := s.Manifest.Shard
		if shard == nil || of != 0 && shard.Of != of {
			return ""
		}
		there[shard.Index], of = true, shard.Of
	}
	var out []string
	for i := 1; i <= of; i++ {
		if !there[i] {
			out = append(out, fmt.Sprintf("%d/%d", i, of))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "; no run is shard " + strings.Join(out, ", ")
}
