package bound

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func clustered(t *testing.T, items []float64, of []string, least, most float64) Clustered {
	t.Helper()
	c, err := OfClusters(items, of, least, most)
	require.NoError(t, err)
	return c
}

func TestClustersOfOneAreFamilies(t *testing.T) {
	for _, items := range [][]float64{{0.2, 0.5, 0.9, 0.4}, {0, 0, 0.01}, {1, 1}, {0.3}} {
		var of []string
		for i := range items {
			of = append(of, fmt.Sprint(i))
		}
		c, m := clustered(t, items, of, 0, 1), families(t, items)
		assert.InDelta(t, m.Value, c.Value, 1e-12)
		for _, level := range []float64{0.95, 0.975, 0.99} {
			assert.InDelta(t, m.Lower(level), c.Lower(level), 1e-12, "%v", items)
			assert.InDelta(t, m.Upper(level), c.Upper(level), 1e-12, "%v", items)
		}
	}
}

// By NumPy and scipy.stats.t: items 1, 1, 0 | 0.5, 0 | 1, and half a cluster of two items at 0:
// n = 7, m = 3.5/7, Σe² = 0.5² + 0.5² + 0.5² + (2 · 0.5)²/2, df = 2.5.
func TestClustersByHand(t *testing.T) {
	c := clustered(t, []float64{1, 1, 0, 0.5, 0, 1}, []string{"a", "a", "a", "b", "b", "c"}, 0, 1)
	assert.InDelta(t, 3.5/6, c.Value, 1e-12)
	assert.Equal(t, 3, c.Clusters)
	assert.InDelta(t, 0.01654212483285772, c.Lower(0.95), 1e-9)
}

func TestClustersThatAgreeSayLittleWhereTheyAreFew(t *testing.T) {
	items, of := make([]float64, 100), make([]string, 100)
	for i := range of {
		of[i] = fmt.Sprint(i % 4)
	}
	assert.GreaterOrEqual(t, clustered(t, items, of, 0, 1).Upper(0.975), 1-math.Pow(0.025, 0.25))
}

func TestClustersThatCannotBe(t *testing.T) {
	for _, x := range [][]float64{{2}, {}, {0.5, 0.5}} {
		_, err := OfClusters(x, []string{"a"}, 0, 1)
		assert.Error(t, err, "%v", x)
	}
}

// A bound that took items for independent would miss the truth in a quarter of such studies.
func TestBoundsOfClustersHold(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	const studies = 1000
	missed := 0
	for range studies {
		var items []float64
		var of []string
		for g := range 15 {
			mean := min(1, max(0, 0.4+0.2*r.NormFloat64()))
			for range 5 + r.IntN(10) {
				x := 0.0
				if r.Float64() < mean {
					x = 1
				}
				items, of = append(items, x), append(of, fmt.Sprint(g))
			}
		}
		c := clustered(t, items, of, 0, 1)
		if c.Lower(0.975) > 0.4 || c.Upper(0.975) < 0.4 {
			missed++
		}
	}
	assert.LessOrEqual(t, missed, studies*6/100)
}

func families(t *testing.T, of []float64) Mean {
	t.Helper()
	m, err := OfShares(of)
	require.NoError(t, err)
	return m
}
