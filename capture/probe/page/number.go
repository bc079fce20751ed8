package page

import (
	"fmt"
	"math"
	"strconv"

	"intentprobe/capture/probe/metric"
)

// none stands for a figure that the data do not have.
const none = "none"

// nan is no number: no mark of chance, no value.
var nan = math.NaN()

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// fixed writes a number with so many decimals; one too large for that with four digits.
func fixed(x float64, decimals int) string {
	switch {
	case !finite(x):
		return none
	case math.Abs(x) >= 1e7:
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if v, err := strconv.ParseFloat(s, 64); err == nil && v == 0 {
		s = strconv.FormatFloat(0, 'f', decimals, 64) // without the sign of what was rounded away
	}
	return s
}

// three is what most figures have: three decimals.
func three(x float64) string { return fixed(x, 3) }

// signed is three with the sign of a difference.
func signed(x float64) string {
	if s := three(x); s != none && x > 0 {
		return "+" + s
	} else {
		return s
	}
}

// percent writes a share.
func percent(x float64) string {
	if !finite(x) {
		return none
	}
	return fixed(100*x, 1) + " %"
}

// probability writes a p value.
func probability(p float64) string {
	if finite(p) && p > 0 && p < 0.0001 {
		return "< 0.0001"
	}
	return fixed(p, 4)
}

// limits are those of an interval: "[0.853, 0.951]"; nothing where it has no value.
func limits(i metric.Interval, as func(float64) string) string {
	if !finite(i.Value) {
		return ""
	}
	return "[" + as(i.Low) + ", " + as(i.High) + "]"
}

// interval is a value with its limits.
func interval(i metric.Interval, as func(float64) string) string {
	if !finite(i.Value) {
		return none
	}
	return as(i.Value) + " " + limits(i, as)
}

// of says how much a figure is of.
func of(i metric.Interval) string {
	switch {
	case i.N == 0:
		return ""
	case i.Groups == 0 || i.Groups == i.N:
		return fmt.Sprintf("n %d", i.N)
	}
	return fmt.Sprintf("n %d in %d groups", i.N, i.Groups)
}
