package storage

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/x448/float16"
)

// Run is a run directory opened for reading.
type Run struct {
	Dir      string
	Manifest *Manifest // nil where the run did not get that far
	shards   []string  // the samples files
}

// Open opens a run directory, also one without a manifest: each of its named
// files is whole. The error says so where there is nothing to read.
func Open(dir string) (*Run, error) {
	r := &Run{Dir: dir}
	var err error
	if r.Manifest, err = ReadManifest(dir); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if r.shards, err = filepath.Glob(filepath.Join(dir, "samples-?????.arrow")); err != nil {
		return nil, err
	}
	sort.Strings(r.shards)
	if r.Manifest == nil && len(r.shards) == 0 {
		return nil, fmt.Errorf("storage: %s is not a run directory: it has no %s and no samples-*.arrow", dir, ManifestName)
	}
	return r, nil
}

// Samples reads the samples of every shard, in order of their ids.
func (r *Run) Samples() ([]Sample, error) {
	var out []Sample
	for _, path := range r.shards {
		err := eachRecord(path, func(rec arrow.Record) error {
			samples, err := samplesOf(rec)
			out = append(out, samples...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Activations are the rows of one sample. Values[p] holds len(Rows) vectors of
// Width floats for the p-th point asked for.
type Activations struct {
	Rows   []Row
	Width  int
	Values [][]float32
}

// Read reads the rows of a sample and, of its activations, the named points.
// Memory beyond the result: one record batch.
func (r *Run) Read(s Sample, points ...string) (*Activations, error) {
	out := &Activations{Values: make([][]float32, len(points))}
	path := filepath.Join(r.Dir, filepath.Base(s.File))
	skip, left := s.FirstRow, s.Rows
	err := eachRecord(path, func(rec arrow.Record) error {
		n := rec.NumRows()
		if left == 0 {
			return errEnough
		}
		if skip >= n {
			skip -= n
			return nil
		}
		part := rec.NewSlice(skip, min(n, skip+left))
		defer part.Release()
		skip, left = 0, left-part.NumRows()
		return out.take(part, points)
	})
	if err == nil && left > 0 {
		err = fmt.Errorf("storage: %s: sample %d has %d rows, %d are missing", path, s.SampleID, s.Rows, left)
	}
	return out, err
}

func (a *Activations) take(rec arrow.Record, points []string) error {
	c, err := columnsOf(rec, "position", "token_id", "token", "phase", "role", "generated", "logprob", "entropy", "spans")
	if err != nil {
		return err
	}
	for i := range int(rec.NumRows()) {
		a.Rows = append(a.Rows, Row{
			Position:  c[0].(*array.Int32).Value(i),
			TokenID:   c[1].(*array.Int32).Value(i),
			Token:     c[2].(*array.String).Value(i),
			Phase:     int8(c[3].(*array.Dictionary).GetValueIndex(i)),
			Role:      int8(c[4].(*array.Dictionary).GetValueIndex(i)),
			Generated: c[5].(*array.Boolean).Value(i),
			Logprob:   floatOrNaN(c[6].(*array.Float32), i),
			Entropy:   floatOrNaN(c[7].(*array.Float32), i),
			Spans:     texts(c[8].(*array.List), i),
		})
	}
	columns, err := columnsOf(rec, points...)
	if err != nil {
		return err
	}
	for p, column := range columns {
		list, ok := column.(*array.FixedSizeList)
		if !ok {
			return fmt.Errorf("storage: column %q holds %s, not tensors", points[p], column.DataType())
		}
		a.Width = int(list.DataType().(*arrow.FixedSizeListType).Len())
		from, to := list.ValueOffsets(0)
		if n := list.Len(); n > 0 {
			_, to = list.ValueOffsets(n - 1)
		}
		switch values := list.ListValues().(type) {
		case *array.Float32:
			a.Values[p] = append(a.Values[p], values.Float32Values()[from:to]...)
		case *array.Float16:
			for _, h := range values.Values()[from:to] {
				a.Values[p] = append(a.Values[p], float16.Frombits(h.Uint16()).Float32())
			}
		}
	}
	return nil
}

// texts reads one list of a column of lists; nil where it is empty.
func texts(a *array.List, i int) (out []string) {
	from, to := a.ValueOffsets(i)
	for j := from; j < to; j++ {
		out = append(out, a.ListValues().(*array.String).Value(int(j)))
	}
	return out
}

func floatOrNaN(a *array.Float32, i int) float32 {
	if a.IsNull(i) {
		return float32(math.NaN())
	}
	return a.Value(i)
}

func columnsOf(rec arrow.Record, names ...string) ([]arrow.Array, error) {
	out := make([]arrow.Array, len(names))
	for i, name := range names {
		at := rec.Schema().FieldIndices(name)
		if len(at) != 1 {
			return nil, fmt.Errorf("storage: no column %q", name)
		}
		out[i] = rec.Column(at[0])
	}
	return out, nil
}

// errEnough, returned by eachRecord's fn, ends the reading without an error.
var errEnough = errors.New("storage: enough read")

// eachRecord calls fn on the record batches of an Arrow file in turn.
func eachRecord(path string, fn func(arrow.Record) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	reader, err := ipc.NewFileReader(f)
	if err != nil {
		return fmt.Errorf("storage: %s is not a whole Arrow file: %w", path, err)
	}
	defer reader.Close()
	for i := range reader.NumRecords() {
		rec, err := reader.RecordAt(i)
		if err != nil {
			return fmt.Errorf("storage: %s: record batch %d: %w", path, i, err)
		}
		err = fn(rec)
		rec.Release()
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func samplesOf(rec arrow.Record) ([]Sample, error) {
	names := make([]string, 0, 19)
	for _, f := range sampleSchema().Fields() {
		names = append(names, f.Name)
	}
	c, err := columnsOf(rec, names...)
	if err != nil {
		return nil, err
	}
	out := make([]Sample, rec.NumRows())
	for i := range out {
		out[i] = Sample{
			SampleID: c[0].(*array.Int64).Value(i), PromptID: textAt(c[1], i), Sample: c[2].(*array.Int32).Value(i),
			Label: pointer(c[3], i, textAt), Group: pointer(c[4], i, textAt), Split: pointer(c[5], i, textAt), Pair: pointer(c[6], i, textAt),
			ParentSampleID: pointer(c[7], i, int64At),
			Prompt:         textAt(c[8], i), Response: textAt(c[9], i), FinishReason: textAt(c[10], i),
			PromptTokens: c[11].(*array.Int32).Value(i), ResponseTokens: c[12].(*array.Int32).Value(i),
			Seed: pointer(c[13], i, int64At), Logprob: pointer(c[14], i, float64At),
			File: textAt(c[15], i), FirstRow: int64At(c[16], i), Rows: int64At(c[17], i), Meta: textAt(c[18], i),
		}
	}
	return out, nil
}

func textAt(a arrow.Array, i int) string     { return a.(*array.String).Value(i) }
func int64At(a arrow.Array, i int) int64     { return a.(*array.Int64).Value(i) }
func float64At(a arrow.Array, i int) float64 { return a.(*array.Float64).Value(i) }

func pointer[T any](a arrow.Array, i int, at func(arrow.Array, int) T) *T {
	if a.IsNull(i) {
		return nil
	}
	v := at(a, i)
	return &v
}
