package probe

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/probe/nested"
)

// What trains is no evidence: a run's split may hold out few groups of many.
func TestTheVerdictCountsGroupsThatWereHeldOut(t *testing.T) {
	e := &evaluation{scores: []float64{math.NaN(), 1, 2, 3, 4, math.NaN()}}
	e.cases = nested.Cases{Positive: []bool{true, true, false, true, true, false}, Group: []string{"a", "b", "b", "b", "c", "d"}}
	assert.Equal(t, [2]int{1, 2}, e.heldGroups(), "negative: b; positive: b and c")
}
