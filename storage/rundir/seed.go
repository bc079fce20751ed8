package rundir

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
)

// SampleSeed is the seed that a sample has by docs/format.md. Where all bits
// were set, which llama.cpp takes as "choose at random", it is 0.
func SampleSeed(run int64, prompt []byte, sample int32) int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%d", run, prompt, sample))
	seed := binary.LittleEndian.Uint32(sum[:])
	if seed == math.MaxUint32 {
		seed = 0
	}
	return int64(seed)
}
