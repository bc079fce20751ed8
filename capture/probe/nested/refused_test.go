package nested

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
)

// What cannot be searched is refused, with what and where it is.
func TestRefused(t *testing.T) {
	const n = 40
	for _, c := range []struct {
		name  string
		spoil func(c *Cases, s *Space, splits *[]Split, k *[]Candidate)
		want  string
	}{
		{"NaN", func(_ *Cases, s *Space, _ *[]Split, _ *[]Candidate) { s.Rows.(*table).row(17)[2] = float32(math.NaN()) }, "layer 0: row 17: number 2 is NaN"},
		{"Inf", func(_ *Cases, s *Space, _ *[]Split, _ *[]Candidate) {
			s.Rows.(*table).row(39)[0] = float32(math.Inf(1))
		}, "layer 0: row 39: number 0 is +Inf"},
		{"too few rows", func(_ *Cases, s *Space, _ *[]Split, _ *[]Candidate) { s.Rows.(*table).x = s.Rows.(*table).x[:30*5] }, "30 rows were read, and 40 are needed"},
		{"too many rows", func(_ *Cases, s *Space, _ *[]Split, _ *[]Candidate) {
			s.Rows.(*table).x = append(s.Rows.(*table).x, make([]float32, 5)...)
		}, "are not those of 40 rows"},
		{"a leak", func(c *Cases, _ *Space, _ *[]Split, _ *[]Candidate) {
			for i := range c.Group {
				c.Group[i] = "all"
			}
		}, "rows of one group are on both sides"},
		{"one class", func(c *Cases, _ *Space, _ *[]Split, _ *[]Candidate) { clear(c.Positive) }, "fold 1 of 4 has no positive samples to train on"},
		{"no inner folds", func(_ *Cases, _ *Space, s *[]Split, _ *[]Candidate) {
			for i := range *s {
				(*s)[i].Inner = nil
			}
		}, "no inner fold of both classes to choose among 2 candidates by"},
		{"a part held out twice", func(_ *Cases, _ *Space, s *[]Split, _ *[]Candidate) { *s = append(*s, (*s)[0]) }, "that another split holds out"},
		{"its own training", func(_ *Cases, _ *Space, s *[]Split, _ *[]Candidate) { (*s)[1].Train |= (*s)[1].Test }, "trains on samples that it holds out"},
		{"no splits", func(_ *Cases, _ *Space, s *[]Split, _ *[]Candidate) { *s = nil }, "no splits"},
		{"no candidates", func(_ *Cases, _ *Space, _ *[]Split, k *[]Candidate) { *k = nil }, "no candidates"},
		{"no such space", func(_ *Cases, _ *Space, _ *[]Split, k *[]Candidate) { (*k)[1].Space = 7 }, "candidate 1 is in space 7"},
		{"no such method", func(_ *Cases, _ *Space, _ *[]Split, k *[]Candidate) { (*k)[1].Method.Kind = "tree" }, `no method "tree"`},
		{"no C", func(_ *Cases, _ *Space, _ *[]Split, k *[]Candidate) { (*k)[0].Method = Method{Kind: Logistic} }, "C = 0"},
		{"another method's setting", func(_ *Cases, _ *Space, _ *[]Split, k *[]Candidate) { (*k)[0].Method = Method{Kind: Mean, C: 1} }, "setting of another method"},
		{"no pairs", func(_ *Cases, _ *Space, _ *[]Split, k *[]Candidate) { (*k)[0].Method = Method{Kind: CCS} }, "no pairs of a statement"},
		{"a sample without rows", func(_ *Cases, s *Space, _ *[]Split, _ *[]Candidate) {
			s.Sample, s.Pool = make([]int32, n), metric.Pooling{Kind: metric.PoolMean}
		}, "sample 1 has 0 rows"},
		{"too few for the rule", func(_ *Cases, s *Space, _ *[]Split, _ *[]Candidate) {
			for i := range n {
				s.Sample = append(s.Sample, int32(i))
			}
			s.Pool = metric.Pooling{Kind: metric.PoolFirst, K: 1, After: 1}
		}, "sample 0 has 1 rows"},
		{"labels", func(c *Cases, _ *Space, _ *[]Split, _ *[]Candidate) { c.Group = c.Group[1:] }, "39 groups"},
		{"cell", func(c *Cases, _ *Space, _ *[]Split, _ *[]Candidate) { c.Cell[3] = 64 }, "sample 3 is in cell 64"},
	} {
		cases, spaces := drawn(n, 1, 5, []float64{1, 0}, 3)
		splits := crossed(t, &cases, 4, 2)
		candidates := in(spaces, Method{Kind: Mean})
		c.spoil(&cases, &spaces[0], &splits, &candidates)
		_, err := Search(t.Context(), cases, spaces, splits, candidates, Options{})
		assert.ErrorContains(t, err, c.want, c.name)
		_, err = Permute(t.Context(), cases, spaces, splits, candidates, 3, 1, Options{})
		assert.ErrorContains(t, err, c.want, c.name)
	}
}

func TestStopped(t *testing.T) {
	c, spaces := drawn(40, 1, 5, []float64{1, 0}, 3)
	splits := crossed(t, &c, 4, 2)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := Search(ctx, c, spaces, splits, in(spaces, Method{Kind: Mean}), Options{})
	assert.ErrorIs(t, err, context.Canceled)
	_, err = Permute(ctx, c, spaces, splits, in(spaces, Method{Kind: Mean}), 5, 1, Options{})
	assert.ErrorIs(t, err, context.Canceled)
}

// broken rows fail in the middle.
type broken struct{ table }

var errBroken = errors.New("the disk is gone")

func (b *broken) Each(ctx context.Context, do func(*fit.Block) error) error {
	return errors.Join(b.table.Each(ctx, do), errBroken)
}

func TestBrokenRowsAreNamed(t *testing.T) {
	c, spaces := drawn(40, 1, 5, []float64{1, 0, 1, 1}, 3)
	splits := crossed(t, &c, 4, 2)
	spaces[2].Rows = &broken{*spaces[2].Rows.(*table)}
	_, err := Search(t.Context(), c, spaces, splits, in(spaces, Method{Kind: Mean}), Options{})
	require.ErrorIs(t, err, errBroken)
	assert.ErrorContains(t, err, "layer 2")
}

// Little memory means fewer spaces at once, and too little is refused with what is needed.
func TestMemoryIsBounded(t *testing.T) {
	c, spaces := drawn(60, 1, 50, []float64{1, 0, 1}, 3)
	splits := crossed(t, &c, 4, 3)
	s, err := newSearch(c, spaces, splits, in(spaces, Method{Kind: LDA}), Options{})
	require.NoError(t, err)
	need, err := s.need(0)
	require.NoError(t, err)
	assert.Equal(t, int64(scoreMemory+8*50*50*15), need)
	little, err := Search(t.Context(), c, spaces, splits, in(spaces, Method{Kind: LDA}), Options{Memory: need})
	require.NoError(t, err)
	much, err := Search(t.Context(), c, spaces, splits, in(spaces, Method{Kind: LDA}), Options{})
	require.NoError(t, err)
	assert.Equal(t, much, little)
	_, err = Search(t.Context(), c, spaces, splits, in(spaces, Method{Kind: LDA}), Options{Memory: need - 1})
	assert.ErrorContains(t, err, "fitting 60 samples of width 50 in 12 cells takes 64 MiB")
	// A regression does without its matrix.
	_, err = Search(t.Context(), c, spaces, splits, in(spaces, Method{Kind: Logistic, C: 1}), Options{Memory: scoreMemory + 13*3*400*50})
	require.NoError(t, err)
}

func TestFoldsRefused(t *testing.T) {
	c, _ := drawn(40, 2, 2, nil, 3)
	label := labels(c.Positive)
	thirds := func(values ...string) (out []string) {
		for i := range label {
			out = append(out, values[i/2%len(values)])
		}
		return out
	}
	errs := map[string]error{}
	add := func(want string, _ []int8, _ []Split, err error) { errs[want] = err }
	each := func(cells []int8, splits []Split, err error) func(want string) {
		return func(want string) { add(want, cells, splits, err) }
	}
	each(Cross(label, c.Group, 5, 13, 1))("5 folds with 13 inner folds each make 65 cells")
	each(Cross(label, c.Group, 11, 1, 1))(`10 groups have the label "true", fewer than 11 folds`)
	each(Given(thirds("train", "dev"), label, c.Group, 1, 1))(`sample 2 is in the part "dev"`)
	each(Given(thirds("train", "validation"), label, c.Group, 1, 1))(`no samples in its part "test"`)
	each(Given(thirds("test", "val"), label, c.Group, 1, 1))(`no samples in its part "train"`)
	each(Given(thirds("train", "test"), label, c.Group[:39], 1, 1))("39 groups")
	each(Given(thirds("train", "test"), label, c.Group, 0, 1))("0 inner folds")
	leaking := thirds("train", "test")
	leaking[1] = "test"
	each(Given(leaking, label, c.Group, 2, 1))("rows of one group are on both sides")
	each(LeaveOut(thirds("a"), label, c.Group, 2, 1))("all samples have the same value")
	each(LeaveOut(thirds("a", "b", "c", "d", "e"), label, c.Group, 13, 1))("5 values with 13 inner folds each make 65 cells")
	for want, err := range errs {
		assert.ErrorContains(t, err, want)
	}
	assert.Len(t, errs, 10)
}
