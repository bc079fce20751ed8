package data

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/nested"
)

// paired puts the two sides of a pair four samples apart, the negation first, and leaves
// sample 16 without its other half: it is not of a pair, nor is 17.
func paired(i int, s *runs.Sample) {
	s.Meta = fmt.Sprintf(`{"said":"%s","of":%d}`, []string{"yes", "no"}[(i/4+1)%2], i/8)
	if i < 16 {
		s.Pair = new(fmt.Sprintf("pair%d.%d", i/8, i%4))
	} else if i == 16 {
		s.Pair = new("alone")
	}
}

// Rows of a pair are next to each other in one block, the sides in their order, whatever the
// size of the blocks; samples without their other half are left out.
func TestPairsAreSideBySide(t *testing.T) {
	dir := design{questions: 9, groups: 5, change: paired}.write(t)
	opt := truth()
	opt.Side = "said"
	whole, err := Open(ctx, []string{dir}, truth())
	require.NoError(t, err)
	values, _, _ := rowsOf(t, whole, post, "", 0)
	s, err := Open(ctx, []string{dir}, opt)
	require.NoError(t, err)
	require.Equal(t, 2, s.Unpaired)
	require.Len(t, s.Samples, 16)
	require.Equal(t, [2]int{8, 8}, s.Of())
	require.Equal(t, Groups{Positive: 4, Negative: 4, Both: 4, All: 4}, s.Groups, "pairs join questions")
	for _, block := range []int{0, 2, 6, 100} {
		x, sample, y := rowsOf(t, s, post, "", block)
		require.Len(t, x, 16)
		for row := range x {
			of := s.Samples[sample[row]]
			id := int64(row/8*8 + row%8/2 + 4*(row%2)) // 0 4 1 5 2 6 3 7 8 12 ...: no, yes
			require.Equal(t, id, of.SampleID)
			require.Equal(t, values[id], x[row])
			require.Equal(t, of.Positive, y[row] == 1)
		}
	}
	of, err := s.Space(post, "")
	require.NoError(t, err)
	require.Equal(t, []int8{0, 1, 0, 1}, of.Side[:4])
	require.NoError(t, of.Rows.Each(ctx, func(b *fit.Block) error {
		require.Zero(t, len(b.Y)%2)
		return nil
	}))
	cells, splits, err := nested.Cross(s.Labels(), s.ByGroup(), 2, 1, 1)
	require.NoError(t, err)
	_, err = nested.Search(ctx, s.Cases(cells), []nested.Space{of}, splits, []nested.Candidate{{Method: nested.Method{Kind: nested.CCS}}}, nested.Options{})
	require.NoError(t, err)
}

func TestPairsThatAreNone(t *testing.T) {
	dir := design{questions: 11, change: paired}.write(t)
	for says, change := range map[string]func(*Options){
		`the key "said" has 1 value, yes`:                     func(o *Options) { o.Where = []string{"said=yes"} },
		`the key "prompt_id" has 22 values`:                   func(o *Options) { o.Side = "prompt_id" },
		`the pair "pair0.0" has two samples whose said is "y`: func(o *Options) {},
		`no column or key of this name`:                       func(o *Options) { o.Side = "nothing" },
		"pairs of one row a token":                            func(o *Options) { o.Rows = RowsToken },
		`no two samples of`:                                   func(o *Options) { o.Where = []string{"of=2"} },
	} {
		opt := truth()
		opt.Side = "said"
		change(&opt)
		from := dir
		if says[:8] == "the pair" {
			from = design{questions: 9, change: func(i int, s *runs.Sample) {
				paired(i, s)
				if i == 9 {
					s.Pair = new("pair0.0")
				}
				if i == 0 {
					s.Meta = `{"said":"yes"}`
				}
			}}.write(t)
		}
		_, err := Open(ctx, []string{from}, opt)
		expect.Refused(t, err, says)
	}
}
