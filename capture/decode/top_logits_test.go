package decode

import (
	"math"
	"sort"
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/internal/fake"
	"intentprobe/models"
)

// bySorting gives the indices of the k largest values, of equal ones the earlier.
func bySorting(values []float32, k int) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return values[order[i]] > values[order[j]] })
	return order[:min(k, len(order))]
}

func TestLargestIsWhatSortingGives(t *testing.T) {
	inf := float32(math.Inf(1))
	cases := [][]float32{{0}, {1, 1, 1}, {3, 2, 1}, {1, 2, 3}, {-1, -2, -1}, {inf, -inf, inf}, {-inf, -inf}, {0, float32(math.Copysign(0, -1)), 0}}
	for seed := range 40 {
		var values []float32
		for i := range 1 + seed*7 {
			values = append(values, float32(fake.Checksum([]models.Token{int32(seed), int32(i)}, "largest")%uint64(2+seed))-7)
		}
		cases = append(cases, values)
	}
	for _, values := range cases {
		for _, k := range []int{1, 2, 3, 10, len(values) - 1, len(values)} {
			if k >= 1 {
				assert.Equal(t, bySorting(values, k), largest(values, k), "%d of %v", k, values)
			}
		}
	}
}
