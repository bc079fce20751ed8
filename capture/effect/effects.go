package effect

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/label"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// Of analyses the run in a folder, finished or not. Errors are *hint.UsageError where the
// run has no arms or the options do not fit it, or come from the files.
func Of(dir string, opt Options) (*Report, error) {
	if err := opt.fill(); err != nil {
		return nil, err
	}
	run, err := rundir.OpenRecorded(dir)
	if err != nil {
		return nil, err
	}
	samples, err := run.Samples()
	if err != nil {
		return nil, err
	}
	return ofSamples(dir, run.Manifest.Arms, samples, opt)
}

// errNoArms says that there is nothing to compare.
func errNoArms(dir, what string) error {
	return hint.Usage(fmt.Errorf("%s has no %s", dir, what),
		"declare interventions in the spec and run it: every run with interventions has the arm none, and an arm for each of them")
}

// ofSamples analyses samples; options are filled in.
func ofSamples(dir string, arms []rundir.Arm, samples []rundir.Sample, opt Options) (*Report, error) {
	if len(arms) == 0 {
		return nil, errNoArms(dir, "arms: it ran without interventions")
	}
	for _, condition := range opt.Where {
		if column, _, _ := strings.Cut(condition, "="); column == "arm" || column == "followup" {
			return nil, hint.Usage(fmt.Errorf("the condition %q: every arm is compared with none, and follow-ups go with their samples", condition), "follow-ups' alternatives are chosen by ", hint.Option("alternatives"))
		}
	}
	alt, err := findAlternatives(samples, opt.Alternatives)
	if err != nil {
		return nil, err
	}
	chosen, err := choose(dir, samples, opt.Where)
	if err != nil {
		return nil, err
	}
	f := frameOf(samples, chosen, alt, opt.Text)
	if len(f.arms[rundir.ArmNone]) == 0 {
		return nil, hint.Usage(fmt.Errorf("%s holds no sample of the arm none to compare with", dir), "finish the run with ", hint.Command{"resume", dir}, ", or choose other samples")
	}
	r := &Report{
		Run: dir, Where: opt.Where, Label: opt.Label, Toward: opt.Toward, Text: opt.Text, Level: opt.Level, Limits: opt.limits(),
		Arms: []*Arm{}, Curves: []*Curve{},
	}
	if alt != nil {
		r.Alternatives, r.Options, r.Differ = alt.name, alt.options, alt.differ
	} else {
		r.Notes = append(r.Notes, "no alternatives are scored: there is no D to judge; declare alternatives in the spec, and run it again")
	}
	return r, r.fill(f, dir, arms, opt)
}

// choose gives the samples that conditions choose; of no condition, all.
func choose(dir string, samples []rundir.Sample, where []string) (out []*rundir.Sample, err error) {
	if len(where) > 0 && len(samples) > 0 {
		return label.Where(dir, samples, where)
	}
	for i := range samples {
		out = append(out, &samples[i])
	}
	return out, nil
}

// fill measures every arm, corrects over those that are tested, and finds the words.
func (r *Report) fill(f *frame, dir string, arms []rundir.Arm, opt Options) error {
	questions := map[string]bool{}
	for k := range f.arms[rundir.ArmNone] {
		questions[k.question] = true
	}
	r.Samples, r.Questions = len(f.arms[rundir.ArmNone]), len(questions)
	var classes map[key]*bool
	if opt.Label != "" {
		if r.Alternatives == "" {
			return hint.Usage(errors.New("an NIE of no alternatives"), "declare alternatives in the spec and run it again, or leave out ", hint.Option("label"))
		}
		var err error
		if classes, err = f.classesOf(dir, opt.Label, opt.Toward); err != nil {
			return err
		}
	}
	if opt.Text != "" && len(f.texts[rundir.ArmNone]) == 0 {
		return hint.Usage(fmt.Errorf("the arm none has no given response of the group or condition %q with a log-probability", opt.Text),
			"give rows of that group or condition a response, and set ", hint.Key("capture.logprobs"), " to response")
	}
	for _, a := range arms {
		if a.Kind != "none" && a.Name != rundir.ArmNone {
			predicted, towards := directions(arms, a)
			r.Arms = append(r.Arms, r.measure(f, a, predicted, towards, classes))
		}
	}
	var reasons []string
	of := map[string][]string{} // arms by what was left out of them
	for _, a := range r.Arms {
		a.Controls = r.controlsOf(f, arms, a)
		if why := a.leftOut(); why != "" {
			if of[why] == nil {
				reasons = append(reasons, why)
			}
			of[why] = append(of[why], a.Name)
		}
	}
	for _, why := range reasons {
		arms := of[why]
		if more := len(arms) - 1; more > 0 {
			why = fmt.Sprintf("and %d more arms, each: %s", more, why)
			r.Notes = append(r.Notes, arms[0]+" "+why)
		} else {
			r.Notes = append(r.Notes, arms[0]+": "+why)
		}
	}
	if low := r.lowMass(); low != "" {
		r.Notes = append(r.Notes, low)
	}
	r.Curves = append(r.Curves, f.curvesOf(arms, r.Level)...)
	r.judge()
	return nil
}

// leftOut says what of an arm is not compared; empty where nothing is left out.
func (a *Arm) leftOut() string {
	switch {
	case a.Pairs == 0:
		return "no sample pairs with one of none"
	case a.Missing > 0 || a.NoScores > 0 || a.NotFinite > 0:
		return fmt.Sprintf("left out: %s without a partner, %s not scored, %s not finite",
			plural.Count(a.Missing, "sample"), plural.Count(a.NoScores, "pair"), plural.Count(a.NotFinite, "pair"))
	}
	return ""
}

// littleMass is the mass of the options in none below which a note says so.
const littleMass = 0.1

// lowMass says where the options are hardly what the model says; empty where they are.
func (r *Report) lowMass() string {
	for _, a := range r.Arms {
		if a.MassNone != nil && *a.MassNone < littleMass {
			return fmt.Sprintf("the options have a mass of %.2g in the arm none: the model hardly says any of them, and D compares what is unlikely", *a.MassNone)
		}
	}
	return ""
}

// measure measures one arm against none. what is predicted of it, and the side of the
// alternatives that flips are counted towards, are directions.
func (r *Report) measure(f *frame, of rundir.Arm, predicted, towards float64, classes map[key]*bool) *Arm {
	pairs, missing := f.pairs(of.Name)
	a := &Arm{Name: of.Name, Kind: of.Kind, Of: of.Of, Predict: inWords(predicted), Pairs: len(pairs), Missing: missing}
	for _, p := range pairs {
		switch {
		case r.Alternatives == "": // none are missed
		case !p.arm.scored() || !p.none.scored():
			a.NoScores++
		case !finite(p.change()):
			a.NotFinite++
		}
		r.Effects = append(r.Effects, sampleOf(of.Name, p, predicted))
	}
	level := r.Level
	a.Change = estimate(valuesOf(pairs, pair.change), level)
	a.measureMass(pairs, level)
	a.Flips = flipsOf(pairs, towards, level)
	if predicted != 0 {
		a.Backwards = backwards(pairs, predicted, level)
	}
	a.KL = estimate(valuesOf(pairs, func(p pair) float64 { return p.arm.kl }), level).within(0, math.Inf(1))
	a.Text = f.textOf(of.Name, level)
	if classes != nil {
		a.NIE = f.nieOf(of.Name, classes, level)
	}
	return a
}

// measureMass fills in the mass of the alternatives, of the pairs in which both have one.
func (a *Arm) measureMass(pairs []pair, level float64) {
	pairs = slices.DeleteFunc(slices.Clone(pairs), func(p pair) bool { return !finite(p.arm.mass - p.none.mass) })
	if len(pairs) == 0 {
		return
	}
	a.Mass = &estimate(valuesOf(pairs, func(p pair) float64 { return p.arm.mass }), level).Mean
	a.MassNone = &estimate(valuesOf(pairs, func(p pair) float64 { return p.none.mass }), level).Mean
	a.MassChange = estimate(valuesOf(pairs, func(p pair) float64 { return p.arm.mass - p.none.mass }), level)
}

// directions gives what is predicted of an arm, and the side that its flips are counted
// towards: the predicted one, of a control that of its arm, and the first option where
// there is none. Of controls only the opposite has a prediction.
func directions(arms []rundir.Arm, a rundir.Arm) (predicted, towards float64) {
	if a.Kind == kindEdit {
		predicted = prediction(a)
		towards = predicted
	}
	for _, of := range arms {
		if a.Of != "" && of.Name == a.Of {
			towards = prediction(of)
		}
	}
	if a.Kind == kindOpposite {
		predicted = -towards
	}
	if towards == 0 {
		towards = 1
	}
	return predicted, towards
}

// controlsOf compares an arm with its controls, a kind at a time in order of the manifest.
func (r *Report) controlsOf(f *frame, arms []rundir.Arm, a *Arm) (out []*Against) {
	if a.Change == nil {
		return nil
	}
	var kinds []string
	byKind := map[string][]rundir.Arm{}
	for _, c := range arms {
		asked := c.Kind == kindPrompt && c.Of == "" && a.Kind == kindEdit // one for all arms
		if c.Of == a.Name && c.Of != "" || asked {
			if byKind[c.Kind] == nil {
				kinds = append(kinds, c.Kind)
			}
			byKind[c.Kind] = append(byKind[c.Kind], c)
		}
	}
	for _, kind := range kinds {
		if against := f.against(rundir.Arm{Name: a.Name}, kind, byKind[kind], a.Change, r.Level); against != nil {
			out = append(out, against)
		}
	}
	return out
}
