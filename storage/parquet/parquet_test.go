package parquet

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var parquetLimits = Limits{File: 1 << 24, Row: 1 << 20, Columns: 100, Memory: 1 << 26}

// parquetOf writes rows, given as a JSON list, as a Parquet file.
func parquetOf(t testing.TB, rows string, props *parquet.WriterProperties, fields ...arrow.Field) []byte {
	t.Helper()
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, arrow.NewSchema(fields, nil), strings.NewReader(rows), array.WithUseNumber())
	require.NoError(t, err)
	defer record.Release()
	return parquetFile(t, record, props)
}

func parquetFile(t testing.TB, record arrow.Record, props *parquet.WriterProperties) []byte {
	t.Helper()
	if props == nil {
		props = parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd))
	}
	table := array.NewTableFromRecords(record.Schema(), []arrow.Record{record})
	defer table.Release()
	var out bytes.Buffer
	require.NoError(t, pqarrow.WriteTable(table, &out, 3, props, pqarrow.DefaultWriterProps()))
	return out.Bytes()
}

// rowsIn reads a file of these bytes.
func rowsIn(t testing.TB, text []byte) (out []string, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.parquet")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	err = EachRow(path, parquetLimits, func(row int64, object []byte) error {
		require.EqualValues(t, len(out), row)
		require.True(t, json.Valid(object), "%s", object)
		out = append(out, string(object))
		return nil
	})
	return out, err
}

func nullable(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

var (
	textType = arrow.BinaryTypes.String
	turns    = arrow.ListOf(arrow.StructOf(nullable("role", textType), nullable("content", textType), nullable("calls", arrow.ListOf(arrow.StructOf(nullable("z", textType), nullable("a", arrow.PrimitiveTypes.Int64))))))
)

const conversations = `[
	{"id": "x", "messages": [{"role": "user", "content": "a \"b\" é", "calls": null}, {"role": "assistant", "content": null, "calls": [{"z": "f", "a": 1}, {"z": null, "a": 2}]}]},
	{"id": null, "messages": []}, {"id": "y", "messages": null}, {"id": "", "messages": [null, {"role": "tool", "content": "", "calls": []}]},
	{"id": "z", "messages": [{"role": "user", "content": "<&>\n"}]}]`

func TestParquetRowsHaveTheirListsAndStructs(t *testing.T) {
	want := []string{
		`{"id":"x","messages":[{"role":"user","content":"a \"b\" é"},{"role":"assistant","calls":[{"z":"f","a":1},{"a":2}]}]}`,
		`{"id":null,"messages":[]}`, `{"id":"y","messages":null}`, `{"id":"","messages":[null,{"role":"tool","content":"","calls":[]}]}`,
		`{"id":"z","messages":[{"role":"user","content":"<&>\n"}]}`,
	}
	for _, props := range []*parquet.WriterProperties{
		nil,
		parquet.NewWriterProperties(parquet.WithDictionaryDefault(false)),
		parquet.NewWriterProperties(parquet.WithDataPageVersion(parquet.DataPageV2), parquet.WithDataPageSize(8), parquet.WithCompression(compress.Codecs.Snappy)),
		parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Gzip), parquet.WithVersion(parquet.V1_0)),
	} {
		got, err := rowsIn(t, parquetOf(t, conversations, props, nullable("id", textType), nullable("messages", turns)))
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

func TestParquetValuesAreWrittenAsPeopleReadThem(t *testing.T) {
	decimal := &arrow.Decimal128Type{Precision: 20, Scale: 2}
	for _, c := range []struct {
		kind       arrow.DataType
		rows, want string
	}{
		{arrow.PrimitiveTypes.Int8, `-3`, "-3"}, {arrow.PrimitiveTypes.Uint32, `4294967295`, "4294967295"}, {arrow.PrimitiveTypes.Uint64, `18446744073709551615`, "18446744073709551615"},
		{arrow.PrimitiveTypes.Int64, `9007199254740993`, "9007199254740993"}, {arrow.PrimitiveTypes.Float64, `1`, "1.0"}, {arrow.PrimitiveTypes.Float64, `0.1`, "0.1"}, {arrow.PrimitiveTypes.Float32, `0.1`, "0.1"},
		{arrow.PrimitiveTypes.Float64, `1e300`, "1e+300"}, {arrow.FixedWidthTypes.Boolean, `true`, "true"}, {arrow.PrimitiveTypes.Date32, `"2026-01-02"`, `"2026-01-02"`},
		{&arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, `"2026-01-02T03:04:05.5Z"`, `"2026-01-02T03:04:05.5Z"`}, {&arrow.TimestampType{Unit: arrow.Nanosecond}, `"1969-12-31T23:59:59.5"`, `"1969-12-31T23:59:59.5"`},
		{arrow.FixedWidthTypes.Time64us, `"03:04:05"`, `"03:04:05"`}, {decimal, `"-12.50"`, "-12.50"}, {decimal, `"0.05"`, "0.05"}, {&arrow.Decimal128Type{Precision: 5, Scale: 2}, `"1.25"`, "1.25"},
		{arrow.BinaryTypes.LargeString, `"a"`, `"a"`}, {arrow.BinaryTypes.Binary, `"YWI="`, `"ab"`}, {arrow.FixedWidthTypes.Float16, `1.5`, "1.5"}, {arrow.Null, `null`, "null"},
		{&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: textType}, `"d"`, `"d"`},
		{arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Int32), `[1, 2]`, `[1,2]`}, {arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Int32)), `[[1], [], [2, 3]]`, `[[1],[],[2,3]]`},
		{arrow.MapOf(textType, arrow.PrimitiveTypes.Int32), `[{"key": "b", "value": 1}, {"key": "a", "value": 2}]`, `{"b":1,"a":2}`}, {arrow.StructOf(nullable("b", textType), nullable("a", arrow.StructOf(nullable("c", textType)))), `{"a": {"c": null}, "b": "x"}`, `{"b":"x","a":{}}`},
	} {
		got, err := rowsIn(t, parquetOf(t, `[{"x": `+c.rows+`}]`, nil, nullable("x", c.kind)))
		require.NoError(t, err, "%s", c.kind)
		assert.Equal(t, []string{`{"x":` + c.want + "}"}, got, "%s", c.kind)
	}
}

func TestParquetThatCannotBeRead(t *testing.T) {
	good := parquetOf(t, conversations, nil, nullable("id", textType), nullable("messages", turns))
	floats := array.NewFloat64Builder(memory.DefaultAllocator)
	floats.Append(math.NaN())
	nan := array.NewRecord(arrow.NewSchema([]arrow.Field{nullable("x", arrow.PrimitiveTypes.Float64)}, nil), []arrow.Array{floats.NewArray()}, 1)
	for what, text := range map[string][]byte{
		"not a Parquet file":             []byte("id,prompt\n"),
		"cut short":                      good[:len(good)-9],
		"its description has":            append(append([]byte{}, good[:len(good)-8]...), "\xff\xff\xff\x7fPAR1"...),
		"holds NaN":                      parquetFile(t, nan, nil),
		"bytes that are no text":         parquetOf(t, `[{"x": "/9j/"}]`, nil, nullable("x", arrow.BinaryTypes.Binary)),
		"a map whose keys are no texts":  parquetOf(t, `[{"x": [{"key": 1, "value": 2}]}]`, nil, nullable("x", arrow.MapOf(arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Int32))),
		"row 0: more than 1048576 bytes": parquetOf(t, `[{"x": "`+strings.Repeat("y", 1<<20)+`"}]`, nil, nullable("x", arrow.BinaryTypes.String)),
	} {
		_, err := rowsIn(t, text)
		require.ErrorContains(t, err, what)
	}
	path := filepath.Join(t.TempDir(), "a.parquet")
	require.NoError(t, os.WriteFile(path, good, 0o600))
	stop := errors.New("stop")
	require.ErrorIs(t, EachRow(path, parquetLimits, func(int64, []byte) error { return stop }), stop)
	tight := parquetLimits
	tight.Memory = 16
	require.ErrorContains(t, EachRow(path, tight, func(int64, []byte) error { return nil }), "more than 16 bytes")
	tight = parquetLimits
	tight.Columns = 3
	require.ErrorContains(t, EachRow(path, tight, func(int64, []byte) error { return nil }), "5 columns; at most 3")
}

// Whatever byte of a file is another, reading it ends in rows or an error.
func TestDamagedParquetNeverPanics(t *testing.T) {
	good := parquetOf(t, conversations, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Uncompressed)), nullable("id", textType), nullable("messages", turns))
	path := filepath.Join(t.TempDir(), "a.parquet")
	step := 1
	if testing.Short() {
		step = 5
	}
	for i := 0; i < len(good); i += step {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			bad := bytes.Clone(good)
			bad[i] ^= flip
			require.NoError(t, os.WriteFile(path, bad, 0o600))
			rows := 0
			EachRow(path, parquetLimits, func(int64, []byte) error {
				if rows++; rows > 1000 {
					return errors.New("enough")
				}
				return nil
			})
		}
	}
}

func FuzzParquetRows(f *testing.F) {
	f.Add(parquetOf(f, conversations, nil, nullable("id", textType), nullable("messages", turns)))
	f.Add(parquetOf(f, `[{"x": 1, "y": [1.5, null]}]`, parquet.NewWriterProperties(parquet.WithDataPageVersion(parquet.DataPageV2)), nullable("x", arrow.PrimitiveTypes.Int64), nullable("y", arrow.ListOf(arrow.PrimitiveTypes.Float64))))
	f.Add([]byte("PAR1"))
	path := filepath.Join(f.TempDir(), "a.parquet")
	limits := parquetLimits
	limits.Memory = 1 << 22
	f.Fuzz(func(t *testing.T, text []byte) {
		require.NoError(t, os.WriteFile(path, text, 0o600))
		rows := 0
		EachRow(path, limits, func(_ int64, object []byte) error {
			if !json.Valid(object) {
				t.Fatalf("no JSON: %q", object)
			}
			if rows++; rows > 1000 {
				return errors.New("enough")
			}
			return nil
		})
	})
}
