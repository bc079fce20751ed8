package vector

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/storage/disk"
	"intentprobe/storage/safetensors"
)

func ramp(n int, from float32) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = from + float32(i)
	}
	return out
}

func write(t *testing.T, meta Meta, directions ...*Direction) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "d.safetensors")
	_, err := Write(disk.OS{}, path, meta, directions)
	require.NoError(t, err)
	return path
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	lie := &Direction{
		Name: "lie", Rank: 1, Width: 3, Vector: []float32{0, 3, 4}, Positive: []float32{1, 2, 3}, Negative: []float32{1, 1, 1},
		SD: 0.5, Bias: -2, Covariance: ramp(6, 1),
	}
	space := &Direction{Name: "intent", Rank: 2, Width: 3, Vector: ramp(6, -1), SD: math.NaN()}
	leace := &Direction{Name: "leace", Width: 3, Matrix: ramp(9, 0), Offset: ramp(3, 5), SD: math.NaN()}
	meta := Meta{Kind: Directions, Point: "blocks.3.hook_resid_post", Model: &Model{Architecture: "llama", Width: 3}, How: "mean"}
	path := write(t, meta, lie, space, leace)
	f, err := Read(path)
	require.NoError(t, err)
	require.Equal(t, []string{"intent", "leace", "lie"}, f.Names)
	require.Len(t, f.SHA256, 64)
	require.Equal(t, "llama", f.Meta.Model.Architecture)
	require.Equal(t, 3, f.Meta.Width)
	got, err := f.Named("lie")
	require.NoError(t, err)
	require.Equal(t, lie, got)
	gap, err := got.Gap()
	require.NoError(t, err)
	require.InDelta(t, 2.2, gap, 1e-12, "(0, 1, 2) along (0, 0.6, 0.8)")
	got, err = f.Named("intent")
	require.NoError(t, err)
	require.Equal(t, space.Vector, got.Vector)
	require.Equal(t, 2, got.Rank)
	require.True(t, math.IsNaN(got.SD))
	_, err = got.Gap()
	require.ErrorContains(t, err, "no single direction")
	got, err = f.Named("leace")
	require.NoError(t, err)
	require.Equal(t, leace.Matrix, got.Matrix)
	require.Nil(t, got.Vector)

	_, err = f.Named("")
	require.ErrorContains(t, err, "has 3 directions")
	_, err = f.Named("lies")
	require.ErrorContains(t, err, `has no direction "lies"`)
}

func TestAtAPoint(t *testing.T) {
	p3, p4 := hooks.Point{Site: hooks.ResidPost, Layer: 3}, hooks.Point{Site: hooks.ResidPost, Layer: 4}
	one := &Direction{Name: "lie", Rank: 1, Width: 2, Vector: ramp(2, 1), SD: math.NaN()}
	f, err := Read(write(t, Meta{}, one))
	require.NoError(t, err)
	d, err := f.At(p4)
	require.NoError(t, err)
	require.Equal(t, "lie", d.Name)
	one.Name = p3.String()
	f, err = Read(write(t, Meta{}, one))
	require.NoError(t, err)
	d, err = f.At(p3)
	require.NoError(t, err)
	require.Equal(t, p3.String(), d.Name)
	_, err = f.At(p4)
	require.ErrorContains(t, err, "has no direction for blocks.4.hook_resid_post")
}

// file makes a safetensors file of a header and as many bytes.
func file(t *testing.T, header string, data []byte) string {
	path := filepath.Join(t.TempDir(), "f.safetensors")
	text := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	require.NoError(t, os.WriteFile(path, append(text, data...), 0o666))
	return path
}

func TestNoDirectionFile(t *testing.T) {
	v := func(shape string) string { return `"v":{"dtype":"F32","shape":` + shape + `,"data_offsets":[0,8]}` }
	nan := binary.LittleEndian.AppendUint32(make([]byte, 4), math.Float32bits(float32(math.NaN())))
	for _, c := range []struct {
		header string
		data   []byte
		says   string
	}{
		{`{}`, nil, "has no tensors"},
		{`{` + v("[2]") + `}`, nan, `tensor "v" has NaN at place 1`},
		{`{` + v("[1,1,2]") + `}`, make([]byte, 8), "[d] or [k, d] is needed"},
		{`{` + v("[2,1]") + `}`, make([]byte, 8), `tensor "v" has the shape [2 1]`},
		{`{"v.sd":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, make([]byte, 8), `neither a tensor "v" nor`},
		{`{` + v("[2]") + `,"v.positive":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}}`, make([]byte, 20), `tensor "v.positive" has the shape [3]`},
		{`{` + v("[2]") + `,"v.A":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]}}`, make([]byte, 24), "an affine map needs both"},
		{`{"__metadata__":{"capture":"{"},` + v("[2]") + `}`, make([]byte, 8), `metadata "capture"`},
		{`{"__metadata__":{"capture":"{\"version\":2}"},` + v("[2]") + `}`, make([]byte, 8), "is of version 2"},
		{`{"__metadata__":{"capture":"{\"version\":1,\"layer_convention\":\"input\"}"},` + v("[2]") + `}`, make([]byte, 8), "counts layers as"},
		{`{"v":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`, make([]byte, 8), `tensor "v" is of I64`},
	} {
		_, err := Read(file(t, c.header, c.data))
		require.ErrorContains(t, err, c.says, c.header)
		require.ErrorContains(t, err, "f.safetensors", c.header)
	}
	for head, says := range map[string]string{"ARROW1\x00\x00": "an Arrow file", "<!doctype html>": "a page", `{"verdict": 1}`: "JSON", "GGUF\x03": "a GGUF file"} {
		path := filepath.Join(t.TempDir(), "other")
		require.NoError(t, os.WriteFile(path, []byte(head), 0o666))
		_, err := Read(path)
		require.ErrorContains(t, err, path+" is "+says)
		require.ErrorContains(t, err, "and no file of directions")
		require.ErrorAs(t, err, new(*hint.UsageError))
	}
	_, err := Read(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestWhatIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.safetensors")
	ok := func() *Direction { return &Direction{Name: "v", Rank: 1, Width: 2, Vector: ramp(2, 1), SD: math.NaN()} }
	bad, nan, other := ok(), ok(), ok()
	bad.Positive = ramp(3, 0)
	nan.Vector[1] = float32(math.Inf(1))
	other.Name = "v.sd"
	for says, ds := range map[string][]*Direction{
		"no directions": {}, "have the name": {ok(), ok()}, "positive has 3": {bad}, "+Inf at place 1": {nan}, "may not end in": {other},
	} {
		_, err := Write(disk.OS{}, path, Meta{}, ds)
		require.ErrorContains(t, err, says)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Empty(t, entries)
}

// A file that is replaced between Read and Named is not taken for the one that was read.
func TestAFileThatChanges(t *testing.T) {
	path := write(t, Meta{}, &Direction{Name: "v", Rank: 1, Width: 2, Vector: ramp(2, 1), SD: math.NaN()})
	f, err := Read(path)
	require.NoError(t, err)
	_, err = Write(disk.OS{}, path, Meta{}, []*Direction{{Name: "v", Rank: 1, Width: 3, Vector: ramp(3, 1), SD: math.NaN()}})
	require.NoError(t, err)
	_, err = f.Named("v")
	require.ErrorContains(t, err, "was changed while it was read")
}

func TestSplit(t *testing.T) {
	for ref, want := range map[string][2]string{"a.safetensors": {"a.safetensors", ""}, "a#b#lie": {"a#b", "lie"}, "a#": {"a", ""}} {
		path, name := Split(ref)
		require.Equal(t, want, [2]string{path, name})
	}
}

// The scalars of other programs may be of shape [] or [1], in any type of float.
func TestScalarsAreScalars(t *testing.T) {
	path := write(t, Meta{}, &Direction{Name: "v", Rank: 1, Width: 2, Vector: ramp(2, 1), SD: 2, Bias: 3})
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	n := binary.LittleEndian.Uint64(text)
	var head map[string]safetensors.Info
	require.NoError(t, json.Unmarshal([]byte(strings.Replace(string(text[8:8+n]), metadataOf(t, text[8:8+n]), "", 1)), &head))
	require.Equal(t, []int{}, head["v.sd"].Shape)
	require.Contains(t, string(text[8:8+n]), `"shape":[]`)
}

// metadataOf gives the part of a header that is no tensor.
func metadataOf(t *testing.T, head []byte) string {
	var all map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(head, &all))
	return `"__metadata__":` + string(all["__metadata__"]) + ","
}
