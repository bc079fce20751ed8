package main

import (
	"fmt"
	"sort"
	"time"
)

// compare runs two functions in turn and prints the rates and the ratio, pair
// by pair, after one pair that is not counted. before is called before each, untimed;
// it may be nil.
func compare(name string, n int, amount float64, unit string, before, a, b func() error, aName, bName string) error {
	if before == nil {
		before = func() error { return nil }
	}
	var as, bs, ratios []float64
	for i := range n + 1 {
		ta, err := timed(before, a)
		if err != nil {
			return err
		}
		tb, err := timed(before, b)
		if err != nil {
			return err
		}
		if i > 0 {
			as, bs, ratios = append(as, amount/ta), append(bs, amount/tb), append(ratios, ta/tb)
		}
	}
	fmt.Printf("%-34s %s %s, %s %s %s; ratio %s\n", name, aName, spread(as, "%.0f"), bName, spread(bs, "%.0f"), unit, spread(ratios, "%.3f"))
	return nil
}

func timed(before, f func() error) (float64, error) {
	if err := before(); err != nil {
		return 0, err
	}
	start := time.Now()
	err := f()
	return time.Since(start).Seconds(), err
}

func spread(x []float64, format string) string {
	sort.Float64s(x)
	return fmt.Sprintf(format+" ["+format+", "+format+"]", x[len(x)/2], x[0], x[len(x)-1])
}
