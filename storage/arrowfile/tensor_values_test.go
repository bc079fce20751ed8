package arrowfile

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/x448/float16"
)

// Every float16 becomes the float32 that the library makes of it, to the bit.
func TestEveryHalfBecomesItsFloat(t *testing.T) {
	for h := range 1 << 16 {
		want := float16.Frombits(uint16(h)).Float32()
		require.Equal(t, math.Float32bits(want), math.Float32bits(half(uint16(h))), "%#04x", h)
	}
	got := decodeFloats([]float32{7}, []byte{0, 0x3c, 0, 0xc0}, Float16)
	require.Equal(t, []float32{7, 1, -2}, got)
}
