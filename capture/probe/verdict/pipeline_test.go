package verdict_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/verdict"
)

// kinds are the baselines of a simulation, one of each.
var kinds = []string{verdict.Prompt, verdict.Text, verdict.Likelihood}

// measure makes the figures of a data set as probes are measured: folds by group, the layer
// chosen inside them among difference of means and LDA, baselines (LDA) on the same folds.
// Labels are permuted only where the interval is above 0.5, as no other data set can separate.
func measure(t testing.TB, d *drawn, draws int, seed uint64) verdict.Figures {
	t.Helper()
	ctx := context.Background()
	label := make([]string, len(d.positive))
	for i, p := range d.positive {
		label[i] = fmt.Sprint(p)
	}
	cells, splits, err := nested.Cross(label, d.group, 5, 3, seed)
	require.NoError(t, err)
	c := nested.Cases{Positive: d.positive, Group: d.group, Cell: cells}
	var spaces []nested.Space
	var candidates []nested.Candidate
	for i, l := range d.layers {
		spaces = append(spaces, nested.Space{Name: fmt.Sprint(i), Rows: l})
		candidates = append(candidates, nested.Candidate{Space: i, Method: nested.Method{Kind: nested.Mean}}, nested.Candidate{Space: i, Method: lda})
	}
	opt := nested.Options{Threads: 1}
	found, err := nested.Search(ctx, c, spaces, splits, candidates, opt)
	require.NoError(t, err)

	f := verdict.Figures{Positive: "lie", Negative: "mistake", P: 1, Draws: draws, Groups: d.groups()}
	data := metric.Data{Score: found.Scores, Positive: d.positive, Group: d.group}
	f.AUROC, err = metric.AUROC(data, verdict.Level)
	require.NoError(t, err)
	if f.AUROC.Low <= 0.5 {
		return f
	}
	null, err := nested.Permute(ctx, c, spaces, splits, candidates, draws, seed, opt)
	require.NoError(t, err)
	f.P = null.P
	for _, kind := range kinds {
		one := []nested.Candidate{{Method: lda}}
		base, err := nested.Search(ctx, c, []nested.Space{{Name: kind, Rows: d.seen[kind]}}, splits, one, opt)
		require.NoError(t, err)
		b := verdict.Baseline{Name: kind, Kind: kind}
		b.AUROC, err = metric.AUROC(metric.Data{Score: base.Scores, Positive: d.positive, Group: d.group}, verdict.Level)
		require.NoError(t, err)
		b.Difference, err = metric.Difference(data, base.Scores, verdict.Level)
		require.NoError(t, err)
		f.Baselines = append(f.Baselines, b)
	}
	return f
}

var lda = nested.Method{Kind: nested.LDA, Scale: true}

// groups counts those that have a negative, and a positive sample.
func (d *drawn) groups() (n [2]int) {
	has := map[string][2]bool{}
	for i, g := range d.group {
		h := has[g]
		if d.positive[i] {
			h[1] = true
		} else {
			h[0] = true
		}
		has[g] = h
	}
	for _, h := range has {
		for class, there := range h {
			if there {
				n[class]++
			}
		}
	}
	return n
}
