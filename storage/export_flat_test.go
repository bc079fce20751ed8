package storage

import (
	"archive/zip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/export"
)

// npzArray is an array of an .npz file: its header and its data.
type npzArray struct{ header, data string }

func readNPZ(t testing.TB, path string) map[string]npzArray {
	t.Helper()
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer z.Close()
	out := map[string]npzArray{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r) // compares the checksum too
		require.NoError(t, err)
		require.Equal(t, "\x93NUMPY\x01\x00", string(text[:8]))
		n := 10 + int(binary.LittleEndian.Uint16(text[8:]))
		require.Zero(t, n%64)
		out[strings.TrimSuffix(f.Name, ".npy")] = npzArray{string(text[10:n]), string(text[n:])}
	}
	return out
}

func TestExportNPZ(t *testing.T) {
	for name, rows := range exportCases {
		t.Run(name, func(t *testing.T) {
			arrays := readNPZ(t, exportTo(t, exportRun(t, rows), export.Config{Format: "npz"}))
			n := rows.total()
			require.Contains(t, arrays["blocks.1.attn.hook_z"].header, fmt.Sprintf("'<f4', 'fortran_order': False, 'shape': (%d, 9, 64,)", n))
			require.Contains(t, arrays["blocks.0.hook_mlp_out"].header, "'<f2'")
			for c, column := range exportColumns {
				require.True(t, string(exportBytes(column, c, 0, n)) == arrays[column.Name].data, column.Name)
			}
			if n > 0 {
				require.Contains(t, arrays["token"].header, fmt.Sprintf("'<U4', 'fortran_order': False, 'shape': (%d,)", n))
				require.Equal(t, "t\x00\x00\x00\xf6\x00\x00\x00k\x00\x00\x00\n\x00\x00\x00", arrays["token"].data[:16])
				require.Equal(t, "\x00\x00\xc0\x7f", arrays["logprob"].data[:4], "a null is NaN")
			}
			require.Len(t, arrays["samples.first_row"].data, 8*len(rows))
			at := 0
			for i, r := range rows {
				first := binary.LittleEndian.Uint64([]byte(arrays["samples.first_row"].data[8*i:]))
				require.EqualValues(t, at, first, "first_row counts through all groups")
				at += max(r, -r)
			}
			require.Equal(t, strings.Repeat("\xff", 8*len(rows)), arrays["samples.parent_sample_id"].data, "a null is -1")
			manifest := strings.ReplaceAll(arrays["manifest"].data, "\x00", "")
			require.Contains(t, manifest, `"status":"complete"`)
			require.NotContains(t, manifest, "laboratory")
		})
	}
}

func TestExportSafetensors(t *testing.T) {
	for name, rows := range exportCases {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(exportTo(t, exportRun(t, rows), export.Config{Format: "safetensors"}))
			require.NoError(t, err)
			n := binary.LittleEndian.Uint64(text)
			require.Zero(t, n%8)
			var header map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(text[8:8+n], &header))
			var meta map[string]string
			require.NoError(t, json.Unmarshal(header["__metadata__"], &meta))
			require.Equal(t, `["prompt","response","followup"]`, meta["phase"])
			require.Contains(t, meta["left_out"], `"samples.prompt"`)
			delete(header, "__metadata__")
			data, used := text[8+n:], int64(0)
			tensors := map[string]tensorHeader{}
			for name, info := range header {
				var tensor tensorHeader
				require.NoError(t, json.Unmarshal(info, &tensor))
				tensors[name] = tensor
				used += tensor.Offsets[1] - tensor.Offsets[0]
			}
			require.EqualValues(t, len(data), used, "the tensors fill the file")
			for c, column := range exportColumns {
				tensor := tensors[column.Name]
				require.Equal(t, append([]int{rows.total()}, column.Shape...), tensor.Shape)
				require.Equal(t, map[arrowfile.DType]string{arrowfile.Float32: "F32", arrowfile.Float16: "F16", arrowfile.Int32: "I32"}[column.DType], tensor.DType)
				require.Zero(t, tensor.Offsets[0]%int64(column.DType.Bytes()))
				got := data[tensor.Offsets[0]:tensor.Offsets[1]]
				require.True(t, string(exportBytes(column, c, 0, rows.total())) == string(got), column.Name)
			}
		})
	}
}

// tensorHeader is what the header of a safetensors file says of a tensor.
type tensorHeader struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}
