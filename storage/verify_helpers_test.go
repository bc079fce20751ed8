package storage

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

const (
	samples0     = "samples-00000.arrow"
	activations0 = "activations-00000.arrow"
)

// wholeManifest is that of a run with the columns of this package's tests.
func wholeManifest(tokens, logprobs string) *rundir.Manifest {
	m := &rundir.Manifest{Status: rundir.Complete, DType: "", Engine: rundir.Engine{MicroBatch: 4},
		Spec: json.RawMessage(fmt.Sprintf(`{"generate":{"seed":7},"capture":{"tokens":%q,"logprobs":%q}}`, tokens, logprobs))}
	for _, c := range columns {
		m.Hooks = append(m.Hooks, rundir.Hook{Name: c.Name, Shape: c.Shape})
	}
	return m
}

// wholeSample is the sample that rows of wholeRow make.
func wholeSample(id, rows int) rundir.Sample {
	s := sample(fmt.Sprint("p", id/2))
	s.Sample, s.PromptTokens, s.ResponseTokens = int32(id%2), int32(min(rows, 3)), int32(max(rows-3, 0))
	seed := rundir.SampleSeed(7, []byte(s.PromptID), s.Sample)
	s.Seed, s.Meta = &seed, `{"topic": "tin"}`
	return s
}

func wholeRow(position int) rundir.Row {
	r := row(position)
	if r.Phase == 0 {
		r.Entropy = float32(math.NaN())
	}
	return r
}

// writeWholeSample writes a sample of so many rows; change may change each.
func writeWholeSample(t testing.TB, w *Writer, id, rows int, change ...rowChange) {
	s := w.Begin(rows)
	for i := range rows {
		p, err := s.Reserve()
		require.NoError(t, err)
		fill(w, p, s.ID(), i)
		r := wholeRow(i)
		for _, c := range change {
			c(w, id, i, p, &r)
		}
		require.NoError(t, s.Add(r))
	}
	require.NoError(t, s.End(wholeSample(id, rows)))
}

// rowChange changes a row of a sample before it is added.
type rowChange func(w *Writer, id, position int, p rowmem.Place, r *rundir.Row)

// wholeRun writes two groups, with samples of so many rows each.
func wholeRun(t testing.TB, groups ...[]int) string {
	w := create(t, Config{Manifest: wholeManifest("all", "response")})
	id := 0
	for _, rows := range groups {
		for _, n := range rows {
			writeWholeSample(t, w, id, n)
			id++
		}
		require.NoError(t, w.Commit())
	}
	finish(t, w, rundir.Complete)
	return w.cfg.Dir
}

func editManifest(t testing.TB, dir string, edit func(m *rundir.Manifest)) {
	m, err := rundir.ReadManifest(dir)
	require.NoError(t, err)
	edit(m)
	text, err := m.Text()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, rundir.ManifestName), text, 0o666))
}

// seal makes the manifest agree with a file that was changed, so that only the
// damage inside is left to find.
func seal(t testing.TB, dir, name string) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	sum := sha256.Sum256(text)
	editManifest(t, dir, func(m *rundir.Manifest) {
		for i := range m.Files {
			if m.Files[i].Name == name {
				m.Files[i].Bytes, m.Files[i].SHA256 = int64(len(text)), hex.EncodeToString(sum[:])
			}
		}
	})
}

// rewrite writes a file of a run anew, with the records that change gives.
func rewrite(t testing.TB, dir, name string, change func([]arrow.Record) (*arrow.Schema, []arrow.Record)) {
	path := filepath.Join(dir, name)
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	r, err := ipc.NewFileReader(f)
	require.NoError(t, err)
	var records []arrow.Record
	for i := range r.NumRecords() {
		rec, err := r.RecordAt(i)
		require.NoError(t, err)
		records = append(records, rec)
	}
	schema, records := change(records)
	a, err := arrowfile.Create(disk.OS{}, path, disk.PartSuffix, schema)
	require.NoError(t, err)
	for _, rec := range records {
		rec.Retain()
		require.NoError(t, a.Write(rec))
	}
	_, err = a.Commit()
	require.NoError(t, err)
	seal(t, dir, name)
}

// editSamples changes the rows of the first samples file.
func editSamples(edit func(s []rundir.Sample)) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		rewrite(t, dir, samples0, func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
			s, err := rundir.ReadSamples(filepath.Join(dir, samples0))
			require.NoError(t, err)
			edit(s)
			return records[0].Schema(), []arrow.Record{sampleRecord(rundir.SampleSchema(), s, nil)}
		})
	}
}

// editValues changes the values of a column in the second record batch.
func editValues(column int, edit func(b []byte)) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		rewrite(t, dir, activations0, func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
			data := records[1].Column(column).Data()
			if list, ok := records[1].Column(column).(*array.FixedSizeList); ok {
				data = list.ListValues().Data()
			}
			buffers := data.Buffers()
			edit(buffers[len(buffers)-1].Bytes())
			return records[0].Schema(), records
		})
	}
}

func putInt(at int, x int32) func([]byte) {
	return func(b []byte) { binary.LittleEndian.PutUint32(b[4*at:], uint32(x)) }
}

func putFloat(at int, x float64) func([]byte) {
	return putInt(at, int32(math.Float32bits(float32(x))))
}

// editFields changes the schema of a file and leaves its columns as they are.
func editFields(name string, edit func(fields []arrow.Field, keys, values []string)) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		rewrite(t, dir, name, func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
			old := records[0].Schema()
			fields, meta := old.Fields(), old.Metadata()
			keys, values := append([]string{}, meta.Keys()...), append([]string{}, meta.Values()...)
			edit(fields, keys, values)
			m := arrow.NewMetadata(keys, values)
			schema := arrow.NewSchema(fields, &m)
			for i, r := range records {
				records[i] = array.NewRecord(schema, r.Columns(), r.NumRows())
			}
			return schema, records
		})
	}
}
