package storage

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/flight"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/export"
	"intentprobe/storage/rundir"
)

func readParquet(t testing.TB, path string) arrow.Table {
	t.Helper()
	f, err := file.OpenParquetFile(path, false)
	require.NoError(t, err)
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	require.NoError(t, err)
	table, err := r.ReadTable(context.Background())
	require.NoError(t, err)
	return table
}

func TestExportParquet(t *testing.T) {
	for name, rows := range exportCases {
		t.Run(name, func(t *testing.T) {
			out := exportTo(t, exportRun(t, rows), export.Config{Format: "parquet"})
			n := rows.total()
			samples := readParquet(t, filepath.Join(out, "samples.parquet"))
			require.EqualValues(t, len(rows), samples.NumRows())
			activations := readParquet(t, filepath.Join(out, "activations.parquet"))
			require.EqualValues(t, n, activations.NumRows())
			require.EqualValues(t, len(rundir.RequiredRowFields)+len(exportColumns), activations.NumCols())
			if n == 0 {
				return
			}
			for c, column := range exportColumns {
				field := activations.Schema().Field(len(rundir.RequiredRowFields) + c)
				require.Equal(t, column.Name, field.Name)
				var got []byte
				for _, chunk := range activations.Column(len(rundir.RequiredRowFields) + c).Data().Chunks() {
					values := chunk.(array.ListLike).ListValues()
					require.Zero(t, values.NullN(), column.Name)
					got = append(got, values.Data().Buffers()[1].Bytes()[:values.Len()*column.DType.Bytes()]...)
				}
				require.True(t, string(exportBytes(column, c, 0, n)) == string(got), column.Name)
			}
		})
	}
}

// exportFault exports with a file system that fails at its n-th operation.
func exportFault(t *testing.T, run *rundir.Run, cfg export.Config, n int) (left int, err error) {
	fs := faulty(int64(n))
	cfg.FS = fs
	_, err = export.Write(context.Background(), run, cfg)
	return int(fs.left.Load()), err
}

// Whatever operation fails: no file that looks whole is broken, and none is left
// unfinished. Only the last operation, which syncs the folder, comes too late to
// take the files back.
func TestExportAtEveryFault(t *testing.T) {
	run := exportRun(t, exportRows{-2, 700})
	for _, format := range export.Formats {
		for _, overwrite := range []bool{false, true} {
			const plenty = 1 << 30
			whole := filepath.Join(t.TempDir(), "out")
			left, err := exportFault(t, run, export.Config{Format: format, Out: whole, Columns: []string{"blocks.1.*"}}, plenty)
			require.NoError(t, err)
			operations := plenty - left
			require.Greater(t, operations, 20)
			step := 1
			if testing.Short() {
				step = 11
			}
			for n := 0; n < operations; n += step {
				cfg := export.Config{Format: format, Out: filepath.Join(t.TempDir(), "out"), Columns: []string{"blocks.1.*"}, Overwrite: overwrite}
				if overwrite {
					_, err := exportFault(t, run, export.Config{Format: format, Out: cfg.Out, Columns: []string{"unembed.*"}}, plenty)
					require.NoError(t, err)
				}
				before := contents(t, cfg)
				_, err := exportFault(t, run, cfg, n)
				require.ErrorIs(t, err, errFault, "%s: operation %d", format, n)
				noLeftovers(t, filepath.Dir(cfg.Out))
				noLeftovers(t, cfg.Out)
				for i, now := range contents(t, cfg) {
					if n < operations-1 && now != "" {
						require.True(t, now == before[i], "%s: operation %d", format, n)
					}
				}
			}
		}
	}
}

// contents are those of the export's files; empty where there is none.
func contents(t *testing.T, cfg export.Config) (out []string) {
	paths := []string{cfg.Out}
	if cfg.Format == "parquet" {
		paths = []string{filepath.Join(cfg.Out, "activations.parquet"), filepath.Join(cfg.Out, "samples.parquet")}
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.True(t, err == nil || os.IsNotExist(err))
		out = append(out, string(text))
	}
	return out
}

// By default the schema has no type that other readers may not know.
func TestExportParquetKeepsShapesBesidePlainLists(t *testing.T) {
	run := exportRun(t, exportRows{3})
	for _, tensors := range []bool{false, true} {
		out := exportTo(t, run, export.Config{Format: "parquet", Tensors: tensors})
		text, err := base64.StdEncoding.DecodeString(parquetKey(t, filepath.Join(out, "activations.parquet"), "ARROW:schema"))
		require.NoError(t, err)
		schema, err := flight.DeserializeSchema(text, memory.DefaultAllocator)
		require.NoError(t, err)
		for i, column := range exportColumns {
			field := schema.Field(len(rundir.RequiredRowFields) + i)
			require.EqualValues(t, column.Elements(), field.Type.(*arrow.FixedSizeListType).Len())
			shape, kept := field.Metadata.GetValue("capture.shape")
			_, extension := field.Metadata.GetValue(arrowfile.ExtensionName)
			require.Equal(t, tensors, extension)
			if require.Equal(t, !tensors, kept); kept {
				require.JSONEq(t, string(rundir.PlainJSON(column.Shape)), shape)
			}
		}
	}
}
