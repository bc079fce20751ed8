package models

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

// plantRow copies a model and writes over the beginning of one row of a float32
// tensor.
func plantRow(t *testing.T, path, tensor string, row int, values []float32) string {
	t.Helper()
	at, err := OpenTensor(path, tensor)
	require.NoError(t, err)
	defer at.Close()
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for i, x := range values {
		binary.LittleEndian.PutUint32(whole[at.offset+int64(row*at.rowBytes+4*i):], math.Float32bits(x))
	}
	out := filepath.Join(t.TempDir(), "planted.gguf")
	require.NoError(t, os.WriteFile(out, whole, 0o666))
	return out
}

var halves = []struct {
	x    float32
	bits uint16 // of the nearest float16, ties to even
}{
	{0, 0x0000}, {float32(math.Copysign(0, -1)), 0x8000}, {1, 0x3c00}, {-2, 0xc000},
	{1 + 0x1p-11, 0x3c00}, {1 + 0x3p-11, 0x3c02}, {1 + 0x1p-11 + 0x1p-20, 0x3c01}, // two ties and what is just above
	{0x1p-14, 0x0400}, {0x1p-24, 0x0001}, {0x1p-25, 0x0000}, {0x3p-25, 0x0002}, {1e-9, 0x0000}, // down to nothing
	{65504, 0x7bff}, {-65504, 0xfbff}, {65519, 0x7bff}, {65520, 0x7c00}, {-65520, 0xfc00}, {1e30, 0x7c00}, {-1e30, 0xfc00}, // and up to infinity
}

func TestHalfPrecision(t *testing.T) {
	values := make([]float32, len(halves))
	for i, h := range halves {
		values[i] = h.x
	}
	c := newContext(t, loadFile(t, plantRow(t, tiny(t, "llama"), "token_embd.weight", 9, values)))
	single := choose(t, c, "embed,q:1")
	b := batchOf([]Token{5, 9}, 0, 0)
	full := capture(t, c, b)
	assert.Equal(t, values, full.floats(0, 1)[:len(values)], "in single precision as they are")

	require.NoError(t, c.SetPlan(&hooks.Plan{Reads: single.Reads, Half: true}))
	c.Clear()
	s := capture(t, c, b)
	raw := s.raw(0, 1)
	require.Len(t, raw, 2*64)
	for i, h := range halves {
		assert.Equal(t, h.bits, binary.LittleEndian.Uint16(raw[2*i:]), "%g", h.x)
	}
}

// Every layout is rounded to what the single precision copy rounds to.
func TestHalfPrecisionOfEveryLayout(t *testing.T) {
	for _, arch := range []string{"llama", "phi3"} {
		c := newContext(t, load(t, arch), exact)
		single := choose(t, c, "*")
		b := batchOf(prompt, 0, 0)
		full := capture(t, c, b)
		require.NoError(t, c.SetPlan(&hooks.Plan{Reads: single.Reads, Half: true}))
		c.Clear()
		s := capture(t, c, b)
		for i, l := range single.Reads {
			for row := range prompt {
				raw := s.raw(i, row)
				for k, x := range full.floats(i, row) {
					got := halfValue(binary.LittleEndian.Uint16(raw[2*k:]))
					require.LessOrEqual(t, math.Abs(got-float64(x)), max(math.Abs(float64(x))*0x1p-11, 0x1p-25), "%s %s", arch, l)
				}
			}
		}
	}
}

// halfValue reads a finite float16.
func halfValue(bits uint16) float64 {
	sign := 1 - 2*float64(bits>>15)
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	if exponent == 0 {
		return sign * math.Ldexp(fraction, -24)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}
