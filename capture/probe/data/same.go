package data

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/rows"
	"intentprobe/capture/vector"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// alike refuses runs whose rows cannot be put together, and one run twice.
func alike(runs []*Run, opt *Options) error {
	for i, r := range runs {
		for _, earlier := range runs[:i] {
			if err := twice(earlier, r); err != nil {
				return err
			}
		}
		if i > 0 {
			if err := differs(runs[0], r, opt); err != nil {
				return err
			}
		}
	}
	return nil
}

// twice refuses a run that is given again: as its folder, as a copy or as a shard of it.
func twice(a, b *Run) error {
	next := "give each run once: a sample that counts twice is seen in training and held out"
	infoA, errA := os.Stat(a.Dir)
	infoB, errB := os.Stat(b.Dir)
	if errA == nil && errB == nil && os.SameFile(infoA, infoB) {
		return hint.Usage(fmt.Errorf("%s and %s are the same run", a.Dir, b.Dir), next)
	}
	if !a.Manifest.HasSpec() || !b.Manifest.HasSpec() || a.Manifest.RunID() != b.Manifest.RunID() {
		return nil
	}
	have := map[int64]bool{}
	for _, x := range a.chosen.Samples {
		have[x.SampleID] = true
	}
	for _, x := range b.chosen.Samples {
		if have[x.SampleID] {
			return hint.Usage(fmt.Errorf("%s and %s are the same run: both have its sample %d", a.Dir, b.Dir, x.SampleID), next)
		}
	}
	return nil
}

// differs refuses a run whose rows are not of the kind of another's.
func differs(a, b *Run, opt *Options) error {
	said := func(what string, ofA, ofB any, next string) error {
		return hint.Usage(fmt.Errorf("%s and %s are runs of different %s: %v and %v", a.Dir, b.Dir, what, ofA, ofB), next)
	}
	m, n := a.Manifest, b.Manifest
	switch ta, tb := vector.TemplateOf(m), vector.TemplateOf(n); {
	case m.Model.Width != n.Model.Width:
		return said("widths", m.Model.Width, n.Model.Width, "train on one model at a time")
	case m.Model.SHA256 != n.Model.SHA256:
		return said("models", modelOf(m), modelOf(n), "train on one model file at a time: another quantisation is another model")
	case m.Model.Weights != n.Model.Weights:
		return said("weights", m.Model.Weights, n.Model.Weights, "run one of them again with the same weights")
	case adaptersOf(m) != adaptersOf(n):
		return said("adapters", adaptersOf(m), adaptersOf(n), "train on runs of the same adapters")
	case ta != tb && ta != "" && tb != "":
		return said("chat templates", templateOf(ta), templateOf(tb), "run one of them again with the other's template")
	}
	return samePoints(a, b, opt, said)
}

func samePoints(a, b *Run, opt *Options, said func(what string, ofA, ofB any, next string) error) error {
	ofA, err := rows.Points(a.Run, opt.Points)
	if err != nil {
		return err
	}
	ofB, err := rows.Points(b.Run, opt.Points)
	if err != nil {
		return err
	}
	both := slices.DeleteFunc(slices.Clone(ofA), func(p string) bool { return !slices.Contains(ofB, p) })
	if len(both) < max(len(ofA), len(ofB)) {
		return said("points", pointsText(ofA), pointsText(ofB), "choose points that both have: "+pointsText(both))
	}
	for _, p := range ofA {
		if !slices.Equal(a.shapeOf(p), b.shapeOf(p)) {
			return said("widths at "+p, a.shapeOf(p), b.shapeOf(p), "choose other points")
		}
	}
	return nil
}

func modelOf(m *rundir.Manifest) string {
	return fmt.Sprintf("%s (sha256 %.12s)", m.Model.File, m.Model.SHA256)
}

// adaptersOf says what adapters change: those of scale 0 change nothing.
func adaptersOf(m *rundir.Manifest) string {
	var out []string
	for _, a := range m.Adapters {
		if a.Scale != 0 {
			out = append(out, fmt.Sprintf("%.12s of scale %s", a.SHA256, strconv.FormatFloat(a.Scale, 'g', -1, 64)))
		}
	}
	if slices.Sort(out); out == nil {
		return "none"
	}
	return strings.Join(out, " and ")
}

func templateOf(sum string) string {
	if sum == rundir.RawText {
		return "none (raw text)"
	}
	return fmt.Sprintf("sha256 %.12s", sum)
}

func pointsText(points []string) string {
	if len(points) == 0 {
		return "none"
	}
	return plural.List(points, 3)
}
