package arm

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
)

// draws are the random numbers of one thing, told from others by parts that name it: the
// same in every run and on every machine.
func draws(parts ...any) *rand.Rand {
	var text strings.Builder
	for _, part := range parts {
		fmt.Fprintf(&text, "%v\x00", part)
	}
	sum := sha256.Sum256([]byte(text.String()))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])))
}

// isotropic draws rows [rank, width] from a standard normal distribution: every direction is
// as likely as any other.
func isotropic(r *rand.Rand, rank, width int) []float64 {
	out := make([]float64, rank*width)
	for i := range out {
		out[i] = r.NormFloat64()
	}
	return out
}

// matched draws rows [rank, width] that have the covariance CᵀC of C [m, width]: Gaussian
// combinations of its rows.
func matched(r *rand.Rand, rank, width int, c []float32) []float64 {
	out := make([]float64, rank*width)
	for at := 0; at < len(out); at += width {
		row := out[at : at+width]
		for from := 0; from < len(c); from += width {
			g := r.NormFloat64()
			for i, x := range c[from : from+width] {
				row[i] += g * float64(x)
			}
		}
	}
	return out
}
