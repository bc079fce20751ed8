package storage

import (
	"context"
	"fmt"
	"time"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// RecoverOptions says how a run is recovered.
type RecoverOptions struct {
	Out       string
	Overwrite bool    // replace the run that is in Out
	FS        disk.FS // nil is disk.OS{}
}

// Recover saves what is whole of a run, interrupted or damaged, into a run directory of
// its own, and says what was lost and why; nothing in dir is changed. Groups that have the
// sha256 that the manifest or the journal say are copied. Of a file that was cut short,
// the samples are saved that lie in its whole record batches. A file of full length with
// another sha256 is not believed: which of its values are right nobody can tell. Manifest
// and journal may be missing or damaged. Memory holds a record batch.
//
// The manifest's status is rundir.Complete where all is there. Otherwise it is
// rundir.Recovered, and Resume can decode what is missing, unless spec or prompts are
// lost. Errors wrap ErrNothing, rundir.ErrExists or rundir.ErrNotARun, are a
// *disk.LockedError, or come from the file system that is written to; Out is empty then,
// or as it was where nothing was written.
func Recover(ctx context.Context, dir string, opt RecoverOptions) (*rundir.Manifest, error) {
	if disk.Within(opt.Out, dir) {
		return nil, mergeError(fmt.Errorf("%s is to be recovered into itself", dir), "choose another folder")
	}
	if err := disk.CheckLock(dir); err != nil {
		return nil, err
	}
	r, err := survey(ctx, dir)
	if err != nil {
		return nil, err
	}
	cfg := Config{Dir: opt.Out, Overwrite: opt.Overwrite, Manifest: r.m, Rows: max(1, r.m.Engine.MicroBatch), FS: opt.FS, keptOf: dir}
	r.At, r.Doubtful = time.Now().UTC(), r.changed
	r.m.Host.Recovered = &r.Recovery
	if opt.Overwrite && !r.promising() { // before anything of Out is given up
		return nil, r.nothing()
	}
	if r.w, err = Create(cfg); err != nil {
		return nil, err
	}
	for _, number := range r.numbers {
		if err := r.group(ctx, number); err != nil {
			return nil, r.w.undo(err)
		}
	}
	if len(r.w.groups) == 0 {
		return nil, r.w.undo(r.nothing())
	}
	if err := r.labels(ctx); err != nil {
		return nil, r.w.undo(err)
	}
	return r.finish()
}

// group saves a group: as it is, or what can be read of it.
func (r *recovery) group(ctx context.Context, number int) error {
	g, listed := r.listed[number]
	if listed && !g.Partial && !r.changed {
		err := r.w.adopt(ctx, r.dir, g)
		if err == nil {
			r.Whole++
		}
		if !disk.IsDamage(err) {
			return err
		}
	}
	return r.salvage(ctx, number)
}

// finish writes what became of the run. A journal stays where there is something
// left to decode and all that it takes.
func (r *recovery) finish() (*rundir.Manifest, error) {
	status := rundir.Recovered
	if r.complete() {
		status = rundir.Complete
	}
	if !r.resumable() { // first: at no time must it look as if it were
		r.w.journal.Close()
		if err := r.w.fs.Remove(r.w.journal.Path); err != nil {
			return nil, r.w.undo(err)
		}
	}
	if _, err := r.w.finish(status, nil); err != nil {
		return nil, r.w.undo(err)
	}
	r.w.Close()
	return r.m, nil
}

// promising says whether any group has both its files, and they can be opened.
func (r *recovery) promising() bool {
	for _, n := range r.numbers {
		samples, _, err := r.open("samples", n)
		if err != nil {
			continue
		}
		samples.Close()
		if rows, _, err := r.open("activations", n); err == nil {
			rows.Close()
			return true
		}
	}
	return false
}

// complete says whether every sample of the plan is there.
func (r *recovery) complete() bool {
	if !r.resumable() {
		return false
	}
	first, step := 0, 1
	if s := r.m.Shard; s != nil {
		first, step = s.Index-1, s.Of
	}
	for n := first; n < r.m.Plan.Groups(); n += step {
		if !r.w.Has(n) {
			return false
		}
	}
	return true
}

// nothing says why nothing was saved.
func (r *recovery) nothing() error {
	if len(r.Lost) == 0 {
		return fmt.Errorf("%w in %s", ErrNothing, r.dir)
	}
	return fmt.Errorf("%w in %s: %s %s", ErrNothing, r.dir, r.Lost[0].File, r.Lost[0].Why)
}
