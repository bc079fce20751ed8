package vector

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
)

// corpus is good files for fuzzers to begin with.
func corpus(f *testing.F, write func(path string)) {
	path := filepath.Join(f.TempDir(), "f")
	write(path)
	text, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Add(text)
	f.Add(text[:len(text)/2])
}

// Whatever a file holds, it is read or refused; what is read can be written and read again.
func FuzzDirectionFile(f *testing.F) {
	for _, d := range []*Direction{
		{Name: "lie", Rank: 1, Width: 3, Vector: ramp(3, 1), Positive: ramp(3, 2), Negative: ramp(3, 0), SD: 1, Bias: 2, Covariance: ramp(6, 0)},
		{Name: "intent", Rank: 2, Width: 2, Vector: ramp(4, 1), SD: math.NaN()},
		{Name: "leace", Width: 2, Matrix: ramp(4, 1), Offset: ramp(2, 0), SD: math.NaN()},
	} {
		corpus(f, func(path string) {
			_, err := Write(disk.OS{}, path, Meta{Kind: d.kind(), Of: map[string]*Meta{d.Name: {How: "mean"}}}, []*Direction{d})
			require.NoError(f, err)
		})
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(dir, "fuzzed")
		require.NoError(t, os.WriteFile(path, text, 0o666))
		file, err := Read(path)
		if err != nil {
			return
		}
		for _, name := range file.Names {
			d, err := file.Named(name)
			if err != nil {
				continue
			}
			again := filepath.Join(dir, "again")
			_, err = Write(disk.OS{}, again, file.Meta, []*Direction{d})
			require.NoError(t, err)
			written, err := Read(again)
			require.NoError(t, err)
			got, err := written.Named(name)
			require.NoError(t, err)
			require.Equal(t, d.Vector, got.Vector)
			require.Equal(t, d.Matrix, got.Matrix)
		}
	})
}

// Whatever a file holds, it is a control vector or refused.
func FuzzControlVector(f *testing.F) {
	corpus(f, func(path string) {
		source := filepath.Join(f.TempDir(), "s")
		_, err := Write(disk.OS{}, source, Meta{}, []*Direction{
			{Name: "blocks.1.hook_resid_post", Rank: 1, Width: 3, Vector: ramp(3, 1), SD: math.NaN()},
			{Name: "blocks.12.hook_resid_post", Rank: 1, Width: 3, Vector: ramp(3, 1), SD: math.NaN()},
		})
		require.NoError(f, err)
		file, err := Read(source)
		require.NoError(f, err)
		written, err := ExportControl(disk.OS{}, path, file)
		require.NoError(f, err)
		require.Equal(f, 2, written)
	})
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(dir, "fuzzed")
		require.NoError(t, os.WriteFile(path, text, 0o666))
		in, err := ImportControl(path, 0)
		if err != nil {
			return
		}
		_, err = Write(disk.OS{}, filepath.Join(dir, "again"), in.Meta, in.Directions)
		if err != nil { // two tensors may have one name
			require.ErrorContains(t, err, "have the name")
		}
	})
}
