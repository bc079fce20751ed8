package intent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/intent/bound"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/intent/scenario"
	"intentprobe/capture/probe"
	"intentprobe/capture/probe/data"
	"intentprobe/storage/rundir"
)

// judge reads the runs of a study in a folder and climbs the ladder; the cells are what each
// family said.
func judge(ctx context.Context, s *Study, dir string, c ladder.Control) (*ladder.Ladder, []ladder.Cell, error) {
	samples, err := samplesOf(dirOf(dir, behaviour))
	if err != nil {
		return nil, nil, err
	}
	answers, err := scenario.Answers(s.Questions, samples)
	if err != nil {
		return nil, nil, err
	}
	study, err := ladder.NewStudy(s.Arms, answers)
	if err != nil {
		return nil, nil, err
	}
	var m ladder.Mechanism
	if s.ReadOut != nil {
		var few *hint.UsageError // too little for a probe
		if m.ReadOut, err = s.ReadOut.judge(ctx, dir); errors.As(err, &few) {
			m.NotRead = err.Error()
		} else if err != nil {
			return nil, nil, err
		}
	}
	if s.Swaps != nil {
		if m.Swaps, m.SwapsOnHeld, err = s.Swaps.judge(dir); err != nil {
			return nil, nil, err
		}
	}
	return ladder.Climb(study, m, c), study.Cells(), nil
}

func samplesOf(dir string) ([]rundir.Sample, error) {
	run, err := rundir.OpenRecorded(dir)
	if err != nil {
		return nil, err
	}
	if !run.Manifest.Finished() {
		return nil, fmt.Errorf("%s is %s: what is missing would be left out of every figure", dir, run.Manifest.Status)
	}
	return run.Samples()
}

// judge fits a probe to the pairs, by family, and looks at the controls.
func (r *ReadOut) judge(ctx context.Context, dir string) (*ladder.ReadOut, error) {
	opt := probe.Options{
		Data:  data.Options{Label: "label", Positive: r.Positive, Negative: r.Negative, Tokens: []string{"prompt[-1]"}},
		Level: 0.98, // one-sided 99 %
		Quick: true, Permutations: -1,
	}
	kinds := r.kinds()
	for _, kind := range kinds {
		opt.Controls = append(opt.Controls, dirOf(dir, control+kind))
	}
	report, err := probe.Sweep(ctx, []string{dirOf(dir, pairs)}, opt)
	if err != nil {
		return nil, err
	}
	out := &ladder.ReadOut{Groups: report.AUROC.Groups}
	best := -1
	for i, b := range report.Baselines {
		if best < 0 || b.AUROC.Value > report.Baselines[best].AUROC.Value {
			best = i
		}
	}
	if best < 0 {
		return nil, fmt.Errorf("%s: no baseline could be measured", dirOf(dir, pairs))
	}
	d := report.Baselines[best].Difference
	out.Base, out.Difference = report.Baselines[best].Name, ladder.Range{Value: d.Value, Lower: d.Low, Upper: d.High}
	for _, kind := range kinds {
		alarm := ladder.Alarm{Of: kind}
		for _, row := range report.Rows {
			if row.Set == nil || *row.Set != filepath.Base(dirOf(dir, control+kind)) {
				continue
			}
			alarm.Share.Of++
			if row.Score != nil && *row.Score > 0 { // the middle between the classes
				alarm.Share.Hits++
			}
		}
		out.Alarms = append(out.Alarms, alarm)
	}
	return out, nil
}

// judge counts what swaps did, on families that are not held out and on those that are.
func (x *Interchange) judge(dir string) (main, held *ladder.Swaps, err error) {
	main, held = &ladder.Swaps{}, &ladder.Swaps{}
	masses := [2]map[string][]float64{{}, {}}
	for _, last := range x.places() {
		samples, err := samplesOf(dirOf(dir, fmt.Sprint(swapped, last)))
		if err != nil {
			return nil, nil, err
		}
		byArm, err := scenario.SwapsOf(x.Swaps, last, samples)
		if err != nil {
			return nil, nil, err
		}
		for i, before := range byArm["none"] {
			of, at := main, 0
			if before.HeldOut {
				of, at = held, 1
			}
			after := byArm[armVariable][i]
			masses[at][after.Family] = append(masses[at][after.Family], after.Mass)
			count(of, before, after, byArm[armRandom][i])
			if x.Unused != "" {
				must(&of.Stayed, byArm[armUnused][i].Answer() != before.Answer())
			}
		}
	}
	if err := x.judgeRandom(dir, main); err != nil {
		return nil, nil, err
	}
	for at, of := range []*ladder.Swaps{main, held} {
		var families []float64
		for _, f := range slices.Sorted(maps.Keys(masses[at])) {
			sum := 0.0
			for _, m := range masses[at][f] {
				sum += m
			}
			families = append(families, sum/float64(len(masses[at][f])))
		}
		if len(families) > 0 {
			if of.Mass, err = bound.OfShares(families); err != nil {
				return nil, nil, err
			}
		}
	}
	return main, held, nil
}

// judgeRandom counts the predicted answers in the model with random weights, to which all
// families are alike. A base that says them before the swap shows nothing.
func (x *Interchange) judgeRandom(dir string, of *ladder.Swaps) error {
	moving := x.moving()
	samples, err := samplesOf(dirOf(dir, random))
	if err != nil {
		return err
	}
	byArm, err := scenario.SwapsOf(moving, moving[0].Last, samples)
	if err != nil {
		return err
	}
	for i, before := range byArm["none"] {
		if before.Answer() != before.After {
			must(&of.Random, byArm[armVariable][i].Answer() == before.After)
		}
	}
	return nil
}

// count adds one swap. A base that says before the swap what is predicted of it afterwards
// shows nothing.
func count(of *ladder.Swaps, before, after, random scenario.Swapped) {
	switch before.Must() {
	case scenario.Moves:
		if before.Answer() == before.After {
			must(&of.Predicted, false)
			return
		}
		must(&of.Predicted, after.Answer() == after.After)
		must(&of.Shuffled, random.Answer() == random.After)
		must(&of.Stayed, random.Answer() != before.Answer())
	case scenario.Stays:
		must(&of.Stayed, after.Answer() != before.Answer())
	case scenario.Foresees:
		must(&of.Foresight, after.Answer() == after.After)
	}
}

func must(s *bound.Share, hit bool) {
	s.Of++
	if hit {
		s.Hits++
	}
}
