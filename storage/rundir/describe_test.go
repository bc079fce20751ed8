package rundir

import (
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
)

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
	path := filepath.Join(t.TempDir(), "other.arrow")
	f, err := arrowfile.Create(disk.OS{}, path, disk.PartSuffix, schema)
	require.NoError(t, err)
	for _, r := range []arrow.Record{
		record([]int32{1, -1}, [][]uint16{{1, 2}, nil}),
		record([]int32{2, 0}, [][]uint16{{}, {3}}),
	} {
		require.NoError(t, f.Write(r))
	}
	_, err = f.Commit()
	require.NoError(t, err)
	d, err := Describe(path, 9)
	require.NoError(t, err)
	require.Empty(t, d.Table)
	require.EqualValues(t, 4, d.Rows)
	require.Equal(t, `[{"word":"b","n":[1,2]},{"word":null,"n":null},{"word":"c","n":[]},{"word":"a","n":[3]}]`, string(PlainJSON(d.First)))
}

// A time zone that the machine does not know, and values that Arrow cannot write in JSON.
func TestDescribeWhatArrowCannotShow(t *testing.T) {
	zone := &arrow.TimestampType{Unit: arrow.Second, TimeZone: "Nowhere/Land"}
	at := array.NewTimestampBuilder(memory.DefaultAllocator, zone)
	at.AppendNull()
	at.Append(86400)
	list := array.NewListBuilder(memory.DefaultAllocator, zone)
	list.AppendNull()
	list.Append(true)
	list.ValueBuilder().(*array.TimestampBuilder).Append(0)
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "at", Type: zone, Nullable: true}, {Name: "all", Type: arrow.ListOf(zone), Nullable: true},
	}, nil)
	path := filepath.Join(t.TempDir(), "other.arrow")
	f, err := arrowfile.Create(disk.OS{}, path, disk.PartSuffix, schema)
	require.NoError(t, err)
	require.NoError(t, f.Write(array.NewRecord(schema, []arrow.Array{at.NewArray(), list.NewArray()}, 2)))
	_, err = f.Commit()
	require.NoError(t, err)
	d, err := Describe(path, 9)
	require.NoError(t, err)
	require.Equal(t, `[{"at":null,"all":null},{"at":"1970-01-02 00:00:00Z","all":"(a value of list<item: timestamp[s, tz=Nowhere/Land], nullable> that cannot be shown)"}]`, string(PlainJSON(d.First)))
}
