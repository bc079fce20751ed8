package data

import (
	"errors"
	"fmt"
	"path/filepath"

	"intentprobe/capture/hint"
	"intentprobe/capture/rows"
	"intentprobe/storage/rundir"
)

// Run is a run whose samples are in a set.
type Run struct {
	*rundir.Run
	Name  string // of its folder; its path where two have the same
	Label string // what the label is: "truth@2", "column condition"; empty of a control run without it
	Of    [2]int // samples that are (negative, positive)

	chosen  *rows.Chosen
	sources []*rows.Source // of each rule
	index   []int32        // of each chosen sample its place in Set.Samples; -1: none
}

// openRun opens a run and chooses its samples. Points may be those of another run.
func openRun(dir string, opt *Options) (*Run, error) {
	run, err := rundir.OpenRecorded(dir)
	if err != nil {
		return nil, err
	}
	out := &Run{Run: run, Name: filepath.Base(filepath.Clean(dir))}
	all, err := run.Samples()
	if err != nil {
		return nil, err
	}
	if opt.Control {
		out.chosen, err = control(dir, all, opt)
	} else {
		out.chosen, err = opt.classes().Choose(dir, all)
	}
	if err != nil {
		return nil, err
	}
	out.Label = out.chosen.What
	return out, nil
}

// control gives the samples of a control run, which must not contain the positive class.
func control(dir string, all []rundir.Sample, opt *Options) (*rows.Chosen, error) {
	c := opt.classes()
	out, err := c.All(dir, all, rows.Negative)
	if err != nil || opt.Label == "" {
		return out, err
	}
	labelled, err := c.Choose(dir, all)
	if usage := (*hint.UsageError)(nil); errors.As(err, &usage) {
		return out, nil // without the label nothing can be held against it
	}
	if err != nil {
		return nil, err
	}
	if n := labelled.Have[rows.Positive]; n > 0 {
		return nil, hint.Usage(fmt.Errorf("the control run %s contains the positive class: the label %s of %d of its %d samples is %q", dir, labelled.What, n, len(out.Samples), opt.Positive),
			"name a run that is honest throughout: conditions are not for control runs")
	}
	out.What = labelled.What
	return out, nil
}

// name tells runs apart whose folders have the same name.
func name(runs []*Run) {
	count := map[string]int{}
	for _, r := range runs {
		count[r.Name]++
	}
	for _, r := range runs {
		if count[r.Name] > 1 {
			r.Name = filepath.ToSlash(filepath.Clean(r.Dir))
		}
	}
}

// shapeOf gives the shape of a point; nil where the run does not have it.
func (r *Run) shapeOf(point string) []int {
	for _, h := range r.Manifest.Hooks {
		if h.Name == point {
			return h.Shape
		}
	}
	return nil
}
