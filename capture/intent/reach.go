package intent

import (
	"fmt"
	"math"

	"intentprobe/capture/intent/bound"
	"intentprobe/capture/intent/ladder"
)

// Spreads are the standard deviations between families for which it is told what can be
// detected: nobody knows them before.
var Spreads = []float64{0.1, 0.2, 0.3}

// wanted is the power that a figure is to have.
const wanted = 0.8

// Reach is what a claim can show with so many units.
type Reach struct {
	ladder.Margin
	N int `json:"n"`
	// Mean is the mean nearest to the margin that passes in 80 % of studies, for each of
	// Spreads; NaN where none does. Of an equivalence it is the power where nothing differs.
	Mean []float64 `json:"-"`
	Says string    `json:"says"` // of all of them, in words
}

// Reaches says what each claim of the ladder can show with the size that is declared.
func (d *Declaration) Reaches() (out []Reach) {
	s := d.Size
	units := map[string]int{"families": s.Families, "held-out families": s.HeldOut}
	if d.Study.ReadOut != nil {
		units["controls"] = s.Controls
	}
	if x := d.Study.Swaps; x != nil {
		// Those that must change nothing, and random subspaces in those that must change something.
		units["swaps"], units["answers that must stay"] = s.Swaps, 2*s.Swaps
		if x.Unused != "" { // in every swap, of questions too
			units["answers that must stay"] += 3 * s.Swaps
		}
	}
	for _, m := range ladder.Margins() {
		n := units[m.Unit]
		if m.Pass == 0 || n == 0 {
			continue // counts that are asked for, and the AUROC of groups that differ in size
		}
		r := Reach{Margin: m, N: n}
		switch m.Unit {
		case "swaps", "controls", "answers that must stay":
			r.Says = countReach(m, n)
		default:
			for _, sd := range Spreads {
				r.Mean = append(r.Mean, meanReach(m, bound.Design{Families: n, SD: sd, Least: m.Least, Most: 1}))
			}
			r.Says = saysOf(m, r.Mean)
		}
		out = append(out, r)
	}
	return out
}

func countReach(m ladder.Margin, n int) string {
	if m.Asks == "above" {
		if fewest := bound.FewestAbove(n, m.Margin, m.Pass); fewest <= n {
			return fmt.Sprintf("passes with %d of %d or more", fewest, n)
		}
		return fmt.Sprintf("cannot pass: %d are needed", bound.Needed(m.Margin, m.Pass))
	}
	if most := bound.MostBelow(n, m.Margin, m.Pass); most >= 0 {
		return fmt.Sprintf("passes with %d of %d or fewer", most, n)
	}
	return fmt.Sprintf("cannot pass: %d are needed", bound.NeededBelow(0, m.Margin, m.Pass))
}

func meanReach(m ladder.Margin, d bound.Design) float64 {
	switch m.Asks {
	case "within":
		return d.PowerWithin(0, m.Margin, m.Pass)
	case "below":
		d.Least, d.Most = -d.Most, -d.Least
		if x := -d.Detectable(-m.Margin, m.Pass, wanted); !math.IsInf(x, 0) {
			return x
		}
		return math.NaN()
	}
	if x := d.Detectable(m.Margin, m.Pass, wanted); !math.IsInf(x, 0) {
		return x
	}
	return math.NaN()
}

func saysOf(m ladder.Margin, means []float64) string {
	text := ""
	for i, x := range means {
		if i > 0 {
			text += ", "
		}
		switch {
		case math.IsNaN(x):
			text += "none"
		case m.Asks == "within":
			text += fmt.Sprintf("%.0f %%", 100*x)
		default:
			text += fmt.Sprintf("%.2f", x)
		}
	}
	if m.Asks == "within" {
		return "passes in " + text + " where nothing differs"
	}
	return map[string]string{"above": "shows a mean of ", "below": "shows a mean of at most "}[m.Asks] + text
}
