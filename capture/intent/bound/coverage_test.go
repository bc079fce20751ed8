package bound

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
)

// population is what families are drawn from, with its true mean.
type population struct {
	name string
	mean float64
	draw func(r *rand.Rand) float64
}

func clipped(mean, sd float64) population {
	// the true mean of a clipped normal is found by drawing
	draw := func(r *rand.Rand) float64 { return min(1, max(-1, mean+sd*r.NormFloat64())) }
	r, sum := rand.New(rand.NewPCG(9, 9)), 0.0
	const n = 2_000_000
	for range n {
		sum += draw(r)
	}
	return population{fmt.Sprintf("normal %g, SD %g", mean, sd), sum / n, draw}
}

func mixed(at, rare, share float64) population {
	return population{fmt.Sprintf("%g, and %g in %g %%", at, rare, 100*share), at + share*(rare-at), func(r *rand.Rand) float64 {
		if r.Float64() < share {
			return rare
		}
		return at
	}}
}

func populations() []population {
	return []population{
		clipped(0.1, 0.02), clipped(0.1, 0.2), clipped(0.5, 0.3),
		mixed(1, 0, 0.01), mixed(1, 0, 0.05), mixed(1, 0, 0.25), mixed(1, 0, 0.9), mixed(0.2, -0.8, 0.1), mixed(0.15, -0.85, 0.05), mixed(0, 1, 0.1), mixed(0, 1, 0.02),
	}
}

// covered is the share of studies whose lower bound is not above the true mean.
func covered(p population, families int, level float64, studies int) Share {
	r := rand.New(rand.NewPCG(uint64(families), uint64(1000*level)))
	x, hits := make([]float64, families), 0
	for range studies {
		for i := range x {
			x[i] = p.draw(r)
		}
		if m, err := OfContrasts(x); err == nil && m.Lower(level) <= p.mean+1e-3 { // the mean is known to 1e-3
			hits++
		}
	}
	return Share{hits, studies}
}

// TestCoverage holds bounds of populations that a ladder meets against their level. The
// figures of docs/intent.md are those of CAPTURE_LONG=1.
func TestCoverage(t *testing.T) {
	studies := 2000
	if os.Getenv("CAPTURE_LONG") != "" {
		studies = 100_000
	}
	for _, p := range populations() {
		for _, n := range []int{20, 40, 60} {
			lower, upper := covered(p, n, 0.99, studies), covered(negated(p), n, 0.975, studies)
			t.Logf("%-32s %2d families: lower 99 %% %.4f, upper 97.5 %% %.4f", p.name, n, lower.Value(), upper.Value())
			assert.Greater(t, lower.Upper(0.999), 0.98, p.name)
			assert.Greater(t, upper.Upper(0.999), 0.9, p.name)
		}
	}
}

func negated(p population) population {
	draw := p.draw
	return population{p.name, -p.mean, func(r *rand.Rand) float64 { return -draw(r) }}
}
