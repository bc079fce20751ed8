package bound

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Figures from formulas on paper, and from SciPy in scripts/e2e/test_power.py.
func TestPlannedComparisons(t *testing.T) {
	flips := Flips{Pairs: 200, Discordant: 0.2}
	assert.InDelta(t, 0.088, flips.Detectable(0, 0.975, 0.8), 0.001)
	assert.InDelta(t, 0.185, flips.Detectable(0.1, 0.975, 0.8), 0.001)
	assert.True(t, math.IsInf(flips.Detectable(0.2, 0.975, 0.8), 1))
	assert.Equal(t, 866, flips.NeededWithin(0.05, 0.95, 0.9))
	assert.Equal(t, 1040, flips.NeededWithin(0.05, 0.975, 0.9))
	assert.Zero(t, flips.PowerWithin(0.05, 0.95), "none at 200")
	assert.InDelta(t, 0.9, Flips{866, 0.2}.PowerWithin(0.05, 0.95), 0.001)
	needed := flips.Needed(0.1, 0, 0.975, 0.8)
	assert.GreaterOrEqual(t, Flips{needed, 0.2}.Power(0.1, 0, 0.975), 0.8)
	assert.Less(t, Flips{needed - 1, 0.2}.Power(0.1, 0, 0.975), 0.8)
	assert.Zero(t, flips.Needed(0.1, 0.1, 0.975, 0.8))

	assert.InDelta(t, 0.66, AUROC{50, 50}.Detectable(0.975, 0.8), 0.002)
	assert.InDelta(t, math.Sqrt(101.0/(12*2500)), AUROC{50, 50}.SE(0.5), 1e-4, "that of ranks without ties")
	n := NeededAUROC(0.66, 0.975, 0.8)
	assert.InDelta(t, 50, n, 1)
	assert.Less(t, AUROC{n - 1, n - 1}.Power(0.66, 0.975), 0.8)
	assert.Zero(t, NeededAUROC(0.5, 0.975, 0.8))

	assert.Equal(t, 257, FewestAbove(300, 0.8, 0.99))
	assert.Equal(t, 13, MostBelow(500, 0.05, 0.99))
	assert.Equal(t, 299, NeededBelow(0, 0.01, 0.95))
	assert.Equal(t, -1, MostBelow(10, 0.05, 0.99))
	assert.Equal(t, 4, FewestAbove(3, 0.8, 0.99))
	assert.Zero(t, PowerAbove(3, 1, 0.8, 0.99))
	assert.Zero(t, PowerBelow(10, 0, 0.05, 0.99))
	assert.InDelta(t, 1, PowerAbove(300, 1, 0.8, 0.99), 1e-12)
	assert.InDelta(t, 1, PowerBelow(500, 0, 0.05, 0.99), 1e-12)
}

func TestFamiliesForAPower(t *testing.T) {
	d := Design{SD: 0.2, Least: -1, Most: 1}
	power := func(d Design) float64 { return d.Power(0.35, 0.1, 0.99) }
	n := d.FamiliesFor(power, 0.8)
	d.Families = n
	assert.GreaterOrEqual(t, power(d), 0.8)
	d.Families = n - 1
	assert.Less(t, power(d), 0.8)
	assert.Zero(t, d.FamiliesFor(func(d Design) float64 { return 0 }, 0.8))
	assert.Zero(t, Design{Families: 20, SD: 0.005, Least: -1, Most: 1}.PowerWithin(0, 0.1, 0.95), "twenty families that agree show no equivalence")
	assert.Greater(t, Design{Families: 40, SD: 0.005, Least: -1, Most: 1}.PowerWithin(0, 0.1, 0.95), 0.99)
}
