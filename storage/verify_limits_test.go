package storage

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

func TestVerifyCountsProblemsBeyondAHundred(t *testing.T) {
	dir := wholeRun(t, []int{90, 30})
	editManifest(t, dir, func(m *rundir.Manifest) { m.Spec = []byte(`{"capture":{"logprobs":"none"}}`) })
	v := verifyRun(t, dir, false)
	require.Len(t, v.Problems, 100)
	require.Positive(t, v.More)
}

func TestVerifyStopsWithItsContext(t *testing.T) {
	dir := wholeRun(t, []int{5})
	ctx, stop := context.WithCancel(context.Background())
	stop()
	_, err := verify.Run(ctx, dir, false)
	require.ErrorIs(t, err, context.Canceled)
}

// bigRun is one of 256 MiB, in record batches of 512 rows.
func bigRun(b *testing.B) string {
	dir := filepath.Join(b.TempDir(), "run")
	c := arrowfile.Column{Name: "blocks.0.hook_resid_post", Shape: []int{4096}, DType: arrowfile.Float32}
	w, err := Create(Config{Dir: dir, Rows: 512, Columns: []arrowfile.Column{c}, Manifest: &rundir.Manifest{Hooks: []rundir.Hook{{Name: c.Name, Shape: c.Shape}}}})
	require.NoError(b, err)
	const rows = 16384
	s := w.Begin(rows)
	for i := range rows {
		p, err := s.Reserve()
		require.NoError(b, err)
		for j, x := 0, w.Floats(0, p); j < len(x); j++ {
			x[j] = float32(i*j%8191) - 4096
		}
		require.NoError(b, s.Add(rundir.Row{Position: int32(i), Token: "word", Phase: 1, Role: 2}))
	}
	require.NoError(b, s.End(rundir.Sample{PromptID: "p", FinishReason: "stop", ResponseTokens: rows, Meta: "{}"}))
	require.NoError(b, w.Commit())
	finish(b, w, rundir.Complete)
	return dir
}

// Both in one run: the ratio is what counts.
func BenchmarkVerify(b *testing.B) {
	dir := bigRun(b)
	text, err := os.ReadFile(filepath.Join(dir, activations0))
	require.NoError(b, err)
	b.Run("verify", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			require.Empty(b, verifyRun(b, dir, false).Problems)
		}
	})
	b.Run("sha256", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			sha256.Sum256(text)
		}
	})
}
