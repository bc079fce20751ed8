package probe

import (
	"context"

	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

// permutation tells of the permutations of the whole way that a probe is made.
func (t *training) permutation(context.Context) error {
	if t.null != nil {
		t.report.Permutation = &report.Permutation{Of: report.WholeProcedure, P: t.null.P, Draws: t.null.Draws, Median: quantile(t.null.Null, 0.5), Quantile: quantile(t.null.Null, 0.99)}
	}
	if t.draws > 0 && t.draws < leastDraws {
		t.warn("%s cannot give a p value of 0.01, which the rules need: it takes %d", plural.Count(t.draws, "permutation"), leastDraws)
	}
	return nil
}

// leastDraws are those with which p can be 0.01.
const leastDraws = 99
