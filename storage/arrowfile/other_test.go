package arrowfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
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

// What the columns of a run are not is refused by name, not read wrongly.
func TestOtherTypesAreRefused(t *testing.T) {
	for name, kind := range map[string]arrow.DataType{
		"its type (Arrow's number 8)":  arrow.FixedWidthTypes.Date32,
		"its type (Arrow's number 13)": arrow.StructOf(arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int8}),
		"its type (Arrow's number 20)": arrow.BinaryTypes.LargeString,
		"its type (Arrow's number 12)": arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Int8)),
		"a dictionary of int64":        &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.PrimitiveTypes.Int64},
	} {
		_, err := Open(disk.OS{}, otherFile(t, arrow.NewSchema([]arrow.Field{{Name: "when", Type: kind}}, nil), nil))
		require.ErrorContains(t, err, `column "when": `)
		require.ErrorContains(t, err, name)
	}
}

func TestCompressedFilesAreRefused(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}}, nil)
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.AppendValues(make([]int64, 1000), nil)
	record := array.NewRecord(schema, []arrow.Array{b.NewArray()}, 1000)
	_, err := Open(disk.OS{}, otherFile(t, schema, []arrow.Record{record}, ipc.WithZstd()))
	require.ErrorContains(t, err, "record batch 0: it is compressed, which no file of a run is")
}
