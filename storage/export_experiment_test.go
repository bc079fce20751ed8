package storage

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/export"
	"intentprobe/storage/rundir"
)

// exportExperiment exports a run of which sample 3 has no reductions.
func exportExperiment(t *testing.T, format string) string {
	dir := experimentRun(t, true)
	run, err := rundir.Open(dir)
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "out")
	_, err = export.Write(context.Background(), run, export.Config{Format: format, Out: out})
	require.NoError(t, err)
	return out
}

// meanOf is the reduction of the first column that a sample must have, or NaN.
func meanOf(sample int64, positions []int) (out []float32) {
	out = make([]float32, 8)
	for j := range out {
		for _, at := range positions {
			out[j] += values(sample, at, 0)[j]
		}
		out[j] /= float32(len(positions))
	}
	return out
}

func experimentMeans() (out []float32) {
	id := int64(0)
	for _, group := range experimentPositions {
		for _, positions := range group {
			out = append(out, meanOf(id, positions)...)
			id++
		}
	}
	return out
}

// sameFloats compares numbers; a missing one is NaN.
func sameFloats(t *testing.T, want []float32, got string) {
	t.Helper()
	require.Len(t, got, 4*len(want))
	for i, x := range want {
		is := math.Float32frombits(binary.LittleEndian.Uint32([]byte(got[4*i:])))
		require.True(t, x == is || x != x && is != is, "%d: %v, not %v", i, is, x)
	}
}

func TestExportNPZOfAnExperiment(t *testing.T) {
	arrays := readNPZ(t, exportExperiment(t, "npz"))
	mean := arrays["samples.blocks.0.hook_resid_post.mean"]
	assert.Contains(t, mean.header, "'<f4', 'fortran_order': False, 'shape': (5, 8,)")
	sameFloats(t, experimentMeans(), mean.data)
	assert.Contains(t, arrays["samples.blocks.0.attn.hook_z.max"].header, "(5, 2, 4,)")
	text := func(name string) string { return strings.ReplaceAll(arrays[name].data, "\x00", "") }
	assert.Equal(t, strings.Repeat(`["verdict:TRUE","verdict:FALSE"]`, 5), text("samples.alternatives"))
	assert.Equal(t, strings.Repeat(`[-0.25,-1.5]`, 5), text("samples.alternative_logprobs"))
	assert.Equal(t, "knowledge", text("samples.stage"))
	assert.Equal(t, "whywhy", text("samples.followup"))
	assert.Len(t, arrays["turn"].data, 4*10)
}

func TestExportSafetensorsOfAnExperiment(t *testing.T) {
	text, err := os.ReadFile(exportExperiment(t, "safetensors"))
	require.NoError(t, err)
	n := binary.LittleEndian.Uint64(text)
	var header map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text[8:8+n], &header))
	var tensor tensorHeader
	require.NoError(t, json.Unmarshal(header["samples.blocks.0.hook_resid_post.mean"], &tensor))
	assert.Equal(t, []int{5, 8}, tensor.Shape)
	sameFloats(t, experimentMeans(), string(text[8+n:][tensor.Offsets[0]:tensor.Offsets[1]]))
	var meta map[string]string
	require.NoError(t, json.Unmarshal(header["__metadata__"], &meta))
	assert.Equal(t, fmt.Sprint(rundir.FormatVersion), meta["capture.format"])
	for _, left := range []string{"samples.alternatives", "samples.alternative_logprobs", "samples.question", "spans"} {
		assert.Contains(t, meta["left_out"], `"`+left+`"`)
	}
}

// Arrow's Go reader of Parquet cannot read null lists of fixed size; other readers
// can. Here the levels are read as they are.
func TestExportParquetOfAnExperiment(t *testing.T) {
	f, err := file.OpenParquetFile(filepath.Join(exportExperiment(t, "parquet"), "samples.parquet"), false)
	require.NoError(t, err)
	defer f.Close()
	require.EqualValues(t, 5, f.NumRows())
	group := f.RowGroup(0)
	column := func(name string) file.ColumnChunkReader {
		for c := range group.NumColumns() {
			if f.MetaData().Schema.Column(c).ColumnPath()[0] == name {
				r, err := group.Column(c)
				require.NoError(t, err)
				return r
			}
		}
		require.Fail(t, name)
		return nil
	}
	means := make([]float32, 64)
	levels := make([]int16, 64)
	total, read, err := column("blocks.0.hook_resid_post.mean").(*file.Float32ColumnChunkReader).ReadBatch(64, means, levels, nil)
	require.NoError(t, err)
	require.EqualValues(t, 4*8+1, total, "sample 3 has none")
	require.Zero(t, levels[3*8])
	want := experimentMeans()
	require.Equal(t, append(want[:3*8:3*8], want[4*8:]...), means[:read])
	logprobs := make([]float64, 64)
	_, read, err = column("alternative_logprobs").(*file.Float64ColumnChunkReader).ReadBatch(64, logprobs, levels, nil)
	require.NoError(t, err)
	require.Equal(t, slices.Repeat([]float64{-0.25, -1.5}, 5), logprobs[:read])
}
