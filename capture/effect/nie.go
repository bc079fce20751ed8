package effect

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"intentprobe/storage/rundir"
)

// NIE is the normalised indirect effect of The Geometry of Truth (Marks and Tegmark,
// arXiv 2310.06824, section 6). With PD = p(first option) - p(other options), and means over
// the questions of a class,
//
//	NIE = (PD_arm(base) - PD_none(base)) / (PD_none(target) - PD_none(base))
//
// where target are the samples whose label has the value Options.Toward, and base all other
// labelled samples: 0 is no effect, 1 moves the base to where the target is. The interval is
// that of the jackknife over questions. Where the distance between the classes cannot be
// told from 0, the quotient means nothing, and Absent says so.
//
// PD moves towards 0 when the options lose probability to other texts, whatever becomes of
// the preference between them. ByMass is the NIE of that alone: of
// PD_none(base) · mass_arm / mass_none in the place of PD_arm(base).
type NIE struct {
	Value    *Estimate `json:"value"`
	Distance *Estimate `json:"distance"` // PD_none(target) - PD_none(base)
	ByMass   *float64  `json:"by_mass"`
	Base     int       `json:"base"` // samples
	Target   int       `json:"target"`
	Absent   string    `json:"absent,omitempty"` // why there is no value
	Notes    []string  `json:"notes,omitempty"`  // what else to know of the value
}

// much is the NIE by mass alone from which on a note says so, and the distance below which
// one does.
const much = 0.1

// pdMeans are the means of PD of one question, or over questions; NaN where a question has
// none of a class.
type pdMeans struct{ arm, base, target, byMass float64 }

// nieOf gives the NIE of an arm; class says the class of a sample of none: true for target,
// nil where it has no label.
func (f *frame) nieOf(arm string, class map[key]*bool, level float64) *NIE {
	out := &NIE{}
	byQuestion := map[string]*[4][]float64{} // arm's base, base, target, base by mass
	of := func(q string) *[4][]float64 {
		if byQuestion[q] == nil {
			byQuestion[q] = &[4][]float64{}
		}
		return byQuestion[q]
	}
	pairs, _ := f.pairs(arm)
	for _, p := range pairs {
		if is := class[p.none.key]; is != nil && !*is && finite(p.none.pd) && finite(p.arm.pd) {
			v := of(p.none.question)
			v[0], v[1] = append(v[0], p.arm.pd), append(v[1], p.none.pd)
			if p.none.mass > 0 {
				v[3] = append(v[3], p.none.pd*p.arm.mass/p.none.mass)
			}
			out.Base++
		}
	}
	for _, u := range sorted(f.arms[rundir.ArmNone]) {
		if is := class[u.key]; is != nil && *is && finite(u.pd) {
			v := of(u.question)
			v[2] = append(v[2], u.pd)
			out.Target++
		}
	}
	if out.Base == 0 || out.Target == 0 {
		out.Absent = fmt.Sprintf("%d samples to move and %d of the value to move to", out.Base, out.Target)
		return out
	}
	var questions []pdMeans
	for _, q := range sortedKeys(byQuestion) {
		v := byQuestion[q]
		questions = append(questions, pdMeans{meanOrNaN(v[0]), meanOrNaN(v[1]), meanOrNaN(v[2]), meanOrNaN(v[3])})
	}
	distance := func(m pdMeans) float64 { return m.target - m.base }
	out.Distance = jackknife(questions, distance, out.Base+out.Target, level)
	switch d := out.Distance; {
	case d.Low == nil && !d.Agree:
		out.Absent = "too few questions have samples of both classes to say whether these are told apart"
		return out
	case d.Low == nil && (d.Mean == 0 || *d.P > 1-level), d.Low != nil && *d.Low <= 0 && *d.High >= 0:
		out.Absent = "without the intervention the classes cannot be told apart by P(first) - P(others)"
		return out
	}
	nie := func(to func(pdMeans) float64) func(pdMeans) float64 {
		return func(m pdMeans) float64 { return (to(m) - m.base) / distance(m) }
	}
	out.Value = jackknife(questions, nie(func(m pdMeans) float64 { return m.arm }), out.Base+out.Target, level)
	if x := nie(func(m pdMeans) float64 { return m.byMass })(meansBut(questions, -1)); finite(x) {
		out.ByMass = &x
	}
	out.say()
	return out
}

// say notes what makes a value read otherwise than it looks.
func (n *NIE) say() {
	if n.ByMass != nil && math.Abs(*n.ByMass) >= much {
		n.Notes = append(n.Notes, fmt.Sprintf("it would be %.2g by the change of the options' mass alone, the preference between them as it was", *n.ByMass))
	}
	if d := math.Abs(n.Distance.Mean); d < much {
		n.Notes = append(n.Notes, fmt.Sprintf("without the intervention the classes are %.2g apart in P(first) - P(others): a share of so little says little", d))
	}
	if n.Distance.Mean < 0 {
		n.Notes = append(n.Notes, fmt.Sprintf("the samples to move to have a lower P(first) - P(others) than those that are moved (by %.2g): above 0 is a change towards the other options", -n.Distance.Mean))
	}
}

// jackknife estimates a function of the means over questions. With θ the estimate from all n
// questions and θ_(i) that without question i, se² = (n-1)/n · Σ (θ_(i) - mean θ_(·))², and
// the interval is a t interval with n - 1 degrees of freedom (Efron and Tibshirani 1993,
// chapter 11). There is none where leaving out a question leaves no estimate, and none where
// it changes nothing.
func jackknife(questions []pdMeans, statistic func(pdMeans) float64, samples int, level float64) *Estimate {
	n := len(questions)
	e := &Estimate{Mean: statistic(meansBut(questions, -1)), Samples: samples, Questions: n, DF: n - 1}
	without := make([]float64, n)
	for i := range questions {
		without[i] = statistic(meansBut(questions, i))
		if !finite(without[i]) {
			return e
		}
	}
	mean, ss := stat.Mean(without, nil), 0.0
	for _, x := range without {
		ss += (x - mean) * (x - mean)
	}
	se := math.Sqrt(float64(n-1) / float64(n) * ss)
	if n < 2 {
		return e
	}
	if se <= rounding*math.Abs(e.Mean) { // the exact test on signs, as in ofMeans
		e.Agree, e.SD, e.P = true, new(float64), new(min(1, 2*math.Pow(0.5, float64(n))))
		return e
	}
	e.SD = new(se * math.Sqrt(float64(n)))
	e.interval(se, level)
	return e
}

// meansBut gives the means over all questions but one.
func meansBut(questions []pdMeans, but int) pdMeans {
	var sums, counts [4]float64
	for i, q := range questions {
		for c, x := range [4]float64{q.arm, q.base, q.target, q.byMass} {
			if i != but && !math.IsNaN(x) {
				sums[c] += x
				counts[c]++
			}
		}
	}
	return pdMeans{sums[0] / counts[0], sums[1] / counts[1], sums[2] / counts[2], sums[3] / counts[3]}
}

func meanOrNaN(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	return stat.Mean(x, nil)
}
