package verify

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
)

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
