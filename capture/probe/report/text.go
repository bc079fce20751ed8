package report

import (
	"fmt"
	"math"
	"strconv"

	"intentprobe/capture/probe/metric"
	"intentprobe/storage/plural"
)

// None stands for a figure that the data do not have.
const None = "none"

// Finite gives a number as rows have it: nil where there is none.
func Finite(x float64) *float64 {
	if !finite(x) {
		return nil
	}
	return &x
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Fixed writes a number with so many decimals; one too large for that with four digits.
func Fixed(x float64, decimals int) string {
	switch {
	case !finite(x):
		return None
	case math.Abs(x) >= 1e7:
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if v, err := strconv.ParseFloat(s, 64); err == nil && v == 0 {
		s = strconv.FormatFloat(0, 'f', decimals, 64) // without the sign of what was rounded away
	}
	return s
}

// Figure is what most figures have: three decimals.
func Figure(x float64) string { return Fixed(x, 3) }

// Signed is Figure with the sign of a difference.
func Signed(x float64) string {
	s := Figure(x)
	if x > 0 && s != None {
		return "+" + s
	}
	return s
}

// Raw writes a score x·v + bias, of whatever size it is: "1.234e-05".
func Raw(x float64) string {
	if !finite(x) {
		return None
	}
	return fmt.Sprintf("%.5g", x)
}

// Percent writes a share: "12.3 %".
func Percent(x float64) string {
	if !finite(100 * x) {
		return None
	}
	return Fixed(100*x, 1) + " %"
}

// Rate writes a rate that was asked for, with no more decimals than it has: "1 %".
func Rate(alpha float64) string {
	if !finite(100 * alpha) {
		return None
	}
	return fmt.Sprintf("%.4g %%", 100*alpha)
}

// PValue writes a p value.
func PValue(p float64) string {
	if finite(p) && p > 0 && p < 0.0001 {
		return "< 0.0001"
	}
	return Fixed(p, 4)
}

// Limits are those of an interval, "[0.853, 0.951]"; empty where it has no value. Where the data
// say nothing of other groups (as where all scores are equal), no limits are made up.
func Limits(i metric.Interval, as func(float64) string) string {
	switch {
	case !finite(i.Value):
		return ""
	case i.Method == metric.ByNothing:
		return "(no interval)"
	}
	return "[" + as(i.Low) + ", " + as(i.High) + "]"
}

// Interval is a value with its limits: "0.912 [0.853, 0.951]".
func Interval(i metric.Interval, as func(float64) string) string {
	if !finite(i.Value) {
		return None
	}
	return as(i.Value) + " " + Limits(i, as)
}

// TooFew says that a control set is too small to set a threshold of its rate of false
// positives, and how many samples it takes; empty where it is not.
func TooFew(t metric.Threshold) string {
	if !(t.Alpha > 0 && t.Alpha < 1) {
		return ""
	}
	if needed := metric.NeededForThreshold(t.Alpha); t.N < needed {
		return fmt.Sprintf("too few: %s set no threshold of %s; it takes %d", plural.Count(t.N, "sample"), Rate(t.Alpha), needed)
	}
	return ""
}

// Rule is a rule of tokens in words: "" is of all rows.
func Rule(tokens string) string {
	if tokens == "" {
		return "all rows"
	}
	return tokens
}
