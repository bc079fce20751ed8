package page

import (
	"fmt"
	"math"
	"strings"
)

// levels of a colour on each side of the middle.
const levels = 10

// levelStyle gives each level its colour: of tokens p1 to p10 and n1 to n10, of the matrix h1
// to h10 (above) and l1 to l10 (below), of the legend of tokens sp and sn. Text stays readable on the strongest.
func levelStyle() string {
	var b strings.Builder
	for i := 1; i <= levels; i++ {
		a := fmt.Sprintf("%.3g", 0.06+0.52*float64(i)/levels)
		fmt.Fprintf(&b, ".p%d{background:rgb(var(--pos)/%s)}.n%[1]d{background:rgb(var(--neg)/%[2]s)}", i, a)
		fmt.Fprintf(&b, ".h%d{fill:rgb(var(--hi)/%s)}.l%[1]d{fill:rgb(var(--lo)/%[2]s)}.sp%[1]d{fill:rgb(var(--pos)/%[2]s)}.sn%[1]d{fill:rgb(var(--neg)/%[2]s)}\n", i, a)
	}
	return b.String()
}

// levelOf is the class of a value between -1 and 1: none in the middle, else above or below
// with its level.
func levelOf(x float64, above, below string) string {
	if !finite(x) {
		return ""
	}
	n := min(levels, int(math.Round(math.Abs(x)*levels)))
	switch {
	case n == 0:
		return ""
	case x > 0:
		return fmt.Sprintf("%s%d", above, n)
	}
	return fmt.Sprintf("%s%d", below, n)
}
