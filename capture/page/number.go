package page

import (
	"fmt"
	"math"

	"intentprobe/capture/probe/metric"
	"intentprobe/storage/plural"
)

// nan is no number: no mark of chance, no value.
var nan = math.NaN()

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// of says how much a figure is of.
func of(i metric.Interval) string {
	switch {
	case i.N == 0:
		return ""
	case i.Groups == 0 || i.Groups == i.N:
		return fmt.Sprintf("n %d", i.N)
	}
	return fmt.Sprintf("n %d in %s", i.N, plural.Count(i.Groups, "group"))
}
