package capture

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/storage"
	"intentprobe/storage/rundir"
)

// DifferentError says that a run cannot be resumed, since the rest of it would be made in
// another way than its beginning.
type DifferentError struct {
	Dir         string
	Differences []rundir.Difference
}

func (e *DifferentError) Error() string {
	var parts []string
	for _, d := range e.Differences {
		parts = append(parts, d.String())
	}
	return fmt.Sprintf("%s was begun in another way: %s", e.Dir, strings.Join(parts, "; "))
}

// Hint says what to do next.
func (e *DifferentError) Hint() string { return e.advice().Hint() }

// Phrase is Hint in the words of a caller.
func (e *DifferentError) Phrase(say func(reference any) string) string { return e.advice().Phrase(say) }

func (e *DifferentError) advice() *hint.Error {
	return hint.With(e, "go on where it was begun, or mix the two with ", hint.Option("force"), ", which the manifest will say").(*hint.Error)
}

// Resume decodes the groups of a run that are not there yet. Where nothing differs the
// files are, byte for byte, those of a run that was never stopped, and so is the manifest
// but for its host. force resumes a run although something differs; the manifest then says
// what. The error is a *DifferentError or as Session.Run's.
func (r *Reopened) Resume(ctx context.Context, force bool, progress func(Progress)) (*Result, error) {
	dir, m := r.Record.Dir, r.Record.Manifest
	if m.Status == rundir.Complete {
		if err := r.Record.Present(); err != nil {
			return nil, err
		}
		return nil, storage.Clear(dir)
	}
	if !r.Record.Journal {
		return nil, hint.With(fmt.Errorf("%s has no %s to go on from", dir, rundir.JournalName), "copy the file again from where the run is whole, or run again")
	}
	if was := m.Host.Recovered; was != nil && was.Doubtful {
		return nil, hint.With(fmt.Errorf("%s was recovered with a manifest that had been changed: what its spec says may be wrong", dir), "run again, with the spec that was meant")
	}
	different := r.Differences
	if d, changed := datasetChanged(m); changed {
		different = append(different, d)
	}
	never := slices.ContainsFunc(different, func(d rundir.Difference) bool {
		return slices.Contains([]string{rundir.MicroBatchDifference, rundir.ArmsDifference, rundir.DirectionsDifference, rundir.ProbesDifference}, d.What)
	})
	if len(different) > 0 && !force || never {
		return nil, &DifferentError{dir, different}
	}
	for _, d := range different {
		m.Forced = append(m.Forced, d.String())
	}
	d, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer d.engine.Close()
	m.Host.Resumed = append(m.Host.Resumed, time.Now().UTC())
	w, err := storage.Resume(d.storage(dir, m))
	if err != nil {
		return nil, err
	}
	return d.run(ctx, w, m, progress)
}

// datasetChanged says whether the file that the prompts were read from has other
// prompts by now. Where it is gone, or was a pipe, nothing can be said.
func datasetChanged(m *rundir.Manifest) (rundir.Difference, bool) {
	spec, err := spec.OfRun(m)
	if err != nil || m.Host.Dataset == "" {
		return rundir.Difference{}, false
	}
	if info, err := os.Stat(m.Host.Dataset); err != nil || !info.Mode().IsRegular() {
		return rundir.Difference{}, false
	}
	spec.Prompts.File = m.Host.Dataset
	data, err := dataset.FromSpec(&spec)
	now := ""
	if err == nil {
		now = data.SHA256
	}
	return rundir.Difference{What: "dataset " + filepath.Base(m.Host.Dataset), Then: m.Dataset.SHA256, Now: now}, now != m.Dataset.SHA256
}
