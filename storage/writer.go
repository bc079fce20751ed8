package storage

import (
	"errors"
	"fmt"
	"path/filepath"
)

// Config says what run directory to write.
type Config struct {
	Dir       string
	Overwrite bool     // replace a run that is already there
	Columns   []Column // of activations, in order
	Rows      int      // of a record batch and of a buffer: the engine's micro-batch
	FS        FS       // nil is OS{}
}

// Writer writes a run directory. Samples are begun in the order of their ids and
// lie in the files in that order, whole and without gaps; several may be open at
// once.
//
// Captured rows lie in memory in two buffers of Config.Rows rows each: one is
// filled by the engine while a goroutine makes a record batch of the other and
// writes it. Rows of which it is not known yet where in the file they belong
// wait in as many rows again, made as they are needed; what waits beyond that
// goes to one file a sample. Only places that are reserved and not added cannot.
// So 2 times Config.Rows rows are in memory while nothing waits, and otherwise no
// more than 3 times, an eighth, and one of each open sample. No goroutine is left
// after Commit, Abandon or an error.
//
// After its first error a Writer refuses all further use: what was committed
// stays, nothing is added. Not safe for concurrent use.
type Writer struct {
	cfg       Config
	fs        FS
	layout    *layout
	dicts     dictionaries
	window    window
	pool      pool
	shard     *shard // nil between Commit and Begin
	shards    int
	open      []*SampleWriter
	next      int64
	files     []FileInfo
	samples   int64 // committed
	rows      int64 // committed
	overflows []int64
	err       error
}

// Create makes the folder and a writer for it. Errors wrap ErrExists and
// ErrNotARun, come from the file system, or name what is wrong with a column.
func Create(cfg Config) (*Writer, error) {
	if cfg.FS == nil {
		cfg.FS = OS{}
	}
	if cfg.Rows < 1 {
		return nil, fmt.Errorf("storage: record batches of %d rows", cfg.Rows)
	}
	for _, c := range cfg.Columns {
		if err := c.check(); err != nil {
			return nil, err
		}
	}
	if err := clearDir(cfg.FS, cfg.Dir, cfg.Overwrite); err != nil {
		return nil, err
	}
	w := &Writer{
		cfg: cfg, fs: cfg.FS, layout: newLayout(cfg.Columns), dicts: newDictionaries(),
		overflows: make([]int64, len(cfg.Columns)),
	}
	w.window = window{layout: w.layout, size: cfg.Rows, write: w.writeBatch}
	w.pool = pool{layout: w.layout, limit: cfg.Rows}
	return w, nil
}

// Begin opens the next sample. rows is how many it will have, negative where
// that is not known before. Errors show at the sample's next call.
func (w *Writer) Begin(rows int) *SampleWriter {
	s := &SampleWriter{w: w, id: w.next, told: int64(rows), start: -1, overflows: make([]int64, len(w.cfg.Columns))}
	s.queue = queue{pool: &w.pool, create: func() (*spill, error) {
		return createSpill(w.fs, filepath.Join(w.cfg.Dir, spillName(s.id)))
	}}
	if w.check() != nil {
		return s
	}
	if w.shard == nil {
		if w.fail(w.beginShard()) != nil {
			return s
		}
	}
	w.next++
	w.open = append(w.open, s)
	w.locate()
	return s
}

func (w *Writer) beginShard() error {
	path := filepath.Join(w.cfg.Dir, shardName("activations", w.shards))
	a, err := createArrow(w.fs, path, partSuffix, activationSchema(w.cfg.Columns))
	if err == nil {
		w.shard = &shard{number: w.shards, activations: a}
	}
	return err
}

// writeBatch writes one record batch; it runs in the window's goroutine.
func (w *Writer) writeBatch(b *buffer, rows int) error {
	a := w.shard.activations
	return a.write(w.dicts.record(a.schema, w.layout, b, rows))
}

// wait gives a row of memory that is none of the file's yet. Where there is none
// it moves rows that wait to files, of the last samples first, until half of
// the pool is free.
func (w *Writer) wait() (Place, error) {
	if w.pool.full() {
		for i := len(w.open) - 1; i >= 0 && !w.pool.roomy(); i-- {
			if err := w.open[i].queue.spill(); err != nil {
				return Place{}, err
			}
		}
	}
	return w.pool.take(), nil
}

// locate says of the open samples where they begin, as far as that is known.
func (w *Writer) locate() {
	at := w.shard.rows()
	for _, s := range w.open {
		s.start = at
		if s.length() < 0 {
			return
		}
		at += s.length()
	}
}

// settle moves what waits to its places, as far as these are known and free, and
// closes the samples at the front that have ended.
func (w *Writer) settle() error {
	w.locate()
	for _, s := range w.open {
		if s.start < 0 {
			break
		}
		if err := s.drain(); err != nil {
			return w.fail(err)
		}
	}
	for len(w.open) > 0 && w.open[0].result != nil {
		s := w.open[0]
		w.open = w.open[1:]
		done := s.result
		done.SampleID, done.FirstRow, done.Rows = s.id, s.start, s.added
		done.File = shardName("activations", w.shard.number)
		w.shard.samples = append(w.shard.samples, *done)
		for c, n := range s.overflows {
			w.overflows[c] += n
		}
	}
	return nil
}

// Finish writes the manifest, last of all. The writer fills in what it knows:
// the format version, files, counts, and the overflows of the hooks. It is an
// error if a sample was begun and neither committed nor abandoned.
func (w *Writer) Finish(m *Manifest) error {
	if w.err == nil && w.shard != nil {
		return w.fail(errors.New("manifest with samples that are not committed"))
	}
	m.FormatVersion = FormatVersion
	m.Files, m.Samples, m.Rows = w.files, w.samples, w.rows
	for i := range m.Hooks {
		m.Hooks[i].Float16Overflows = w.overflows[i]
	}
	return m.write(w.fs, w.cfg.Dir)
}

// Overflows gives, by column, how many finite values of the samples that ended
// became infinite as float16.
func (w *Writer) Overflows() []int64 { return w.overflows }

// Samples counts the committed samples.
func (w *Writer) Samples() int64 { return w.samples }

// Rows counts the committed rows of activations.
func (w *Writer) Rows() int64 { return w.rows }

// check gives the error that the writer has, also that of a write which has
// ended since.
func (w *Writer) check() error {
	if w.err != nil {
		return w.err
	}
	return w.fail(w.window.poll())
}
