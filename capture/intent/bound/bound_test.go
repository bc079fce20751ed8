package bound

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMean(t *testing.T) {
	m, err := OfContrasts([]float64{0.1, 0.3, 0.5, 0.7})
	require.NoError(t, err)
	assert.InDelta(t, 0.4, m.Value, 1e-12)
	assert.InDelta(t, 0.2581988897, m.SD, 1e-9)
	// by SciPy, of 0.1, 0.3, 0.5, 0.7 and half a -1 (1): scripts/e2e/test_intent_bounds.py
	assert.Less(t, m.Lower(0.95), 0.4-2.353363*0.2581988897/2, "below the plain bound, t(0.95, 3) = 2.353363")
	assert.Greater(t, m.Upper(0.95), 0.4+2.353363*0.2581988897/2)
	assert.False(t, m.Agree())
	assert.Equal(t, m, m.Negated().Negated())
}

func TestMeansOfWhatHasNoValue(t *testing.T) {
	for name, families := range map[string][]float64{
		"none": nil, "NaN": {0.1, math.NaN()}, "Inf": {math.Inf(1)}, "above its range": {0.2, 1.1}, "below": {-0.1},
	} {
		_, err := OfShares(families)
		assert.Error(t, err, name)
	}
	_, err := OfShares([]float64{0, 1 + 1e-12})
	assert.NoError(t, err, "rounding")
}

// Families that agree have no spread, and yet a rare one may differ: 40 families of which
// none did bound the share of such at 1 - 0.01^(1/40).
func TestFamiliesThatAgree(t *testing.T) {
	all := make([]float64, 40)
	for i := range all {
		all[i] = 1
	}
	m, err := OfContrasts(all)
	require.NoError(t, err)
	p := math.Pow(0.01, 1.0/40)
	assert.InDelta(t, p-(1-p), m.Lower(0.99), 1e-12)
	assert.Equal(t, 1.0, m.Upper(0.99), "nothing is above what there can be")

	one, err := OfShares([]float64{0.7})
	require.NoError(t, err)
	assert.InDelta(t, 0.05*0.7, one.Lower(0.95), 1e-12)
	assert.InDelta(t, 1-0.05*0.3, one.Upper(0.95), 1e-12)
}

// The numbers that the ladder asks for.
func TestShares(t *testing.T) {
	assert.Greater(t, Share{257, 300}.Lower(0.99), 0.8)
	assert.Less(t, Share{256, 300}.Lower(0.99), 0.8)
	assert.Less(t, Share{13, 500}.Upper(0.99), 0.05)
	assert.Greater(t, Share{14, 500}.Upper(0.99), 0.05)
	assert.Less(t, Share{0, 299}.Upper(0.95), 0.01)
	assert.Greater(t, Share{0, 298}.Upper(0.95), 0.01)
	assert.Equal(t, 299, Needed(0.99, 0.95))
	assert.Equal(t, 0, Needed(1, 0.95))
	assert.Zero(t, Share{0, 5}.Lower(0.99))
	assert.Equal(t, 1.0, Share{5, 5}.Upper(0.99))
	assert.Zero(t, Share{}.Lower(0.99))
	assert.Equal(t, 1.0, Share{}.Upper(0.99))
}

func TestEnough(t *testing.T) {
	m, err := OfContrasts([]float64{-0.2, 0.1, 0.4, 0.5})
	require.NoError(t, err)
	n := m.Enough(0.1, 0.99)
	require.Positive(t, n)
	m.N = n
	assert.Greater(t, m.Lower(0.99), 0.1)
	m.N = n - 1
	assert.LessOrEqual(t, m.Lower(0.99), 0.1)
	assert.Zero(t, m.Enough(0.25, 0.99), "no number moves a mean")
}

func TestPower(t *testing.T) {
	d := Design{Families: 40, SD: 0.2, Least: -1, Most: 1}
	assert.Less(t, d.Power(0.1, 0.1, 0.99), 0.02, "size at the margin")
	assert.Greater(t, d.Power(0.35, 0.1, 0.99), 0.98)
	at := d.Detectable(0.1, 0.99, 0.9)
	assert.InDelta(t, 0.9, d.Power(at, 0.1, 0.99), 0.02)
	assert.Greater(t, at, 0.15)
	assert.Less(t, at, 0.3)
	few := Design{Families: 4, SD: 0.2, Least: -1, Most: 1}
	assert.True(t, math.IsInf(few.Detectable(0.1, 0.99, 0.9), 1), "four families show nothing")
	assert.Zero(t, Design{}.Power(1, 0, 0.99))
}
