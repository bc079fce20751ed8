package storage

import (
	"encoding/binary"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/x448/float16"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// readReductions reads the reductions of a samples file, as a writer has them.
func readReductions(t testing.TB, path string) (out []rowmem.Reduction) {
	table := openTestTable(t, path)
	for row := range table.Rows() {
		var r rowmem.Reduction
		b := make([]byte, 4)
		require.NoError(t, table.ReadColumn("reduced_tokens", row, row+1, b))
		r.Rows = int32(binary.LittleEndian.Uint32(b))
		for _, c := range table.Columns() {
			if c.Tensor == nil || r.Rows == 0 {
				continue
			}
			values, _, err := table.ReadFloats(c.Name, row, row+1)
			require.NoError(t, err)
			r.Values = append(r.Values, values)
		}
		out = append(out, r)
	}
	return out
}

// wild are activations whose sums depend on their order, and which no float16 holds.
func wild(position, j int) float32 {
	return float32(math.Pow(-7, float64((position*5+j)%9)) / 3)
}

func writeWild(t testing.TB, s *SampleWriter, rows int) {
	for i := range rows {
		p, err := s.Reserve()
		require.NoError(t, err)
		fill(s.w, p, s.ID(), i)
		for j := range 8 {
			s.w.Floats(0, p)[j] = wild(i, j)
		}
		for j := range 3 {
			s.w.Halves(1, p)[j] = float16.Fromfloat32(wild(i, j) / 1000).Bits()
		}
		require.NoError(t, s.Add(row(i)))
	}
	require.NoError(t, s.End(sample("a")))
}

func TestReductions(t *testing.T) {
	for _, noRows := range []bool{false, true} {
		w := create(t, Config{Reduce: []string{"last", "mean", "max"}, NoRows: noRows})
		for _, rows := range []int{1, 0, 13} {
			writeWild(t, w.Begin(-1), rows)
		}
		require.NoError(t, w.Commit())
		path := filepath.Join(w.cfg.Dir, samples0)
		var names []string
		for _, c := range openTestTable(t, path).Columns()[len(rundir.RequiredSampleFields):] {
			names = append(names, c.Name+" "+c.Type)
		}
		assert.Equal(t, []string{"reduced_tokens int32",
			"blocks.0.hook_resid_post.last fixed_shape_tensor<float32>[8]", "blocks.0.hook_resid_post.mean fixed_shape_tensor<float32>[8]",
			"blocks.0.hook_resid_post.max fixed_shape_tensor<float32>[8]", "blocks.0.hook_mlp_out.last fixed_shape_tensor<float32>[3]",
			"blocks.0.hook_mlp_out.mean fixed_shape_tensor<float32>[3]", "blocks.0.hook_mlp_out.max fixed_shape_tensor<float32>[3]",
			"blocks.0.attn.hook_z.last fixed_shape_tensor<float32>[2,4]", "blocks.0.attn.hook_z.mean fixed_shape_tensor<float32>[2,4]",
			"blocks.0.attn.hook_z.max fixed_shape_tensor<float32>[2,4]"}, names, "no token ids")

		got := readReductions(t, path)
		assert.Equal(t, []int32{1, 0, 13}, []int32{got[0].Rows, got[1].Rows, got[2].Rows})
		for _, n := range []int{0, 2} {
			rows := int(got[n].Rows)
			for j := range 8 {
				sum, largest := wild(0, j), wild(0, j)
				for i := 1; i < rows; i++ {
					sum += wild(i, j)
					largest = max(largest, wild(i, j))
				}
				require.Equal(t, wild(rows-1, j), got[n].Values[0][j])
				require.Equal(t, sum/float32(rows), got[n].Values[1][j], "in the order of positions")
				require.Equal(t, largest, got[n].Values[2][j])
			}
			rounded := float16.Fromfloat32(wild(rows-1, 2) / 1000).Float32()
			require.Equal(t, rounded, got[n].Values[3][2], "of the values that are written")
		}
		require.ErrorContains(t, openTestTable(t, path).ReadColumn("blocks.0.hook_resid_post.mean", 1, 2, make([]byte, 32)), "row 1 is null")

		activations := openTestTable(t, filepath.Join(w.cfg.Dir, activations0))
		samples, err := rundir.ReadSamples(path)
		require.NoError(t, err)
		if noRows {
			assert.Zero(t, activations.Rows())
			assert.Zero(t, samples[2].Rows)
			assert.Zero(t, w.Rows())
		} else {
			assert.EqualValues(t, 14, activations.Rows())
			assert.EqualValues(t, 13, samples[2].Rows)
		}
	}
}

func TestLogitsAreNotReduced(t *testing.T) {
	w, err := Create(Config{Dir: t.TempDir() + "/run", Columns: []arrowfile.Column{{Name: rundir.LogitsColumn, Shape: []int{3}, DType: arrowfile.Float32}}, Rows: 4, Reduce: rundir.Reductions})
	require.NoError(t, err)
	s := w.Begin(1)
	_, err = s.Reserve()
	require.NoError(t, err)
	require.NoError(t, s.Add(row(0)))
	require.NoError(t, s.End(sample("a")))
	require.NoError(t, w.Commit())
	table := openTestTable(t, filepath.Join(w.cfg.Dir, samples0))
	assert.Len(t, table.Columns(), len(rundir.RequiredSampleFields)+1)
	assert.Equal(t, "reduced_tokens", table.Columns()[len(rundir.RequiredSampleFields)].Name)
}

func TestUnknownReductions(t *testing.T) {
	for _, reduce := range [][]string{{"median"}, {"mean", "mean"}, {""}} {
		_, err := Create(Config{Dir: t.TempDir() + "/run", Columns: columns, Rows: 4, Reduce: reduce})
		require.ErrorContains(t, err, "the reductions")
	}
}

// Wide reductions come in record batches of some MiB, and are read as one table.
func TestWideReductions(t *testing.T) {
	wide := arrowfile.Column{Name: "blocks.0.hook_resid_post", Shape: []int{1 << 20}, DType: arrowfile.Float32}
	w, err := Create(Config{Dir: t.TempDir() + "/run", Columns: []arrowfile.Column{wide}, Rows: 1, Reduce: []string{"last"}, NoRows: true})
	require.NoError(t, err)
	for i := range 6 {
		s := w.Begin(1)
		p, err := s.Reserve()
		require.NoError(t, err)
		w.Floats(0, p)[7] = float32(i)
		require.NoError(t, s.Add(row(0)))
		require.NoError(t, s.End(sample("a")))
	}
	require.NoError(t, w.Commit())
	table := openTestTable(t, filepath.Join(w.cfg.Dir, samples0))
	assert.Equal(t, []arrowfile.Batch{{First: 0, Rows: 4}, {First: 4, Rows: 2}}, table.Batches())
	samples, err := rundir.ReadSamplesOf(table)
	require.NoError(t, err)
	assert.Len(t, samples, 6)
	for i := range int64(6) {
		values, _, err := table.ReadFloats("blocks.0.hook_resid_post.last", i, i+1)
		require.NoError(t, err)
		require.EqualValues(t, i, values[7])
	}
}
