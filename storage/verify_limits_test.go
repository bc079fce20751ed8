package storage

import (
	"context"
	"crypto/sha256"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

func TestVerifyCountsProblemsBeyondAHundred(t *testing.T) {
	dir := wholeRun(t, []int{90, 30})
	editManifest(t, dir, func(m *rundir.Manifest) { m.Spec = []byte(`{"capture":{"logprobs":"none"}}`) })
	v := verify(t, dir, false)
	require.Len(t, v.Problems, 100)
	require.Positive(t, v.More)
}

func TestVerifyNeedsAManifest(t *testing.T) {
	_, err := Verify(context.Background(), t.TempDir(), false)
	require.ErrorIs(t, err, rundir.ErrNoRecord)
}

func TestVerifyStopsWithItsContext(t *testing.T) {
	dir := wholeRun(t, []int{5})
	ctx, stop := context.WithCancel(context.Background())
	stop()
	_, err := Verify(ctx, dir, false)
	require.ErrorIs(t, err, context.Canceled)
}

// A special number is found wherever it lies, and no other number is one.
func TestSpecialNumbers(t *testing.T) {
	for dtype, cases := range map[arrowfile.DType]map[uint32]bool{
		arrowfile.Float32: {0x7f800000: true, 0xff800000: true, 0x7fc00001: true, 0xff7fffff: false, 0x7f7fffff: false, 0x80000000: false, 0x007fffff: false},
		arrowfile.Float16: {0x7c00: true, 0xfc00: true, 0x7e01: true, 0xfbff: false, 0x7bff: false, 0x8000: false},
		arrowfile.Int32:   {0x80000000: true, math.MaxUint32: true, math.MaxInt32: false, 0: false},
	} {
		for x, want := range cases {
			for at := range 21 {
				b := make([]byte, 21*dtype.Bytes())
				for i := range dtype.Bytes() {
					b[at*dtype.Bytes()+i] = byte(x >> (8 * i))
				}
				require.Equal(t, want, specials[dtype].in(b), "%s %x at %d", dtype, x, at)
			}
		}
	}
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
			require.Empty(b, verify(b, dir, false).Problems)
		}
	})
	b.Run("sha256", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			sha256.Sum256(text)
		}
	})
}
