package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/x448/float16"

	"intentprobe/storage/disk"
)

// text makes the bytes of a file of a header and what comes after it.
func text(header string, data ...byte) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

func open(b []byte) (*File, error) { return New("f", bytes.NewReader(b), int64(len(b))) }

func TestEveryTypeOfFloatIsRead(t *testing.T) {
	le := binary.LittleEndian
	for dtype, data := range map[string][]byte{
		"F64":  le.AppendUint64(le.AppendUint64(nil, math.Float64bits(1.5)), math.Float64bits(-0.25)),
		"F32":  le.AppendUint32(le.AppendUint32(nil, math.Float32bits(1.5)), math.Float32bits(-0.25)),
		"F16":  le.AppendUint16(le.AppendUint16(nil, float16.Fromfloat32(1.5).Bits()), float16.Fromfloat32(-0.25).Bits()),
		"BF16": le.AppendUint16(le.AppendUint16(nil, uint16(math.Float32bits(1.5)>>16)), uint16(math.Float32bits(-0.25)>>16)),
	} {
		f, err := open(text(fmt.Sprintf(`{"v":{"dtype":%q,"shape":[2],"data_offsets":[0,%d]}}`, dtype, len(data)), data...))
		require.NoError(t, err, dtype)
		got, err := f.Floats("v")
		require.NoError(t, err, dtype)
		require.Equal(t, []float32{1.5, -0.25}, got, dtype)
	}
}

func TestWhatTheFormatForbids(t *testing.T) {
	v := func(name, at string) string {
		return `"` + name + `":{"dtype":"F32","shape":[1],"data_offsets":` + at + `}`
	}
	long := append(binary.LittleEndian.AppendUint64(nil, MaxHeader+1), "{}"...)
	for says, file := range map[string][]byte{
		"it has 3 bytes":                        []byte("abc"),
		"a header of 100000001 bytes":           long,
		"cut short: a header of 9 bytes":        append(binary.LittleEndian.AppendUint64(nil, 9), "{}"...),
		"is no JSON object":                     text("[]"),
		`has "v" twice`:                         text("{"+v("v", "[0,4]")+","+v("v", "[0,4]")+"}", 0, 0, 0, 0),
		"goes on after its JSON object":         text("{} {}"),
		`tensor "v": EOF`:                       text(`{"v":`),
		"lies at bytes 0 to 8 of 4":             text("{"+v("v", "[0,8]")+"}", 0, 0, 0, 0),
		"lies at bytes 4 to 0":                  text("{"+v("v", "[4,0]")+"}", 0, 0, 0, 0),
		"lies at bytes -4 to 0":                 text("{"+v("v", "[-4,0]")+"}", 0, 0, 0, 0),
		`tensor "w" overlaps`:                   text("{"+v("v", "[0,4]")+","+v("w", "[2,6]")+"}", 0, 0, 0, 0, 0, 0),
		`4 bytes of no tensor before "v"`:       text("{"+v("v", "[4,8]")+"}", 0, 0, 0, 0, 0, 0, 0, 0),
		"2 bytes after the last tensor":         text("{"+v("v", "[0,4]")+"}", 0, 0, 0, 0, 0, 0),
		"has 4 bytes; F32 [2] has 8":            text(`{"v":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		`has the type "F33"`:                    text(`{"v":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		"has the shape [-1]":                    text(`{"v":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		"has the shape [4294967296 4294967296]": text(`{"v":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`),
		"cannot unmarshal":                      text(`{"v":{"dtype":"F32","shape":["a"],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		"__metadata__":                          text(`{"__metadata__":{"a":1}}`),
	} {
		_, err := open(file)
		require.ErrorContains(t, err, says)
		var wrong *disk.FileError
		require.ErrorAs(t, err, &wrong, says)
	}
}

func TestNumbersThatAreNotFinite(t *testing.T) {
	large := binary.LittleEndian.AppendUint64(nil, math.Float64bits(1e300))
	f, err := open(text(`{"v":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`, large...))
	require.NoError(t, err)
	_, err = f.Floats("v")
	require.ErrorContains(t, err, `tensor "v" has +Inf at place 0`, "too large for float32")
	_, err = f.Floats("w")
	require.ErrorContains(t, err, `has no tensor "w"`)
}

// What Header writes, New reads; the data begins at a multiple of 8.
func TestHeader(t *testing.T) {
	head, err := Header(map[string]string{"a": "<b>"}, map[string]Info{"v": {"F32", []int{}, [2]int64{0, 4}}})
	require.NoError(t, err)
	require.Zero(t, len(head)%8)
	require.Contains(t, string(head), `"shape":[]`)
	f, err := open(append(head, 0, 0, 0x80, 0x3f))
	require.NoError(t, err)
	require.Equal(t, "<b>", f.Metadata["a"])
	got, err := f.Floats("v")
	require.NoError(t, err)
	require.Equal(t, []float32{1}, got)
	all, err := io.ReadAll(f.Whole())
	require.NoError(t, err)
	require.Len(t, all, len(head)+4)
}

// A tensor of several pieces is read in its order, and its memory is as its size.
func TestALargeTensor(t *testing.T) {
	n := piece/4 + 3
	head, err := Header(nil, map[string]Info{"v": {"F32", []int{n}, [2]int64{0, int64(4 * n)}}})
	require.NoError(t, err)
	for i := range n {
		head = binary.LittleEndian.AppendUint32(head, math.Float32bits(float32(i)))
	}
	path := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(path, head, 0o666))
	f, err := Open(path)
	require.NoError(t, err)
	defer f.Close()
	got, err := f.Floats("v")
	require.NoError(t, err)
	require.Equal(t, n, cap(got))
	require.EqualValues(t, n-1, got[n-1])
	require.EqualValues(t, piece/4, got[piece/4])
}

// Whatever a file holds, it is read or refused, and what is read is as large as the file
// says.
func FuzzSafetensors(f *testing.F) {
	for _, header := range []string{
		`{"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, `{"__metadata__":{"capture":"{}"},"v.sd":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}`,
		`{}`, `{"v":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}`, `{"a":{"dtype":"F16","shape":[1,0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`,
	} {
		f.Add(text(header, 0, 0, 0x80, 0x3f))
		f.Add(text(header))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := open(b)
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "f: "), err)
			return
		}
		for _, name := range file.Names() {
			values, err := file.Floats(name)
			if err != nil {
				continue
			}
			n, err := file.Tensors[name].Elements()
			require.NoError(t, err)
			require.EqualValues(t, n, len(values))
			require.LessOrEqual(t, len(values)*2, len(b))
		}
	})
}
