package data

import (
	"context"
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/rows"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// blockBytes is about how much of a space is in memory at once.
const blockBytes = 1 << 20

// Space gives the rows of a point under a token rule: one a sample, or one a token. Rows are
// read from the files each time. In blocks of its Rows, Y is the class and Fold 0. The error
// is a *hint.UsageError where the set was opened without the point or the rule.
func (s *Set) Space(point, tokens string) (nested.Space, error) {
	rule, err := s.ruleOf(tokens)
	if err != nil {
		return nested.Space{}, err
	}
	if !slices.Contains(s.Points, point) {
		return nested.Space{}, hint.Usage(fmt.Errorf("the set has no point %q", point), "its points are "+pointsText(s.Points))
	}
	out := nested.Space{Name: point, Sample: s.Rules[rule].sample, Pool: metric.Pooling{Kind: metric.PoolMean}}
	if len(s.Rules) > 1 {
		out.Name += " at " + said(tokens)
	}
	if s.opt.Rows == RowsToken {
		out.Pool = s.opt.Score
	}
	width := 1
	for _, n := range s.Runs[0].shapeOf(point) {
		width *= n
	}
	out.Rows = &space{set: s, point: point, rule: rule, width: width, rows: max(1, blockBytes/(4*width))}
	return out, nil
}

// said names a token rule.
func said(tokens string) string {
	if tokens == "" {
		return "all"
	}
	return tokens
}

func (s *Set) ruleOf(tokens string) (int, error) {
	i := slices.IndexFunc(s.Rules, func(r Rule) bool { return r.Tokens == tokens })
	if i < 0 {
		return 0, hint.Usage(fmt.Errorf("the set has no token rule %q", tokens), "open it with this rule")
	}
	return i, nil
}

// space are the rows of a point.
type space struct {
	set   *Set
	point string
	rule  int
	width int
	rows  int // of a block
}

// Width is that of a row.
func (s *space) Width() int { return s.width }

// Each reads the rows of all runs, one after another.
func (s *space) Each(ctx context.Context, do func(*fit.Block) error) error {
	x := make([]float32, 0, s.rows*s.width)
	y, fold := make([]int8, 0, s.rows), make([]int8, s.rows)
	flush := func() error {
		if len(y) == 0 {
			return nil
		}
		err := do(&fit.Block{X: x, Y: y, Fold: fold[:len(y)]})
		x, y = x[:0], y[:0]
		clear(fold)
		return err
	}
	next, sample := 0, s.set.Rules[s.rule].sample
	for _, r := range s.set.Runs {
		err := r.sources[s.rule].EachRow(ctx, s.point, func(of *rows.Sample, values []float32) error {
			at := r.index[of.Index]
			if at < 0 {
				return nil
			}
			want := next
			if sample != nil {
				want = int(sample[min(next, len(sample)-1)])
			}
			if int(at) != want || len(values) != s.width {
				return &disk.DamageError{Path: r.Dir, Where: s.point, Err: fmt.Errorf("row %d is of sample %d and has %d values: the run changed while it was read", next, of.SampleID, len(values))}
			}
			next++
			x, y = append(x, values...), append(y, int8(number(s.set.Samples[at].Positive))) //nolint:gosec // 0 or 1
			if len(y) == s.rows {
				return flush()
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if want := len(s.set.Samples); sample == nil && next != want || sample != nil && next != len(sample) {
		return &disk.DamageError{Path: s.set.runs(), Where: s.point, Err: fmt.Errorf("it has %d rows, and had more: a run changed while it was read", next)}
	}
	return nil
}

// EachToken goes through what the rows of a token rule carry beside their activations
// (token, position, log-probability, entropy), in the order in which a space of tokens reads
// them; sample is the place in Samples. Rows live until the function returns. The error is a
// *hint.UsageError where a run has reductions and no rows.
func (s *Set) EachToken(ctx context.Context, tokens string, do func(sample int, row *rundir.Row) error) error {
	rule, err := s.ruleOf(tokens)
	if err != nil {
		return err
	}
	for _, r := range s.Runs {
		err := r.sources[rule].EachToken(ctx, func(x *rows.Sample, row *rundir.Row) error {
			if at := r.index[x.Index]; at >= 0 {
				return do(int(at), row)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
