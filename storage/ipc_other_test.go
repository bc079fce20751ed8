package storage

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// otherFile writes an Arrow file that is not of a run.
func otherFile(t testing.TB, schema *arrow.Schema, records []arrow.Record, options ...ipc.Option) string {
	path := filepath.Join(t.TempDir(), "other.arrow")
	f, err := os.Create(path)
	require.NoError(t, err)
	w, err := ipc.NewFileWriter(f, append(options, ipc.WithSchema(schema))...)
	require.NoError(t, err)
	for _, r := range records {
		require.NoError(t, w.Write(r))
	}
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
	return path
}

func TestOtherWritersMarkTheEndOfTheStream(t *testing.T) {
	path := filepath.Join(wholeRun(t, []int{5, 4, 7}), activations0)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	a, err := arrowfile.ReadFooter(bytes.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	marked := slices.Concat(text[:a.At], []byte("\xff\xff\xff\xff\x00\x00\x00\x00"), text[a.At:])
	require.NoError(t, os.WriteFile(path, marked, 0o666))
	require.EqualValues(t, 16, openTestTable(t, path).Rows())
	table, cut, err := rundir.OpenCut(path)
	require.NoError(t, err)
	defer table.Close()
	require.NoError(t, cut.Why)
	require.Equal(t, a.At, cut.At)
	require.EqualValues(t, 16, table.Rows())
}

// What the columns of a run are not is refused by name, not read wrongly.
func TestOtherTypesAreRefused(t *testing.T) {
	for name, kind := range map[string]arrow.DataType{
		"its type (Arrow's number 8)":  arrow.FixedWidthTypes.Date32,
		"its type (Arrow's number 13)": arrow.StructOf(arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int8}),
		"its type (Arrow's number 20)": arrow.BinaryTypes.LargeString,
		"its type (Arrow's number 12)": arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Int8)),
		"a dictionary of int64":        &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.PrimitiveTypes.Int64},
	} {
		_, err := rundir.OpenTable(otherFile(t, arrow.NewSchema([]arrow.Field{{Name: "when", Type: kind}}, nil), nil))
		require.ErrorContains(t, err, `column "when": `)
		require.ErrorContains(t, err, name)
	}
}

func TestCompressedFilesAreRefused(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}}, nil)
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.AppendValues(make([]int64, 1000), nil)
	record := array.NewRecord(schema, []arrow.Array{b.NewArray()}, 1000)
	_, err := rundir.OpenTable(otherFile(t, schema, []arrow.Record{record}, ipc.WithZstd()))
	require.ErrorContains(t, err, "record batch 0: it is compressed, which no file of a run is")
}

// A file that is not of a run is described all the same.
func TestDescribeOfAnotherFile(t *testing.T) {
	kind := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "word", Type: kind, Nullable: true}, {Name: "n", Type: arrow.ListOf(arrow.PrimitiveTypes.Uint16), Nullable: true},
	}, nil)
	words := arrowfile.Strings([]string{"a", "b", "c"})
	record := func(codes []int32, lists [][]uint16) arrow.Record {
		index := array.NewInt32Builder(memory.DefaultAllocator)
		list := array.NewListBuilder(memory.DefaultAllocator, arrow.PrimitiveTypes.Uint16)
		for i, code := range codes {
			if code < 0 {
				index.AppendNull()
			} else {
				index.Append(code)
			}
			list.Append(lists[i] != nil)
			list.ValueBuilder().(*array.Uint16Builder).AppendValues(lists[i], nil)
		}
		return array.NewRecord(schema, []arrow.Array{array.NewDictionaryArray(kind, index.NewArray(), words), list.NewArray()}, int64(len(codes)))
	}
	path := otherFile(t, schema, []arrow.Record{
		record([]int32{1, -1}, [][]uint16{{1, 2}, nil}),
		record([]int32{2, 0}, [][]uint16{{}, {3}}),
	})
	d, err := rundir.Describe(path, 9)
	require.NoError(t, err)
	require.Empty(t, d.Table)
	require.EqualValues(t, 4, d.Rows)
	require.Equal(t, `[{"word":"b","n":[1,2]},{"word":null,"n":null},{"word":"c","n":[]},{"word":"a","n":[3]}]`, string(rundir.PlainJSON(d.First)))
}
