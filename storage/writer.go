package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// Config says what run directory to write.
type Config struct {
	Dir        string
	Overwrite  bool               // replace a run that is already there
	Manifest   *rundir.Manifest   // what the run is; the writer fills in files, counts and how it ended
	Dataset    []byte             // the prompts as rundir.DatasetName keeps them; nil writes none
	Directions []byte             // that interventions used, as rundir.DirectionsName keeps them, which the manifest then says; nil writes none
	keptOf     string             // instead: the run directory to copy both from, as the manifest promises them
	Columns    []arrowfile.Column // of activations, in order
	Rows       int                // of a record batch and of a buffer: the engine's micro-batch
	Reduce     []string           // of rundir.Reductions, of each sample's rows, in the order of their columns
	NoRows     bool               // rows are reduced and not written
	Optional   []string           // optional columns of samples and rows that are written, by their names; reductions have theirs by Reduce
	FS         disk.FS            // nil is disk.OS{}
}

// Writer writes a run directory. Samples are begun in the order of their ids and
// lie in the files in that order, whole and without gaps; several may be open at
// once.
//
// Captured rows lie in memory in two buffers of Config.Rows rows each: one is filled by
// the engine while a goroutine makes a record batch of the other and writes it. Rows whose
// place in the file is not known yet wait in memory for up to Config.Rows rows more, which
// is taken as it is needed. Those that wait beyond that go to one file for each sample,
// but for places that are reserved and not added, which stay. So memory holds the
// activations of 2 times Config.Rows rows while nothing waits, and otherwise of at most 3
// 1/8 times Config.Rows rows and of one more for each open sample. Also in memory are what
// waiting rows carry beside their activations, and, until the group ends, the reductions
// of its samples: a row in float32 for each. No goroutine is left after Commit, Abandon or
// an error.
//
// After its first error a Writer refuses all further use but Finish: what was
// committed stays, nothing is added. Not safe for concurrent use. It holds the
// lock of the folder until Finish or Close.
type Writer struct {
	cfg     Config
	fs      disk.FS
	lock    *disk.Lock
	journal *rundir.JournalWriter
	layout  *rowmem.Layout
	dicts   dictionaries
	window  window
	pool    pool
	reducer *rowmem.Reducer
	single  *rowmem.Slab // of one row; nil until it is needed
	group   *openGroup   // nil between Commit and Begin
	number  int          // of the group that is begun next
	open    []*SampleWriter
	next    int64
	groups  []rundir.Group // of the journal, in order of their numbers
	err     error
}

// Create makes the folder, locks it, and gives a writer for it. Errors wrap
// rundir.ErrExists and rundir.ErrNotARun, are a *disk.LockedError, come from the file
// system, or name what is wrong with a column.
func Create(cfg Config) (*Writer, error) {
	w, err := newWriter(cfg)
	if err != nil {
		return nil, err
	}
	if w.lock, err = openDir(w.fs, cfg.Dir, cfg.Overwrite); err != nil {
		return nil, err
	}
	w.fs = disk.LockedFS{FS: w.fs, Lock: w.lock}
	if err = w.keep(); err == nil {
		w.journal, err = rundir.BeginJournal(w.fs, cfg.Dir, w.cfg.Manifest, nil)
	}
	if err != nil {
		w.fs.Remove(filepath.Join(cfg.Dir, rundir.JournalName))
		w.fs.Remove(filepath.Join(cfg.Dir, rundir.DatasetName))
		w.fs.Remove(filepath.Join(cfg.Dir, rundir.DirectionsName))
		w.Close()
		return nil, err
	}
	return w, nil
}

// Resume continues a run that was stopped, whatever stopped it: its groups that are whole
// stay, all else is removed or replaced. cfg.Manifest is that of its journal, or says more
// (Forced, Host.Resumed). Errors are a *disk.LockedError, a *rundir.ResumeError where the
// run is of another version, a *disk.DamageError where prompts or directions are not those
// that it was begun with, or come from the journal and the file system.
func Resume(cfg Config) (*Writer, error) {
	w, err := newWriter(cfg)
	if err != nil {
		return nil, err
	}
	if err := w.resumable(); err != nil {
		return nil, err
	}
	if w.lock, err = disk.TakeLock(cfg.Dir); err != nil {
		return nil, err
	}
	w.fs = disk.LockedFS{FS: w.fs, Lock: w.lock}
	if err = w.resume(); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// resume reads the journal again, now that nobody else writes it. The manifest of
// a run that ended early goes after the new journal is there: at no time is there
// neither.
func (w *Writer) resume() error {
	j, err := rundir.ReadJournal(w.cfg.Dir)
	if err != nil {
		return err
	}
	w.groups = j.Groups
	for _, f := range w.cfg.Manifest.Kept() { // what is decoded from now on is made of them
		if err := disk.CheckSum(filepath.Join(w.cfg.Dir, f.Name), f.SHA256); err != nil {
			return err
		}
	}
	if err := removeParts(w.fs, w.cfg.Dir); err != nil {
		return err
	}
	if w.journal, err = rundir.BeginJournal(w.fs, w.cfg.Dir, w.cfg.Manifest, j.Groups); err != nil {
		return err
	}
	if err := w.fs.Remove(filepath.Join(w.cfg.Dir, rundir.ManifestName)); err != nil && !os.IsNotExist(err) {
		return err
	}
	return w.fs.SyncDir(w.cfg.Dir)
}

func newWriter(cfg Config) (*Writer, error) {
	if cfg.FS == nil {
		cfg.FS = disk.OS{}
	}
	if cfg.Manifest == nil {
		cfg.Manifest = &rundir.Manifest{}
	}
	if cfg.Manifest.FormatVersion == 0 { // what is copied keeps its own
		cfg.Manifest.FormatVersion = rundir.FormatVersion
		if err := listOptional(&cfg); err != nil {
			return nil, err
		}
	}
	if cfg.Rows < 1 {
		return nil, fmt.Errorf("record batches of %d rows", cfg.Rows)
	}
	for _, c := range cfg.Columns {
		if err := c.Check(); err != nil {
			return nil, err
		}
	}
	w := &Writer{cfg: cfg, fs: cfg.FS, layout: rowmem.NewLayout(cfg.Columns), dicts: newDictionaries(cfg.Manifest.FormatVersion)}
	w.window = window{layout: w.layout, size: cfg.Rows, write: w.writeBatch}
	w.pool = pool{layout: w.layout, limit: cfg.Rows}
	var err error
	w.reducer, err = rowmem.NewReducer(w.layout, cfg.Reduce)
	return w, err
}

// Finish writes the manifest, last of all, and ends the writer: with rundir.Complete the
// journal goes, as it has nothing more to say. cause is why the run did not get there, for
// rundir.Failed. The manifest has what the writer knows: files, counts, and the overflows
// of the hooks. It is an error if a sample was begun and neither committed nor abandoned.
func (w *Writer) Finish(status string, cause error) (*rundir.Manifest, error) {
	if w.lock == nil {
		return w.cfg.Manifest, w.fail(errClosed)
	}
	defer w.Close()
	return w.finish(status, cause)
}

// finish is Finish, but for the end of the writer.
func (w *Writer) finish(status string, cause error) (*rundir.Manifest, error) {
	if w.err == nil && w.group != nil {
		return nil, w.fail(errors.New("manifest with samples that are not committed"))
	}
	m := w.cfg.Manifest
	m.Status, m.Error = status, ""
	if cause != nil {
		m.Error = cause.Error()
	}
	m.Hold(w.groups)
	if err := m.Write(w.fs, w.cfg.Dir); err != nil {
		if errors.Is(err, disk.ErrGone) {
			w.groups = nil
			m.Hold(nil)
		}
		return m, err
	}
	if status != rundir.Complete {
		return m, nil
	}
	w.journal.Close()
	if err := w.fs.Remove(w.journal.Path); err != nil {
		return m, err
	}
	return m, w.fs.SyncDir(w.cfg.Dir)
}

// Close ends the writer where no manifest is to be written, and gives the lock
// back. It may be called again.
func (w *Writer) Close() {
	w.fail(errClosed)
	if w.journal != nil {
		w.journal.Close()
	}
	w.lock.Release()
	w.lock = nil
}

var errClosed = errors.New("the writer was closed")

// check gives the error that the writer has, also that of a write which has
// ended since.
func (w *Writer) check() error {
	if w.err != nil {
		return w.err
	}
	return w.fail(w.window.poll())
}
