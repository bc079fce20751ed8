package storage

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/x448/float16"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/export"
	"intentprobe/storage/rundir"
)

// exportColumns are of every element type and of more than one dimension.
var exportColumns = []arrowfile.Column{
	{Name: "blocks.0.hook_resid_post", Shape: []int{8}, DType: arrowfile.Float32},
	{Name: "blocks.0.hook_mlp_out", Shape: []int{3}, DType: arrowfile.Float16},
	{Name: "blocks.1.attn.hook_z", Shape: []int{9, 64}, DType: arrowfile.Float32},
	{Name: "unembed.top_ids", Shape: []int{2}, DType: arrowfile.Int32},
}

// exportValue is element j of a column's row, exact in every type.
func exportValue(row, c, j int) float32 { return float32((row*37+c*11+j)%1024) - 400 }

// exportRows are the rows of a run's samples; a group ends behind every negative
// number, of which the sign does not count.
type exportRows []int

func (r exportRows) total() (n int) {
	for _, rows := range r {
		n += max(rows, -rows)
	}
	return n
}

// exportRun writes a run whose rows are numbered through.
func exportRun(t testing.TB, samples exportRows) *rundir.Run {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	batch := 4
	if samples.total() > 600 {
		batch = 100
	}
	m := &rundir.Manifest{Hooks: make([]rundir.Hook, len(exportColumns)), Host: rundir.Host{Hostname: "laboratory"}}
	w, err := Create(Config{Dir: dir, Manifest: m, Columns: exportColumns, Rows: batch})
	require.NoError(t, err)
	at := 0
	for _, rows := range samples {
		s := w.Begin(-1)
		for i := range max(rows, -rows) {
			p, err := s.Reserve()
			require.NoError(t, err)
			for c, column := range exportColumns {
				copy(w.layout.Bytes(p, c), exportBytes(column, c, at, at+1))
			}
			require.NoError(t, s.Add(row(i)))
			at++
		}
		require.NoError(t, s.End(sample("é")))
		if rows < 0 {
			require.NoError(t, w.Commit())
		}
	}
	require.NoError(t, w.Commit())
	finish(t, w, rundir.Complete)
	run, err := rundir.Open(dir)
	require.NoError(t, err)
	return run
}

// exportBytes are the numbers of a column's rows, as every format stores them.
func exportBytes(column arrowfile.Column, c, from, to int) (out []byte) {
	le := binary.LittleEndian
	for row := from; row < to; row++ {
		for j := range column.Elements() {
			switch x := exportValue(row, c, j); column.DType {
			case arrowfile.Float32:
				out = le.AppendUint32(out, math.Float32bits(x))
			case arrowfile.Float16:
				out = le.AppendUint16(out, float16.Fromfloat32(x).Bits())
			case arrowfile.Int32:
				out = le.AppendUint32(out, uint32(int32(x)))
			}
		}
	}
	return out
}

// exportCases are the runs that every format must keep.
var exportCases = map[string]exportRows{
	"one group":      {4, 1, 11},
	"several groups": {4, -1, 11, 0, -3, 2},
	"many batches":   {500},
	"many samples":   slices.Repeat(exportRows{1}, 1100),
	"no rows":        {0},
	"an empty group": {3, -1, 0},
}

// exportTo exports a run and gives the path of what was written.
func exportTo(t testing.TB, run *rundir.Run, cfg export.Config) string {
	t.Helper()
	cfg.Out = filepath.Join(t.TempDir(), "out")
	done, err := export.Write(context.Background(), run, cfg)
	require.NoError(t, err)
	require.Equal(t, cfg.Out, done.Out)
	return cfg.Out
}

func TestExportRefuses(t *testing.T) {
	run := exportRun(t, exportRows{3})
	out := filepath.Join(t.TempDir(), "run.npz")
	cfg := export.Config{Format: "npz", Out: out}
	background := context.Background()
	_, err := export.Write(background, run, cfg)
	require.NoError(t, err)
	_, err = export.Write(background, run, cfg)
	require.ErrorIs(t, err, export.ErrExists)
	cfg.Overwrite, cfg.Columns = true, []string{"blocks.0.*", "nothing.*"}
	_, err = export.Write(background, run, cfg)
	var unknown *export.UnknownColumnError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "nothing.*", unknown.Glob)
	require.Len(t, unknown.Columns, len(exportColumns))

	stopped, stop := context.WithCancel(background)
	stop()
	cfg.Columns = nil
	before, err := os.ReadFile(out)
	require.NoError(t, err)
	_, err = export.Write(stopped, run, cfg)
	require.ErrorIs(t, err, context.Canceled)
	after, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, before, after, "what was there stays until the new file is whole")
	noLeftovers(t, filepath.Dir(out))

	_, err = export.Write(background, run, export.Config{Format: "csv", Out: out})
	require.ErrorContains(t, err, "parquet, npz, safetensors")
	_, err = export.Write(background, run, export.Config{Format: "npz", Out: filepath.Join(run.Dir, "x.npz")})
	require.ErrorContains(t, err, "holds nothing but the run")
	require.NoError(t, os.Remove(filepath.Join(run.Dir, rundir.ManifestName)))
	run, err = rundir.Open(run.Dir)
	require.NoError(t, err)
	_, err = export.Write(background, run, cfg)
	require.ErrorIs(t, err, rundir.ErrNoRecord)
}

func TestExportGoesBesideTheRun(t *testing.T) {
	run := exportRun(t, exportRows{3})
	for _, format := range export.Formats {
		done, err := export.Write(context.Background(), run, export.Config{Format: format, Columns: []string{"blocks.*.attn.hook_z", "blocks.0.*"}})
		require.NoError(t, err)
		require.Equal(t, filepath.Dir(run.Dir), filepath.Dir(done.Out))
		require.Equal(t, []string{"blocks.0.hook_resid_post", "blocks.0.hook_mlp_out"}, done.Columns[:2])
	}
}

// Whatever byte of a file is wrong, its metadata included: no panic, and nothing
// half written.
func TestExportOfDamagedFiles(t *testing.T) {
	run := exportRun(t, exportRows{9})
	path := filepath.Join(run.Dir, rundir.GroupFile("activations", 0))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "x.npz")
	step := 13
	if testing.Short() {
		step = 67
	}
	for at := 0; at < len(whole); at += step {
		if at > 8192 && at < len(whole)-8192 { // activations
			continue
		}
		broken := append([]byte{}, whole...)
		broken[at] ^= 0xff
		require.NoError(t, os.WriteFile(path, broken, 0o666))
		_, err := export.Write(context.Background(), run, export.Config{Format: "npz", Out: out, Overwrite: true, FS: faulty(1 << 30)})
		if err != nil {
			noLeftovers(t, filepath.Dir(out))
		}
	}
	require.NoError(t, os.WriteFile(path, whole[:len(whole)/2], 0o666))
	_, err = export.Write(context.Background(), run, export.Config{Format: "npz", Out: out, Overwrite: true})
	require.ErrorContains(t, err, "is no whole Arrow file")
}
