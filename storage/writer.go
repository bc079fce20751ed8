package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
)

// Config says what run directory to write.
type Config struct {
	Dir       string
	Overwrite bool     // replace a run that is already there
	Points    []string // activation columns, in order
	Width     int      // elements of each
	DType     DType
	FS        FS // nil is OS{}
}

// batchBytes is how much of the activations goes into one record batch.
const batchBytes = 16 << 20

// ErrExists says that the output folder is there and holds something.
var ErrExists = errors.New("storage: output folder exists and is not empty")

// ErrNotARun says that a folder may not be overwritten, since it holds files
// that are no part of a run.
var ErrNotARun = errors.New("storage: folder holds files that are not of a run")

// Writer writes a run directory. Samples are begun in the order of their ids and
// lie in the files in that order, whole and without gaps; several may be open at
// once, and rows of all but the first then wait in memory.
//
// After its first error a Writer refuses all further use: what was committed
// stays, nothing is added. Not safe for concurrent use.
type Writer struct {
	cfg       Config
	fs        FS
	dicts     dictionaries
	table     *table
	batchRows int
	shard     *shard
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
// ErrNotARun, or come from the file system.
func Create(cfg Config) (*Writer, error) {
	if cfg.FS == nil {
		cfg.FS = OS{}
	}
	entries, err := CheckDir(cfg.Dir, cfg.Overwrite)
	if err != nil {
		return nil, err
	}
	// The manifest first: what is left of the old run must not look whole.
	sort.SliceStable(entries, func(i, _ int) bool { return entries[i] == ManifestName })
	for _, name := range entries {
		if err := cfg.FS.Remove(filepath.Join(cfg.Dir, name)); err != nil {
			return nil, err
		}
	}
	if err := cfg.FS.MkdirAll(cfg.Dir); err != nil {
		return nil, err
	}
	rowBytes := max(1, len(cfg.Points)*cfg.Width*cfg.DType.Bytes())
	w := &Writer{
		cfg: cfg, fs: cfg.FS, dicts: newDictionaries(),
		table:     newTable(len(cfg.Points), cfg.Width, cfg.DType),
		batchRows: min(max(1, batchBytes/rowBytes), 1<<16),
		overflows: make([]int64, len(cfg.Points)),
	}
	for i := range w.table.points {
		w.table.points[i] = make([]byte, 0, w.batchRows*w.table.rowBytes)
	}
	return w, nil
}

// runFile matches every name that a run directory may hold.
var runFile = regexp.MustCompile(`^(manifest\.json|(samples|activations)-\d{5}\.arrow)((\.short)?\.part)?$`)

// CheckDir says whether a run may be written into a folder, which need not exist:
// it must be empty or, to be overwritten, hold nothing but a run, whose file
// names are returned. Errors wrap ErrExists and ErrNotARun.
func CheckDir(dir string, overwrite bool) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if len(entries) > 0 && !overwrite {
		return nil, fmt.Errorf("%w: %s", ErrExists, dir)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		if names[i] = e.Name(); !runFile.MatchString(names[i]) || e.IsDir() {
			return nil, fmt.Errorf("%w: %s", ErrNotARun, filepath.Join(dir, names[i]))
		}
	}
	return names, nil
}

// SampleWriter takes the rows of one sample.
type SampleWriter struct {
	w      *Writer
	id     int64
	rows   int64
	own    *table  // nil while the rows go straight to the shard
	result *Sample // set by End

	overflows []int64
}

// Begin opens the next sample.
func (w *Writer) Begin() *SampleWriter {
	s := &SampleWriter{w: w, id: w.next, overflows: make([]int64, len(w.cfg.Points))}
	w.next++
	if len(w.open) > 0 {
		s.own = newTable(len(w.cfg.Points), w.cfg.Width, w.cfg.DType)
	}
	w.open = append(w.open, s)
	return s
}

// ID is the sample's id.
func (s *SampleWriter) ID() int64 { return s.id }

// Add copies one row. vectors[i] is the activation at the writer's point i,
// Width long; it may be reused once Add returns.
func (s *SampleWriter) Add(row Row, vectors [][]float32) error {
	if s.w.err != nil {
		return s.w.err
	}
	s.rows++
	if s.own != nil {
		s.own.add(s.id, row, vectors, s.overflows)
		return nil
	}
	s.w.table.add(s.id, row, vectors, s.overflows)
	if s.w.table.len() >= s.w.batchRows {
		return s.w.flush()
	}
	return nil
}

// End closes the sample with its row of the samples table.
func (s *SampleWriter) End(sample Sample) error {
	w := s.w
	if w.err != nil {
		return w.err
	}
	s.result = &sample
	for len(w.open) > 0 && w.open[0].result != nil {
		if err := w.settle(w.open[0]); err != nil {
			return err
		}
		w.open = w.open[1:]
		if len(w.open) > 0 {
			w.table.take(w.open[0].own)
			w.open[0].own = nil
			if w.table.len() >= w.batchRows {
				if err := w.flush(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// settle gives the first open sample, now ended, its place in the shard.
func (w *Writer) settle(s *SampleWriter) error {
	if err := w.ensureShard(); err != nil {
		return err
	}
	done := s.result
	done.SampleID, done.Rows = s.id, s.rows
	done.File = shardName("activations", w.shard.number)
	done.FirstRow = w.finishedRows()
	w.shard.samples = append(w.shard.samples, *done)
	for i, n := range s.overflows {
		w.overflows[i] += n
	}
	return nil
}

// finishedRows counts the rows of the samples that this shard holds whole.
func (w *Writer) finishedRows() int64 {
	if n := len(w.shard.samples); n > 0 {
		last := w.shard.samples[n-1]
		return last.FirstRow + last.Rows
	}
	return 0
}

func (w *Writer) ensureShard() error {
	if w.shard != nil {
		return nil
	}
	path := filepath.Join(w.cfg.Dir, shardName("activations", w.shards))
	a, err := createArrow(w.fs, path, partSuffix, activationSchema(w.cfg.Points, w.cfg.Width, w.cfg.DType))
	if err != nil {
		return w.fail(err)
	}
	w.shard = &shard{number: w.shards, activations: a}
	return nil
}

func (w *Writer) flush() error {
	if err := w.ensureShard(); err != nil {
		return err
	}
	record := w.dicts.record(w.shard.activations.schema, w.table, w.cfg.Width)
	if err := w.shard.activations.write(record); err != nil {
		return w.fail(err)
	}
	w.table.reset()
	return nil
}

// Commit ends a shard: its files are synced and get their names, and are whole
// from then on. Every sample begun must have ended.
func (w *Writer) Commit() error {
	if w.err != nil {
		return w.err
	}
	if len(w.open) > 0 {
		return w.fail(fmt.Errorf("storage: commit with sample %d still open", w.open[0].id))
	}
	if w.shard == nil {
		return nil
	}
	if err := w.flush(); err != nil {
		return err
	}
	return w.commitShard()
}

func (w *Writer) commitShard() error {
	s := w.shard
	activations, err := s.activations.commit()
	if err != nil {
		return w.fail(err)
	}
	w.shard.activations = nil
	samples, err := s.commitSamples(w.fs, w.cfg.Dir)
	if err == nil {
		err = w.fs.SyncDir(w.cfg.Dir)
	}
	if err != nil {
		return w.fail(err)
	}
	w.files = append(w.files, samples, activations)
	w.samples += int64(len(s.samples))
	w.rows += activations.Rows
	w.shard, w.shards = nil, w.shards+1
	return nil
}

// Abandon drops the samples that have not ended and commits those that have, so
// that a run that must stop keeps what it finished. The ids of dropped samples
// are free again.
func (w *Writer) Abandon() error {
	if w.err != nil {
		return w.err
	}
	if len(w.open) > 0 {
		w.next = w.open[0].id
		w.open = nil
	}
	if w.shard == nil {
		w.table.reset()
		return nil
	}
	finished, written := w.finishedRows(), w.shard.activations.rows
	switch {
	case finished == 0 && len(w.shard.samples) == 0:
		w.shard.activations.discard()
		w.shard = nil
		w.table.reset()
		return nil
	case finished >= written:
		w.table.truncate(int(finished - written))
		if err := w.flush(); err != nil {
			return err
		}
	default:
		w.table.reset()
		shorter, err := w.shard.activations.truncate(finished)
		if err != nil {
			return w.fail(err)
		}
		w.shard.activations = shorter
	}
	return w.commitShard()
}

// Finish writes the manifest, last of all. The writer fills in what it knows:
// the format version, files, counts, and the overflows of the hooks.
func (w *Writer) Finish(m *Manifest) error {
	if w.err == nil && len(w.open) > 0 {
		return w.fail(fmt.Errorf("storage: manifest with sample %d still open", w.open[0].id))
	}
	m.FormatVersion = FormatVersion
	m.Files, m.Samples, m.Rows = w.files, w.samples, w.rows
	for i := range m.Hooks {
		m.Hooks[i].Float16Overflows = w.overflows[i]
	}
	return m.write(w.fs, w.cfg.Dir)
}

// Overflows gives, by point, how many finite values of the samples that ended
// became infinite as float16.
func (w *Writer) Overflows() []int64 { return w.overflows }

// Samples and Rows count what has been committed.
func (w *Writer) Samples() int64 { return w.samples }

// Rows counts the committed rows of activations.
func (w *Writer) Rows() int64 { return w.rows }

// fail keeps the first error and removes what is not whole.
func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = fmt.Errorf("storage: %s: %w", w.cfg.Dir, err)
		if w.shard != nil && w.shard.activations != nil {
			w.shard.activations.discard()
		}
		w.shard = nil
	}
	return w.err
}
