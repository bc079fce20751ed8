package page

import (
	"math"
	"slices"
)

// scale maps values to pixels.
type scale struct{ low, high, from, to float64 }

// at is where a value lies; what is outside is drawn at the edge.
func (s scale) at(x float64) float64 {
	if s.high == s.low {
		return (s.from + s.to) / 2
	}
	t := min(1, max(0, (x-s.low)/(s.high-s.low)))
	return s.from + t*(s.to-s.from)
}

// ticks are round numbers in the scale, about so many, and the decimals that they need.
func (s scale) ticks(about int) (at []float64, decimals int) {
	span := s.high - s.low
	if !(span > 0) || math.IsInf(span, 0) {
		return []float64{s.low}, 2
	}
	step := math.Pow(10, math.Floor(math.Log10(span/float64(about))))
	for _, times := range []float64{1, 2, 5, 10} {
		if span/(step*times) <= float64(about) {
			step *= times
			break
		}
	}
	decimals = min(6, max(0, -int(math.Floor(math.Log10(step)+1e-9))))
	for i := math.Ceil(s.low/step - 1e-9); i*step <= s.high+step*1e-9 && len(at) < 50; i++ {
		at = append(at, i*step)
	}
	return at, decimals
}

// spread moves labels apart so that none is nearer than gap to another, within the limits as
// far as they fit, and each as near to where it was as that allows. It gives places in the
// order of its input.
func spread(at []float64, gap, low, high float64) []float64 {
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if at[a] < at[b] {
			return -1
		} else if at[a] > at[b] {
			return 1
		}
		return 0
	})
	out := slices.Clone(at)
	for range 60 { // push neighbours apart, each by half
		moved := false
		for i := 1; i < len(order); i++ {
			a, b := order[i-1], order[i]
			if d := gap - (out[b] - out[a]); d > 0.01 {
				out[a], out[b], moved = out[a]-d/2, out[b]+d/2, true
			}
		}
		if !moved {
			break
		}
	}
	for i, of := range order { // then what is left, from the top down
		least := low
		if i > 0 {
			least = out[order[i-1]] + gap
		}
		out[of] = max(out[of], least)
	}
	for i := len(order) - 1; i >= 0; i-- { // and from the bottom up
		most := high
		if i < len(order)-1 {
			most = out[order[i+1]] - gap
		}
		out[order[i]] = min(out[order[i]], most)
	}
	return out
}

// middle takes out the middle of a long name.
func middle(s string, most int) string {
	r := []rune(s)
	if len(r) <= most || most < 3 {
		return s
	}
	end := (most - 1) / 2
	return string(r[:most-1-end]) + "…" + string(r[len(r)-end:])
}
