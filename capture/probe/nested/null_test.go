package nested

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Data sets whose labels have nothing to do with their rows, of several shapes.
var nulls = []struct {
	name   string
	groups int
	make   func(group int, r *rand.Rand) []bool // the classes of a group's samples
	leave  bool                                 // values of unlike shares of the classes are left out, instead of folds
}{
	{"one sample a group", 40, func(g int, _ *rand.Rand) []bool { return []bool{g%2 == 0} }, false},
	{"a quarter positive", 60, func(g int, _ *rand.Rand) []bool { return []bool{g%4 == 0} }, false},
	{"pairs", 24, func(int, *rand.Rand) []bool { return []bool{true, false} }, false},
	{"groups of one to four", 36, func(g int, r *rand.Rand) []bool { return slicesOf(g%2 == 0, 1+r.IntN(4)) }, false},
	{"few groups", 14, func(g int, _ *rand.Rand) []bool { return []bool{g%2 == 0} }, false},
	{"values left out, of unlike shares", 60, func(g int, _ *rand.Rand) []bool { return []bool{g%20 < 3+5*(g/20)} }, true},
}

func slicesOf(v bool, n int) (out []bool) {
	for range n {
		out = append(out, v)
	}
	return out
}

// nullData draws a data set: rows of a group share something.
func nullData(t testing.TB, kind int, width, layers int, seed uint64) (Cases, []Space, []Split) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 77))
	c := Cases{}
	var value []string
	tables := make([]*table, layers)
	for k := range tables {
		tables[k] = &table{width: width, size: 50}
	}
	for g := range nulls[kind].groups {
		shared := make([]float64, width)
		for j := range shared {
			shared[j] = random.NormFloat64()
		}
		for _, positive := range nulls[kind].make(g, random) {
			c.Positive, c.Group, value = append(c.Positive, positive), append(c.Group, fmt.Sprint(g)), append(value, fmt.Sprint(g/20))
			for _, table := range tables {
				for j := range width {
					table.x = append(table.x, float32(shared[j]+random.NormFloat64()))
				}
			}
		}
	}
	var spaces []Space
	for k, table := range tables {
		spaces = append(spaces, Space{Name: fmt.Sprint(k), Rows: table})
	}
	if nulls[kind].leave {
		cells, splits, err := LeaveOut(value, labels(c.Positive), c.Group, 3, seed)
		require.NoError(t, err)
		c.Cell = cells
		return c, spaces, splits
	}
	cells, splits, err := Cross(labels(c.Positive), c.Group, 4, min(3, nulls[kind].groups/7), seed)
	require.NoError(t, err)
	c.Cell = cells
	return c, spaces, splits
}

// The mean AUROC of pipelines where there is nothing to find is 0.5, and their p is uniform.
// In short runs there are fewer of them, of one shape.
func TestNothingIsFoundWhereThereIsNothing(t *testing.T) {
	sets, draws, kinds := 300, 19, len(nulls)
	if testing.Short() {
		sets, kinds = 60, 1
	}
	for kind := range kinds {
		for _, m := range []Method{{Kind: Mean}, {Kind: LDA, Scale: true}} {
			t.Run(fmt.Sprintf("%s, %s", nulls[kind].name, m.Kind), func(t *testing.T) {
				var statistic, p []float64
				low, least := 0, 0
				for seed := range sets {
					c, spaces, splits := nullData(t, kind, 30, 3, uint64(seed)+1000)
					n, err := Permute(t.Context(), c, spaces, splits, in(spaces, m), draws, uint64(seed), Options{})
					require.NoError(t, err)
					statistic, p = append(statistic, n.Statistic), append(p, n.P)
					if n.P <= 0.2 {
						low++
					}
					if n.P <= 0.05 {
						least++
					}
					assert.Equal(t, nulls[kind].groups < 20, n.Within == "strata")
				}
				mean, se := meanOf(statistic)
				t.Logf("mean AUROC %.4f ± %.4f; mean p %.3f; p <= 0.2 in %d and <= 0.05 in %d of %d", mean, se, first(meanOf(p)), low, least, sets)
				assert.InDelta(t, 0.5, mean, 4*se)
				// p has the values 1/20 to 20/20, each as often: mean 0.525, and 0.2 of them up to 0.2.
				assert.InDelta(t, 0.525, first(meanOf(p)), 4*0.29/math.Sqrt(float64(sets)))
				assert.InDelta(t, 0.2*float64(sets), low, 4*math.Sqrt(0.16*float64(sets)))
				assert.InDelta(t, 0.05*float64(sets), least, 4*math.Sqrt(0.0475*float64(sets)))
			})
		}
	}
}

func first(x, _ float64) float64 { return x }
