package effect

import (
	"cmp"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"intentprobe/storage/rundir"
)

// Curve is the change over the doses of one intervention: of the arms that are called the
// same up to the dose, lie@0.5, lie@1 and so on; there are two or more. The dose that changes nothing (0 of `add`,
// 1 of `scale`) stands for none. Samples are those that all doses have.
type Curve struct {
	Name      string    `json:"name"`
	Unit      string    `json:"unit,omitempty"`
	Doses     []float64 `json:"doses"` // ascending
	Arms      []string  `json:"arms"`
	Changes   []float64 `json:"changes"` // mean change at each dose
	Questions int       `json:"questions"`

	Slope *Estimate `json:"slope"` // of the least-squares line through each question's changes, nats a unit of dose
	Tau   *Estimate `json:"tau"`   // Kendall's tau-b of dose and change, of each question; 0 where all changes are the same

	// Monotone is the share of questions whose change never turns back from dose to dose, in
	// the predicted direction, else that of the mean slope.
	Monotone *float64 `json:"monotone"`
	Page     *Page    `json:"page"` // from three doses on
}

// dosed is an arm of a curve.
type dosed struct {
	dose float64
	arm  string
}

// curvesOf gives the dose curves of a run's arms, in order of the arms.
func (f *frame) curvesOf(arms []rundir.Arm, level float64) (out []*Curve) {
	var names []string
	byName := map[string][]dosed{}
	first := map[string]rundir.Arm{}
	for _, a := range arms {
		dose, single := doseOf(a)
		if a.Kind != kindEdit || !single {
			continue
		}
		name := curveName(a.Name)
		if byName[name] == nil {
			names, first[name] = append(names, name), a
			if at, there := nothing[a.Edits[0].Do]; there {
				byName[name] = []dosed{{at, rundir.ArmNone}}
			}
		}
		byName[name] = append(byName[name], dosed{dose, a.Name})
	}
	for _, name := range names {
		list := byName[name]
		slices.SortStableFunc(list, func(a, b dosed) int { return cmp.Compare(a.dose, b.dose) })
		list = slices.CompactFunc(list, func(a, b dosed) bool { return a.dose == b.dose })
		if own := slices.DeleteFunc(slices.Clone(list), func(d dosed) bool { return d.arm == rundir.ArmNone }); len(own) < 2 {
			continue // one dose is no curve
		}
		if c := f.curve(list, ofWord(first[name].Edits[0].Predict), level); c != nil {
			c.Name, c.Unit = name, first[name].Edits[0].Unit
			out = append(out, c)
		}
	}
	return out
}

// curveName is the name of an arm up to the dose.
func curveName(arm string) string {
	if at := strings.LastIndex(arm, "@"); at > 0 {
		return arm[:at]
	}
	return arm
}

// doseOf gives the scale of an arm that has one intervention.
func doseOf(a rundir.Arm) (float64, bool) {
	if len(a.Edits) == 0 || a.Edits[0].Scale == nil {
		return 0, false
	}
	for _, e := range a.Edits {
		if e.Intervention != a.Edits[0].Intervention || e.Scale == nil || *e.Scale != *a.Edits[0].Scale {
			return 0, false
		}
	}
	return *a.Edits[0].Scale, true
}

// curve measures a curve; nil where no sample has all doses.
func (f *frame) curve(list []dosed, upwards, level float64) *Curve {
	c := &Curve{}
	for _, d := range list {
		c.Doses, c.Arms = append(c.Doses, d.dose), append(c.Arms, d.arm)
	}
	byQuestion := map[string][][]float64{} // of each question, by dose
	for _, u := range sorted(f.arms[rundir.ArmNone]) {
		changes := make([]float64, 0, len(list))
		for _, d := range list {
			if v := f.arms[d.arm][u.key]; v != nil && finite(v.d-u.d) {
				changes = append(changes, v.d-u.d)
			}
		}
		if len(changes) < len(list) {
			continue
		}
		if byQuestion[u.question] == nil {
			byQuestion[u.question] = make([][]float64, len(list))
		}
		for i, x := range changes {
			byQuestion[u.question][i] = append(byQuestion[u.question][i], x)
		}
	}
	if len(byQuestion) == 0 {
		return nil
	}
	c.measure(byQuestion, upwards, level)
	return c
}

// measure fills in what follows from the changes.
func (c *Curve) measure(byQuestion map[string][][]float64, upwards, level float64) {
	var slopes, taus []float64
	var rows [][]float64
	samples := 0
	c.Questions, c.Changes = len(byQuestion), make([]float64, len(c.Doses))
	for _, q := range sortedKeys(byQuestion) {
		row := make([]float64, len(c.Doses))
		for i, x := range byQuestion[q] {
			row[i] = stat.Mean(x, nil)
			c.Changes[i] += row[i] / float64(c.Questions)
		}
		samples += len(byQuestion[q][0])
		_, slope := stat.LinearRegression(c.Doses, row, nil, false)
		rows, slopes, taus = append(rows, row), append(slopes, slope), append(taus, tauB(row))
	}
	c.Slope, c.Tau = ofMeans(slopes, samples, level), ofMeans(taus, samples, level)
	if upwards == 0 {
		upwards = sign(c.Slope.Mean)
	}
	steady := 0
	for _, row := range rows {
		if monotone(row, upwards) {
			steady++
		}
	}
	c.Monotone = new(float64(steady) / float64(len(rows)))
	c.Page = pageOf(rows)
}
