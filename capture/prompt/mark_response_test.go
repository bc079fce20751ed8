package prompt

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/fake"
)

// Marks wait for no more tokens than have bytes in a beginning of a stop text.
func TestMarksWaitNoLongerThanAStopText(t *testing.T) {
	tok := fake.NewTokenizer("ab", "aab", "b", "aaaa", "c")
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 3))
		m := NewResponseMarker(tok, NewSpanSets(), &Prompt{}, []string{"aabaac", "babab"})
		for range 200 {
			if m.Push(tok.ID([]string{"ab", "aab", "a", "b", "aaaa"}[r.IntN(5)])) {
				break
			}
			require.LessOrEqual(t, len(m.marks)-m.final, len("aabaac")-1, fmt.Sprint(seed))
		}
	}
}
