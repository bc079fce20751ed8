package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mutate flips a bit, cuts the end off, takes a piece out, or repeats one.
func mutate(r *rand.Rand, text []byte) []byte {
	at := r.IntN(len(text))
	end := at + 1 + r.IntN(min(64, len(text)-at))
	switch r.IntN(4) {
	case 0:
		return text[:at]
	case 1:
		return slices.Concat(text[:at], text[end:])
	case 2:
		return slices.Concat(text[:end], text[at:])
	}
	out := bytes.Clone(text)
	if r.IntN(2) == 0 { // where an Arrow file keeps what it says of itself
		at = len(out) - 1 - r.IntN(min(len(out), 4096))
	}
	out[at] ^= 1 << r.IntN(8)
	return out
}

// Damage of any kind is found by the checksum. Without it, where the manifest
// agrees with the damaged file, some damage looks like data: there it must do no
// harm.
func TestVerifyOutlivesMutations(t *testing.T) {
	const seed = 20261124
	dir := wholeRun(t, []int{5, 4, 7}, []int{1, 9})
	for n, name := range []string{samples0, activations0, "activations-00001.arrow", ManifestName} {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		path, manifest := filepath.Join(dir, name), filepath.Join(dir, ManifestName)
		whole, err := os.ReadFile(path)
		require.NoError(t, err)
		promise, err := os.ReadFile(manifest)
		require.NoError(t, err)
		for i := range mutations() {
			text := mutate(r, whole)
			if bytes.Equal(text, whole) {
				continue
			}
			require.NoError(t, os.WriteFile(path, text, 0o666))
			what := fmt.Sprintf("%s, mutation %d of seed %d", name, i, seed)
			found := unharmed(t, dir, false, what)
			unharmed(t, dir, true, what)
			if name == ManifestName {
				continue
			}
			require.True(t, found, what)
			seal(t, dir, name)
			unharmed(t, dir, false, what)
			require.NoError(t, os.WriteFile(manifest, promise, 0o666))
		}
		require.NoError(t, os.WriteFile(path, whole, 0o666))
	}
	require.Empty(t, verify(t, dir, false).Problems)
}

// unharmed says whether a problem was found, in time and without a panic.
func unharmed(t *testing.T, dir string, quick bool, what string) bool {
	start := time.Now()
	v := verify(t, dir, quick)
	require.Less(t, time.Since(start), 5*time.Second, what)
	for _, p := range v.Problems {
		require.NotContains(t, p.What, "damaged: ", what) // a panic that was caught
	}
	return !v.OK
}

func TestVerifyCountsProblemsBeyondAHundred(t *testing.T) {
	dir := wholeRun(t, []int{90, 30})
	editManifest(t, dir, func(m *Manifest) { m.Spec = []byte(`{"capture":{"logprobs":"none"}}`) })
	v := verify(t, dir, false)
	require.Len(t, v.Problems, 100)
	require.Positive(t, v.More)
}

func TestVerifyNeedsAManifest(t *testing.T) {
	_, err := Verify(context.Background(), t.TempDir(), false)
	require.ErrorIs(t, err, ErrUnfinished)
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
	for dtype, cases := range map[DType]map[uint32]bool{
		Float32: {0x7f800000: true, 0xff800000: true, 0x7fc00001: true, 0xff7fffff: false, 0x7f7fffff: false, 0x80000000: false, 0x007fffff: false},
		Float16: {0x7c00: true, 0xfc00: true, 0x7e01: true, 0xfbff: false, 0x7bff: false, 0x8000: false},
		Int32:   {0x80000000: true, math.MaxUint32: true, math.MaxInt32: false, 0: false},
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
	c := Column{"blocks.0.hook_resid_post", []int{4096}, Float32}
	w, err := Create(Config{Dir: dir, Rows: 512, Columns: []Column{c}, Manifest: &Manifest{Hooks: []Hook{{Name: c.Name, Shape: c.Shape}}}})
	require.NoError(b, err)
	const rows = 16384
	s := w.Begin(rows)
	for i := range rows {
		p, err := s.Reserve()
		require.NoError(b, err)
		for j, x := 0, w.Floats(0, p); j < len(x); j++ {
			x[j] = float32(i*j%8191) - 4096
		}
		require.NoError(b, s.Add(Row{Position: int32(i), Token: "word", Phase: 1, Role: 2}))
	}
	require.NoError(b, s.End(Sample{PromptID: "p", FinishReason: "stop", ResponseTokens: rows, Meta: "{}"}))
	require.NoError(b, w.Commit())
	finish(b, w, Complete)
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

// mutations is how many damages each file gets: fewer where time is short, as
// under the race detector.
func mutations() int {
	if testing.Short() {
		return 50
	}
	return 500
}
