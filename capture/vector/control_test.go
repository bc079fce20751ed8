package vector

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
)

// control writes directions of blocks as a control vector, and gives its path.
func control(t *testing.T, meta Meta, names ...string) string {
	t.Helper()
	var all []*Direction
	for i, name := range names {
		all = append(all, &Direction{Name: name, Rank: 1, Width: 3, Vector: ramp(3, float32(i)), SD: math.NaN(), Covariance: ramp(3, 0)})
	}
	f, err := Read(write(t, meta, all...))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "c.gguf")
	written, err := ExportControl(disk.OS{}, path, f)
	require.NoError(t, err)
	require.Positive(t, written)
	return path
}

func TestBlocksOfAControlVector(t *testing.T) {
	// In order of their names, block 10 would come before block 2.
	path := control(t, Meta{Model: &Model{Architecture: "qwen2"}}, "blocks.0.hook_resid_post", "blocks.10.hook_resid_post", "blocks.2.hook_resid_post")
	in, err := ImportControl(path, 0)
	require.NoError(t, err)
	require.Equal(t, "qwen2", in.Hint)
	require.False(t, in.OneLate)
	require.Len(t, in.Directions, 2, "block 0 cannot be steered")
	require.Equal(t, "blocks.2.hook_resid_post", in.Directions[0].Name)
	require.Equal(t, ramp(3, 2), in.Directions[0].Vector)
	require.Equal(t, "blocks.10.hook_resid_post", in.Directions[1].Name)
	require.Equal(t, ramp(3, 1), in.Directions[1].Vector)
	in, err = ImportControl(path, -2)
	require.NoError(t, err)
	require.Equal(t, "blocks.0.hook_resid_post", in.Directions[0].Name)
	_, err = ImportControl(path, -3)
	require.ErrorContains(t, err, "direction.2 moved by -3 is of no block")
}

// llama.cpp's generator alone writes the number of layers with a sign.
func TestTheGeneratorIsKnownByItsType(t *testing.T) {
	path := control(t, Meta{}, "blocks.1.hook_resid_post")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	at := bytes.Index(text, []byte(controlLayers)) + len(controlLayers)
	require.EqualValues(t, 4, binary.LittleEndian.Uint32(text[at:]), "u32")
	binary.LittleEndian.PutUint32(text[at:], 5) // i32
	require.NoError(t, os.WriteFile(path, text, 0o666))
	in, err := ImportControl(path, 0)
	require.NoError(t, err)
	require.True(t, in.OneLate)
}

func TestWhatIsNoControlVector(t *testing.T) {
	good, err := os.ReadFile(control(t, Meta{}, "blocks.1.hook_resid_post"))
	require.NoError(t, err)
	for says, change := range map[string]func([]byte) []byte{
		`GGUF file of "controlvectoR"`:                func(b []byte) []byte { return bytes.Replace(b, []byte("controlvector"), []byte("controlvectoR"), 2)[:] },
		`the tensor "direction.0" is no direction`:    func(b []byte) []byte { return bytes.Replace(b, []byte("direction.1"), []byte("direction.0"), 1) },
		`the tensor "direction.x" is no direction`:    func(b []byte) []byte { return bytes.Replace(b, []byte("direction.1"), []byte("direction.x"), 1) },
		`the tensor "output_norm" is no direction of`: func(b []byte) []byte { return bytes.Replace(b, []byte("direction.1"), []byte("output_norm"), 1) },
		"has NaN at place 2": func(b []byte) []byte {
			at := bytes.LastIndex(b, binary.LittleEndian.AppendUint32(nil, math.Float32bits(2)))
			binary.LittleEndian.PutUint32(b[at:], math.Float32bits(float32(math.NaN())))
			return b
		},
		"c.gguf": func(b []byte) []byte { return b[:len(b)-24] },
	} {
		path := filepath.Join(t.TempDir(), "c.gguf")
		require.NoError(t, os.WriteFile(path, change(bytes.Clone(good)), 0o666))
		_, err := ImportControl(path, 0)
		require.ErrorContains(t, err, says)
	}
}

func TestWhatHasNoPlaceInAControlVector(t *testing.T) {
	none := math.NaN()
	for says, d := range map[string]*Direction{
		"no single direction":                      {Name: "blocks.1.hook_resid_post", Rank: 2, Width: 2, Vector: ramp(4, 0), SD: none},
		`nothing says that "lie" is of the output`: {Name: "lie", Rank: 1, Width: 2, Vector: ramp(2, 0), SD: none},
		"of block 0 alone":                         {Name: "blocks.0.hook_resid_post", Rank: 1, Width: 2, Vector: ramp(2, 0), SD: none},
		`"blocks.1.hook_resid_pre" is of`:          {Name: "blocks.1.hook_resid_pre", Rank: 1, Width: 2, Vector: ramp(2, 0), SD: none},
	} {
		f, err := Read(write(t, Meta{}, d))
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), "c.gguf")
		_, err = ExportControl(disk.OS{}, path, f)
		require.ErrorContains(t, err, says)
		require.NoFileExists(t, path)
	}
	// The point of a single direction may be in the metadata.
	in, err := ImportControl(control(t, Meta{Point: "blocks.7.hook_resid_post"}, "lie"), 0)
	require.NoError(t, err)
	require.Equal(t, "blocks.7.hook_resid_post", in.Directions[0].Name)
}
