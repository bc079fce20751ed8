package bound

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Flips is a planned comparison of pairs, some of which are answered otherwise in one arm
// than in the other.
type Flips struct {
	Pairs      int     // independent ones
	Discordant float64 // share of pairs that flip, either way
}

// Power is about how often a net flip (the share that flips one way less the share that flips
// the other) is shown to be above a margin, at a one-sided level, in the normal approximation
// of McNemar's test (Connor 1987, doi:10.2307/2531961), whose variance a pair is the
// discordance less the square of the net flip.
func (f Flips) Power(net, margin, level float64) float64 {
	return distuv.UnitNormal.CDF(((net-margin)*math.Sqrt(float64(f.Pairs)) - z(level)*f.sd(margin)) / f.sd(net))
}

// sd is the standard deviation of one pair.
func (f Flips) sd(net float64) float64 { return math.Sqrt(max(1e-12, f.Discordant-net*net)) }

// Detectable is the smallest net flip that has a power; +Inf where not even all of the
// discordant pairs would do.
func (f Flips) Detectable(margin, level, power float64) float64 {
	if margin >= f.Discordant {
		return math.Inf(1)
	}
	return root(margin, f.Discordant, power, func(net float64) float64 { return f.Power(net, margin, level) })
}

// Needed is the number of pairs that give a net flip a power; 0 where it is not above the margin.
func (f Flips) Needed(net, margin, level, power float64) int {
	if net <= margin {
		return 0
	}
	root := (z(level)*f.sd(margin) + z(power)*f.sd(net)) / (net - margin)
	return int(math.Ceil(root * root))
}

// PowerWithin is about how often no net flip is shown to be one within a margin on both
// sides, by two one-sided tests each at a level.
func (f Flips) PowerWithin(margin, level float64) float64 {
	return max(0, 2*distuv.UnitNormal.CDF(margin*math.Sqrt(float64(f.Pairs))/f.sd(0)-z(level))-1)
}

// NeededWithin is the number of pairs that give this a power.
func (f Flips) NeededWithin(margin, level, power float64) int {
	root := (z(level) + z((1+power)/2)) * f.sd(0) / margin
	return int(math.Ceil(root * root))
}

// z is a quantile of the normal distribution.
func z(p float64) float64 { return distuv.UnitNormal.Quantile(p) }
