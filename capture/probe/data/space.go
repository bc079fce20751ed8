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
	"intentprobe/storage/arrowfile"
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
	width := arrowfile.Elements(s.Runs[0].shapeOf(point))
	of := &space{set: s, point: point, rule: rule, width: width, rows: max(1, blockBytes/(4*width))}
	if out.Rows = of; s.pairs != nil {
		of.rows += of.rows % 2 // whole pairs
		out.Sample, out.Side = s.pairs.order, s.pairs.sides()
	}
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

// Each reads the rows of all runs, one after another; those of pairs next to each other.
func (s *space) Each(ctx context.Context, do func(*fit.Block) error) error {
	b := &blocks{space: s, do: do, fold: make([]int8, s.rows)}
	add := b.add
	if s.set.pairs != nil {
		add = s.set.pairs.sideBySide(b.add)
	}
	if err := s.read(ctx, add); err != nil {
		return err
	}
	s.set.passes.Add(1)
	return b.flush()
}

// read reads the rows, with the places of their samples.
func (s *space) read(ctx context.Context, do func(at int32, values []float32) error) error {
	next, sample := 0, s.set.Rules[s.rule].sample
	for _, r := range s.set.Runs {
		err := r.sources[s.rule].EachRow(ctx, s.point, func(of *rows.Sample, values []float32) error {
			at := r.index[of.Index]
			if at < 0 {
				return nil
			}
			want := int32(next) //nolint:gosec // samples fit in memory
			if sample != nil {
				want = sample[min(next, len(sample)-1)]
			}
			if at != want || len(values) != s.width {
				return &disk.DamageError{Path: r.Dir, Where: s.point, Err: fmt.Errorf("row %d is of sample %d and has %d values: the run changed while it was read", next, of.SampleID, len(values))}
			}
			next++
			return do(at, values)
		})
		if err != nil {
			return err
		}
	}
	if want := len(s.set.Samples); sample == nil && next != want || sample != nil && next != len(sample) {
		return &disk.DamageError{Path: s.set.runs(), Where: s.point, Err: fmt.Errorf("it has %d rows, and had more: a run changed while it was read", next)}
	}
	return nil
}

// blocks makes blocks of rows.
type blocks struct {
	*space
	x       []float32
	y, fold []int8
	do      func(*fit.Block) error
}

func (b *blocks) add(at int32, values []float32) error {
	if b.x == nil {
		b.x = make([]float32, 0, b.rows*b.width)
	}
	b.x, b.y = append(b.x, values...), append(b.y, int8(number(b.set.Samples[at].Positive))) //nolint:gosec // 0 or 1
	if len(b.y) < b.rows {
		return nil
	}
	return b.flush()
}

func (b *blocks) flush() error {
	if len(b.y) == 0 {
		return nil
	}
	clear(b.fold)
	err := b.do(&fit.Block{X: b.x, Y: b.y, Fold: b.fold[:len(b.y)]})
	b.x, b.y = b.x[:0], b.y[:0]
	return err
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
