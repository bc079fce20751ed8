package storage

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// openTestTable opens a file for the length of a test.
func openTestTable(t testing.TB, path string) *arrowfile.File {
	t.Helper()
	table, err := rundir.OpenTable(path)
	require.NoError(t, err)
	t.Cleanup(func() { table.Close() })
	return table
}

func TestTableSaysWhatAFileHolds(t *testing.T) {
	dir := wholeRun(t, []int{5, 4, 7})
	table := openTestTable(t, filepath.Join(dir, activations0))
	assert.EqualValues(t, 16, table.Rows())
	assert.Equal(t, []arrowfile.Batch{{First: 0, Rows: 4}, {First: 4, Rows: 4}, {First: 8, Rows: 4}, {First: 12, Rows: 4}}, table.Batches())
	assert.Equal(t, "activations", rundir.KindOf(table))
	infos := table.Columns()
	require.Len(t, infos, len(rundir.RequiredRowFields)+len(columns))
	assert.Equal(t, arrowfile.ColumnInfo{Name: "sample_id", Type: "int64", RowBytes: 8}, infos[0])
	assert.Equal(t, "dictionary<int8, utf8>", infos[4].Type)
	for i, c := range columns {
		info := infos[len(rundir.RequiredRowFields)+i]
		require.Equal(t, &c, info.Tensor)
		require.Equal(t, c.RowBytes(), info.RowBytes)
	}
}

// Every range of rows, of every column: what Read gives is right, too.
func TestTableReadsRanges(t *testing.T) {
	lengths := []int{5, 4, 7}
	dir := wholeRun(t, lengths)
	table := openTestTable(t, filepath.Join(dir, activations0))
	var want []rundir.Row
	for _, n := range lengths {
		for i := range n {
			want = append(want, wholeRow(i))
		}
	}
	same := func(want, got rundir.Row) {
		assert.Equal(t, math.Float32bits(want.Logprob), math.Float32bits(got.Logprob))
		assert.Equal(t, math.Float32bits(want.Entropy), math.Float32bits(got.Entropy))
		want.Logprob, got.Logprob, want.Entropy, got.Entropy = 0, 0, 0, 0
		require.Equal(t, want, got)
	}
	for from := range want {
		for to := from; to <= len(want); to++ {
			rows, err := rundir.ReadRowsOf(table, int64(from), int64(to))
			require.NoError(t, err)
			require.Len(t, rows, to-from)
			for i, r := range rows {
				same(want[from+i], r)
			}
			for _, c := range columns {
				all, part := make([]byte, 16*c.RowBytes()), make([]byte, (to-from)*c.RowBytes())
				require.NoError(t, table.ReadColumn(c.Name, 0, 16, all))
				require.NoError(t, table.ReadColumn(c.Name, int64(from), int64(to), part))
				require.Equal(t, all[from*c.RowBytes():to*c.RowBytes()], part)
			}
		}
	}
}

func TestTableRefusesWhatItHasNot(t *testing.T) {
	table := openTestTable(t, filepath.Join(wholeRun(t, []int{5}), activations0))
	for _, rows := range [][2]int64{{-1, 2}, {2, 1}, {0, 6}, {6, 6}, {math.MaxInt64 - 1, math.MaxInt64}} {
		_, err := rundir.ReadRowsOf(table, rows[0], rows[1])
		require.ErrorContains(t, err, "of 5")
	}
	require.ErrorContains(t, table.ReadColumn("nothing", 0, 1, nil), `no column "nothing"`)
	require.ErrorContains(t, table.ReadColumn("token", 0, 1, nil), "holds utf8")
	require.ErrorContains(t, table.ReadColumn("generated", 0, 1, nil), "holds bool")
	require.ErrorContains(t, table.ReadColumn("logprob", 0, 1, make([]byte, 4)), "row 0 is null")
	require.ErrorContains(t, table.ReadColumn("sample_id", 0, 1, make([]byte, 7)), "7 bytes for rows 0 to 1")
	_, err := rundir.ReadSamplesOf(table)
	require.ErrorContains(t, err, `no column "prompt_id"`)
}

// Another writer may order the values of a dictionary as it likes, and add to it.
func TestTableReadsOtherDictionaries(t *testing.T) {
	dir := wholeRun(t, []int{5, 4, 7})
	rewrite(t, dir, activations0, func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
		codes := []int8{2, 1, 0} // of prompt, response, followup
		values := arrowfile.Strings([]string{"followup", "response", "prompt"})
		return remade(func(_ []arrow.Field, c []arrow.Array) {
			b := array.NewInt8Builder(memory.DefaultAllocator)
			for _, code := range c[4].(*array.Dictionary).Indices().(*array.Int8).Int8Values() {
				b.Append(codes[code])
			}
			c[4] = array.NewDictionaryArray(rundir.PhaseType, b.NewArray(), values)
		})(records)
	})
	rows, err := rundir.ReadRowsOf(openTestTable(t, filepath.Join(dir, activations0)), 0, 9)
	require.NoError(t, err)
	for i, r := range rows {
		require.Equal(t, wholeRow([]int{0, 1, 2, 3, 4, 0, 1, 2, 3}[i]).Phase, r.Phase)
	}
}

// countedFS counts the bytes that are read of its files.
type countedFS struct {
	disk.OS
	read int64
}

func (c *countedFS) Open(path string) (disk.Source, error) {
	f, err := os.Open(path)
	return &countedSource{f, c}, err
}

type countedSource struct {
	disk.Source
	fs *countedFS
}

func (c *countedSource) ReadAt(b []byte, at int64) (int, error) {
	c.fs.read += int64(len(b))
	return c.Source.ReadAt(b, at)
}

// A sample at the end of a file costs its own rows and the metadata, none of the
// record batches before it.
func TestReadingASampleReadsNothingBeforeIt(t *testing.T) {
	column := arrowfile.Column{Name: "blocks.0.hook_resid_post", Shape: []int{1024}, DType: arrowfile.Float32}
	w, err := Create(Config{Dir: t.TempDir() + "/run", Columns: []arrowfile.Column{column}, Rows: 64, Manifest: &rundir.Manifest{Hooks: []rundir.Hook{{Name: column.Name, Shape: column.Shape}}}})
	require.NoError(t, err)
	for range 20 {
		s := w.Begin(64)
		for i := range 64 {
			_, err := s.Reserve()
			require.NoError(t, err)
			require.NoError(t, s.Add(row(i)))
		}
		require.NoError(t, s.End(sample("p")))
	}
	require.NoError(t, w.Commit())
	finish(t, w, rundir.Complete)

	files := &countedFS{}
	table, err := rundir.OpenTableIn(files, filepath.Join(w.cfg.Dir, activations0))
	require.NoError(t, err)
	defer table.Close()
	opened := files.read
	a, err := rundir.ReadActivations(table, rundir.Sample{FirstRow: 18 * 64, Rows: 64}, []string{column.Name})
	require.NoError(t, err)
	require.Len(t, a.Values[0], 64*1024)
	t.Logf("a sample of 64 rows, %d bytes: %d bytes of metadata and %d more were read, of %d", 64*column.RowBytes(), opened, files.read-opened, table.Size())
	require.Less(t, opened, int64(64<<10))
	require.Less(t, files.read-opened, int64(64*column.RowBytes()+8<<10))
}
