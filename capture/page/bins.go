package page

import (
	"math"
	"slices"

	"intentprobe/capture/probe/report"
)

// bins are shared by all sets of scores.
const bins = 48

// histogram is a set of scores in bins.
type histogram struct {
	name    string
	counts  [bins]int
	n       int // of finite scores
	missing int // that are report.None
	below   int // left of the axis: in the first bin
	above   int
	values  []float64 // sorted
}

// histograms bin all sets on one axis. Single scores far from all others do not stretch it:
// the axis ends at the 0.5 and 99.5 % quantiles of all, widened by a tenth, and what lies
// outside is in the end bins.
func histograms(sets []report.Scores) (out []*histogram, low, high float64) {
	var all []float64
	for _, s := range sets {
		h := &histogram{name: s.Name}
		for _, v := range s.Values {
			if finite(float64(v)) {
				h.values = append(h.values, float64(v))
			} else {
				h.missing++
			}
		}
		slices.Sort(h.values)
		h.n = len(h.values)
		all = append(all, h.values...)
		out = append(out, h)
	}
	if len(all) == 0 {
		return out, 0, 0
	}
	slices.Sort(all)
	low, high = ends(all)
	for _, h := range out {
		for _, v := range h.values {
			switch {
			case v < low:
				h.below++
			case v > high:
				h.above++
			}
			b := int(math.Floor((min(high, max(low, v))/(high-low) - low/(high-low)) * bins))
			h.counts[max(0, min(bins-1, b))]++
		}
	}
	return out, low, high
}

// ends of the axis for sorted values; never equal.
func ends(all []float64) (low, high float64) {
	quantile := func(q float64) float64 { return all[int(math.Round(q*float64(len(all)-1)))] }
	low, high = quantile(0.005), quantile(0.995)
	tenth := (high/2 - low/2) / 5
	low, high = max(all[0], low-tenth), min(all[len(all)-1], high+tenth)
	if !(high > low) || !finite(high-low) {
		mid := low/2 + high/2
		half := max(0.5, math.Abs(mid)*0.01)
		if !finite(high - low) {
			return -math.MaxFloat64 / 4, math.MaxFloat64 / 4
		}
		return mid - half, mid + half
	}
	return low, high
}

// median of sorted values.
func median(sorted []float64) float64 {
	n := len(sorted)
	if n == 0 {
		return nan
	}
	return sorted[(n-1)/2]/2 + sorted[n/2]/2
}
