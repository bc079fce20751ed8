package verdict

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"intentprobe/capture/probe/metric"
	"intentprobe/storage/plural"
)

// faultOf says why an interval cannot be used; least is the least possible value.
func faultOf(i metric.Interval, least float64) string {
	switch {
	case math.IsNaN(i.Value) || math.IsNaN(i.Low) || math.IsNaN(i.High):
		if i.Note != "" {
			return i.Note
		}
		return "it has no value"
	case i.Level < Level:
		return fmt.Sprintf("its interval is of level %g, and the rules are for %g", i.Level, Level)
	case i.Low < least || i.High > 1 || i.Low > i.Value+rounding || i.High < i.Value-rounding:
		return fmt.Sprintf("%g (%g to %g) is not possible", i.Value, i.Low, i.High)
	}
	return ""
}

const rounding = 1e-9

// show writes an AUROC as 0.912 (95 % 0.861 to 0.948; 120 samples, 60 groups).
func show(i metric.Interval) string {
	if i.Method == metric.ByNothing {
		return fmt.Sprintf("%.3f (no interval: %s; %s)", i.Value, i.Note, counts(i))
	}
	return fmt.Sprintf("%.3f (%s %.3f to %.3f; %s)", i.Value, percent(i.Level), i.Low, i.High, counts(i))
}

func counts(i metric.Interval) string {
	return plural.Count(i.N, "sample") + ", " + plural.Count(i.Groups, "group")
}

// signed writes a difference as 0.213 (0.120 to 0.301).
func signed(i metric.Interval) string {
	return fmt.Sprintf("%.3f (%s %.3f to %.3f)", i.Value, percent(i.Level), i.Low, i.High)
}

func percent(x float64) string { return fmt.Sprintf("%.3g %%", 100*x) }

func number(x float64) string {
	if math.IsNaN(x) {
		return "none"
	}
	return fmt.Sprintf("%.3g", x)
}

// mostGroups is the most that anybody is told to take.
const mostGroups = 1e6

// needed is how many groups of each class tell an AUROC from 0.5; 0: none that can be had.
func needed(a float64) int {
	if !(a > 0.5) {
		return 0
	}
	n, err := metric.NeededToResolve(a, 0.5, Level, Power)
	if err != nil || n > mostGroups {
		return 0
	}
	return n
}

// more says how many groups are lacking.
func (r *reading) more(n int) string {
	pos, neg := max(0, n-r.Groups[1]), max(0, n-r.Groups[0])
	if pos+neg == 0 {
		return "there are as many"
	}
	return fmt.Sprintf("%d more with %s and %d more with %s", pos, article(r.Positive), neg, article(r.Negative))
}

// toBeat says how many groups show that the probe is far enough above a baseline.
func (r *reading) toBeat(b Baseline) string {
	d := b.Difference
	if d.Value <= Explained {
		return fmt.Sprintf("Against %s: the probe is not %g above it; more groups alone will not change that.", b.Name, Explained)
	}
	return fmt.Sprintf("Against %s: if the difference is %.3f as measured, %s show that it is above %g.", b.Name, d.Value, scaled(d, d.Value-d.Low, d.Value-Explained), Explained)
}

// scaled says how many groups bring an interval's half, so wide now, below a distance with
// [Power]: standard errors go with one over the root of the groups.
func scaled(i metric.Interval, half, distance float64) string {
	z := distuv.UnitNormal.Quantile((1 + Level) / 2)
	ratio := half / distance * (z + distuv.UnitNormal.Quantile(Power)) / z
	all := math.Ceil(float64(i.Groups) * ratio * ratio)
	switch {
	case !(all <= mostGroups):
		return "more groups than can be had"
	case int(all) <= i.Groups:
		return fmt.Sprintf("%d other groups, as many as here,", i.Groups)
	}
	return fmt.Sprintf("%s, %d more than here,", plural.Count(int(all), "group"), int(all)-i.Groups)
}

func (l LeftOut) name() string {
	if l.Value == "" {
		return "each " + l.By
	}
	return l.By + " " + l.Value
}

// kindOf is the kind of an entry of Missing.
func kindOf(missing string) string {
	kind, _, _ := strings.Cut(missing, ":")
	return strings.TrimSpace(kind)
}

// cureOf says what makes a kind measurable.
func cureOf(kind string) string {
	switch kind {
	case Likelihood:
		return "A run with log-probabilities of the answers, for the baseline of kind likelihood."
	case Meaning:
		return "What words mean that are in one group alone: pairs in which both classes have the same words; a run with --hooks resid_post,embed and --tokens all, for the mean embeddings; or rows with the key topic, so that each is held out."
	case Topic:
		return "Rows that name their topic or style, for the baseline of kind topic."
	}
	return "A baseline of kind " + kind + "."
}

// lower begins a sentence within another.
func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// article puts a or an before the name of a class.
func article(class string) string {
	low := strings.ToLower(class)
	for _, silent := range []string{"honest", "honour", "honor", "hour", "heir"} {
		if strings.HasPrefix(low, silent) {
			return "an " + class
		}
	}
	if low != "" && strings.ContainsRune("aeiou", rune(low[0])) && !strings.HasPrefix(low, "uni") && !strings.HasPrefix(low, "use") && !strings.HasPrefix(low, "one") {
		return "an " + class
	}
	return "a " + class
}
