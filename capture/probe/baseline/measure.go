package baseline

import (
	"context"
	"fmt"
	"math"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/verdict"
)

// Baseline is a space of features, and what a probe that is no better than it reads.
type Baseline struct {
	Name    string // "prompt words"
	Kind    string // of package verdict
	Columns []string
	Space   nested.Space
	Nothing string // why it has nothing to read: all samples are alike in it
}

// Candidates are L2 logistic regressions on standardised features, of which each split
// chooses one; without inner folds there is only the third.
func (b *Baseline) Candidates(choose bool) (out []nested.Candidate) {
	for _, c := range []float64{1e-4, 1e-3, 1e-2, 1e-1, 1} {
		if choose || c == 1e-2 {
			out = append(out, nested.Candidate{Method: nested.Method{Kind: nested.Logistic, C: c, Scale: true}})
		}
	}
	return out
}

// Measured is a baseline beside a probe.
type Measured struct {
	verdict.Baseline
	Scores      []float64 // of each sample held out; NaN where it was not
	Features    int
	Nothing     string   // as in Baseline
	Chosen      []string // of each split: the method
	Unconverged int      // fits that ended too early
}

// Measure holds each baseline out on a probe's splits. Probe are the probe's held-out scores,
// NaN where it has none; the same samples are compared. A baseline that has nothing to read
// has the score 0 everywhere, an AUROC of 0.5 without an interval, and a note that says so.
// Memory and passes are those of [nested.Search] for one baseline after another.
func Measure(ctx context.Context, c nested.Cases, splits []nested.Split, all []Baseline, probe []float64, opt nested.Options) (out []Measured, err error) {
	if len(probe) != len(c.Positive) {
		return nil, fmt.Errorf("baseline: %d scores of the probe, and %d samples", len(probe), len(c.Positive))
	}
	for _, b := range all {
		m := Measured{Baseline: verdict.Baseline{Name: b.Name, Kind: b.Kind}, Features: len(b.Columns), Nothing: b.Nothing}
		if b.Nothing != "" {
			m.Scores = make([]float64, len(probe))
		} else if err := m.search(ctx, c, splits, &b, opt); err != nil {
			return nil, fmt.Errorf("baseline %s: %w", b.Name, err)
		}
		if err := m.compare(c, probe); err != nil {
			return nil, fmt.Errorf("baseline %s: %w", b.Name, err)
		}
		out = append(out, m)
	}
	return out, nil
}

func (m *Measured) search(ctx context.Context, c nested.Cases, splits []nested.Split, b *Baseline, opt nested.Options) error {
	candidates := b.Candidates(chooses(splits))
	found, err := nested.Search(ctx, c, []nested.Space{b.Space}, splits, candidates, opt)
	if err != nil {
		return err
	}
	m.Scores, m.Unconverged = found.Scores, found.Unconverged
	for _, k := range found.Chosen {
		m.Chosen = append(m.Chosen, candidates[k].Method.String())
	}
	return nil
}

// chooses says whether all splits have inner folds.
func chooses(splits []nested.Split) bool {
	for _, s := range splits {
		if len(s.Inner) == 0 {
			return false
		}
	}
	return true
}

// compare measures the baseline, and the probe against it.
func (m *Measured) compare(c nested.Cases, probe []float64) (err error) {
	var own []float64
	d := metric.Data{}
	for i, score := range probe {
		if math.IsNaN(score) || math.IsNaN(m.Scores[i]) {
			continue
		}
		d.Score, own, d.Positive = append(d.Score, score), append(own, m.Scores[i]), append(d.Positive, c.Positive[i])
		if c.Group != nil {
			d.Group = append(d.Group, c.Group[i])
		}
	}
	if m.Difference, err = metric.Difference(d, own, verdict.Level); err != nil {
		return err
	}
	m.AUROC, err = metric.AUROC(metric.Data{Score: own, Positive: d.Positive, Group: d.Group}, verdict.Level)
	if m.Nothing != "" {
		m.AUROC.Note = "nothing to read: " + m.Nothing
	}
	return err
}
