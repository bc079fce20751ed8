package storage

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// memoryFS holds one file, under every name.
type memoryFS struct {
	disk.OS
	text []byte
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

func (m memoryFS) Open(string) (disk.Source, error) { return memoryFile{bytes.NewReader(m.text)}, nil }

// Whatever the bytes: no panic, nothing outside of them, and no more memory than a
// multiple of them.
func FuzzArrowFile(f *testing.F) {
	dir := wholeRun(f, []int{5, 4, 7}, []int{1, 9})
	_, err := labels.Write(nil, dir, labelTable(f, dir, "truth"))
	require.NoError(f, err)
	for _, name := range []string{samples0, activations0, "activations-00001.arrow", rundir.LabelPath("truth", 1)} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(f, err)
		f.Add(text)
		f.Add(text[:len(text)*2/3])
	}
	for _, path := range []string{filepath.Join(experimentRun(f, true), samples0), filepath.Join(oldRun(f, "experiment"), samples0), filepath.Join(oldRun(f, "experiment"), activations0)} {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(text)
	}
	manifest, err := rundir.ReadManifest(dir)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text []byte) {
		whole, err := rundir.OpenTableIn(memoryFS{text: text}, rundir.LabelPath("truth", 1))
		if err == nil {
			readAll(t, whole)
		}
		cut, end, err := rundir.OpenCutIn(memoryFS{text: text}, "fuzzed.arrow.part")
		if err == nil {
			require.LessOrEqual(t, end.At, int64(len(text)))
			readAll(t, cut)
		}
		for _, schema := range []*arrow.Schema{rundir.SampleSchema(), rundir.SampleSchema(rundir.ReducedFields(columns, experimentReduce)...), rundir.ActivationSchema(columns)} {
			verify.Bytes(manifest, columns, text, schema)
		}
	})
}

// readAll reads a table in every way.
func readAll(t *testing.T, table *arrowfile.File) {
	t.Helper()
	n := table.Rows()
	require.GreaterOrEqual(t, n, int64(0))
	rundir.ReadRowsOf(table, 0, n)
	rundir.ReadSamplesOf(table)
	labels.TableOf(table)
	for i, c := range table.Columns() {
		if size := int64(c.RowBytes); size > 0 && n < 1<<20/size {
			table.ReadColumn(c.Name, 0, n, make([]byte, n*size))
		}
		for b, batch := range table.Batches() {
			table.Array(b, i, arrowfile.Span{From: batch.Rows / 2, To: batch.Rows})
		}
	}
	for b := range table.Batches() {
		table.Record(b)
		rundir.FirstRows(table, b, 3)
	}
}

// A manifest that can be read is written and read again as the same.
func FuzzManifest(f *testing.F) {
	text, err := os.ReadFile(filepath.Join(runWithDataset(f), rundir.ManifestName))
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte(`{"format_version":1,"plan":{"samples":9223372036854775807,"group_samples":1},"shard":{"index":2,"of":4611686018427387904},"status":"complete"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, _ := rundir.ParseManifest(text)
		if m == nil {
			return
		}
		verify.Manifest(m)
		rundir.GroupsOf(m)
		once, err := m.Text()
		if err != nil {
			return // a spec that is no JSON
		}
		again, err := rundir.ParseManifest(once)
		require.NoError(t, err)
		twice, err := again.Text()
		require.NoError(t, err)
		require.Equal(t, string(once), string(twice))
	})
}

// What can be read of a journal is written and read again as the same.
func FuzzJournal(f *testing.F) {
	m := wholeManifest("all", "response")
	var text []byte
	for n, e := range []rundir.Entry{{Run: m}, {Group: &rundir.Group{Number: 0, Samples: 3, Rows: 16, Files: []rundir.FileInfo{{Name: samples0}, {Name: activations0}}}}, {Drop: new(int)}} {
		line, err := e.Text()
		require.NoError(f, err)
		text = append(text, line...)
		f.Add(text)
		f.Add(text[:len(text)-n])
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		j, _, err := rundir.ParseJournal(bytes.NewReader(text))
		require.NotNil(t, j)
		if err != nil {
			return
		}
		var again []byte
		entries := []rundir.Entry{{Run: j.Manifest}}
		for i := range j.Groups {
			entries = append(entries, rundir.Entry{Group: &j.Groups[i]})
		}
		for _, e := range entries {
			line, err := e.Text()
			require.NoError(t, err)
			again = append(again, line...)
		}
		got, _, err := rundir.ParseJournal(io.Reader(bytes.NewReader(again)))
		require.NoError(t, err)
		require.Equal(t, j.Groups, got.Groups)
		j.Manifest.Hold(j.Groups)
	})
}
