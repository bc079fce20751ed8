package data

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
	"intentprobe/storage/rundir"
)

// plainRow is a row of a space, with the place of its sample among those that it is told.
type plainRow struct {
	run    string
	id     int64
	values []float32
}

// plainRows reads samples one by one, and picks rows by their place: response says whether
// those of the response alone, and least how many tokens a response must have.
func plainRows(t *testing.T, dirs []string, point string, response bool, least int32, pool string) (out []plainRow) {
	for _, dir := range dirs {
		run, err := rundir.Open(dir)
		require.NoError(t, err)
		samples, err := run.Samples()
		require.NoError(t, err)
		for _, s := range samples {
			if s.ResponseTokens < least {
				continue
			}
			read, err := run.Read(s, point)
			require.NoError(t, err)
			var chosen [][]float32
			for i, r := range read.Rows {
				if !response || r.Position >= s.PromptTokens {
					chosen = append(chosen, read.Values[0][i*3:i*3+3])
				}
			}
			if pool == "none" {
				for _, values := range chosen {
					out = append(out, plainRow{dir, s.SampleID, values})
				}
				continue
			}
			one := make([]float32, 3)
			for k := range one {
				sum, most := 0.0, math.Inf(-1)
				for _, row := range chosen {
					sum, most = sum+float64(row[k]), max(most, float64(row[k]))
				}
				one[k] = float32(map[string]float64{"mean": sum / float64(len(chosen)), "max": most, "last": float64(chosen[len(chosen)-1][k])}[pool])
			}
			out = append(out, plainRow{dir, s.SampleID, one})
		}
	}
	return out
}

// Spaces of two runs have the rows that a plain reading gives, whatever the size of their
// blocks; samples without rows under one rule are left out under all.
func TestSpacesAreTheRowsReadOneByOne(t *testing.T) {
	dirs := []string{design{questions: 9, groups: 4, seed: 1}.write(t), design{questions: 5, from: 9, groups: 100, seed: 2}.write(t)}
	random := rand.New(rand.NewPCG(3, 0)) //nolint:gosec // a test
	for _, way := range []struct{ rows, pool string }{{RowsSample, "mean"}, {RowsSample, "max"}, {RowsSample, "last"}, {RowsToken, "none"}} {
		for _, tokens := range [][]string{nil, {"response"}, {"", "response"}} {
			opt := truth()
			opt.Rows, opt.Tokens = way.rows, tokens
			if opt.Pool = way.pool; way.rows == RowsToken {
				opt.Pool = ""
			}
			s, err := Open(ctx, dirs, opt)
			require.NoError(t, err)
			least := int32(0)
			if slices.Contains(tokens, "response") {
				least = 1
				require.Equal(t, [2]int64{0, 5 + 3}, s.Rules[len(s.Rules)-1].Without, "lies of 0 tokens")
			}
			for _, rule := range s.Rules {
				for _, point := range []string{post, mid} {
					want := plainRows(t, dirs, point, rule.Tokens == "response", least, way.pool)
					for _, block := range []int{0, 1, 2 + random.IntN(20), len(want), len(want) + 1} {
						x, sample, y := rowsOf(t, s, point, rule.Tokens, block)
						require.Len(t, x, len(want))
						for i, w := range want {
							of := &s.Samples[sample[i]]
							require.Equal(t, w.run, s.Runs[of.Run].Dir)
							require.Equal(t, w.id, of.SampleID)
							require.Equal(t, w.values, x[i])
							require.Equal(t, of.SampleID%2 == 0, y[i] == 1)
							require.Equal(t, y[i] == 1, of.Positive)
						}
					}
				}
			}
		}
	}
}

// What the rows of a rule carry comes in the order of a space of tokens.
func TestTokensComeInTheOrderOfTheRows(t *testing.T) {
	opt := truth()
	opt.Rows, opt.Tokens = RowsToken, []string{"prompt[-1]", "response"}
	opt.Score = metric.Pooling{Kind: metric.PoolMax}
	s, err := Open(ctx, []string{design{questions: 9, groups: 4}.write(t)}, opt)
	require.NoError(t, err)
	for _, rule := range s.Rules {
		of, err := s.Space(mid, rule.Tokens)
		require.NoError(t, err)
		require.Equal(t, opt.Score, of.Pool)
		var sample []int32
		require.NoError(t, s.EachToken(ctx, rule.Tokens, func(at int, row *rundir.Row) error {
			sample = append(sample, int32(at))
			if rule.Tokens == "response" {
				require.GreaterOrEqual(t, row.Position, int32(2))
			} else {
				require.Equal(t, int32(1), row.Position)
			}
			require.Equal(t, -float32(row.Position), row.Logprob)
			require.Contains(t, row.Token, ".")
			return nil
		}))
		require.Equal(t, of.Sample, sample)
	}
	require.Equal(t, "blocks.0.hook_resid_mid at response", func() string { x, _ := s.Space(mid, "response"); return x.Name }())
	_, err = s.Space(post, "last")
	expect.Refused(t, err, `no token rule "last"`)
	_, err = s.Space("blocks.9.hook_resid_mid", "response")
	expect.Refused(t, err, `no point "blocks.9.hook_resid_mid"`)
}

// Reductions of runs without rows are spaces as well.
func TestReductionsAreRowsOfSamples(t *testing.T) {
	whole, reduced := design{questions: 7, groups: 3, reduce: []string{"mean", "last", "max"}}, design{questions: 7, groups: 3, reduce: []string{"mean", "last", "max"}, noRows: true}
	for _, pool := range []string{"mean", "last", "max"} {
		opt := truth()
		opt.Pool = pool
		a, err := Open(ctx, []string{whole.write(t)}, opt)
		require.NoError(t, err)
		b, err := Open(ctx, []string{reduced.write(t)}, opt)
		require.NoError(t, err)
		want, _, _ := rowsOf(t, a, post, "", 0)
		got, _, _ := rowsOf(t, b, post, "", 2)
		require.Len(t, got, len(want))
		for i := range want {
			for k := range want[i] {
				require.InDelta(t, want[i][k], got[i][k], 1e-5)
			}
		}
		expect.Refused(t, b.EachToken(ctx, "", func(int, *rundir.Row) error { return nil }), "has reductions, and no rows")
	}
	dir := reduced.write(t)
	opt := truth()
	opt.Rows = RowsToken
	_, err := Open(ctx, []string{dir}, opt)
	expect.Refused(t, err, "no rows to choose tokens from")
	opt = truth()
	opt.Tokens = []string{"response"}
	_, err = Open(ctx, []string{dir}, opt)
	expect.Refused(t, err, "no rows to choose tokens from")
	opt = truth()
	opt.Pool = "last"
	_, err = Open(ctx, []string{design{questions: 2, reduce: []string{"mean"}, noRows: true}.write(t)}, opt)
	expect.Refused(t, err, "neither rows nor the reduction "+post+".last")
}

// A value that is no number is told with its run, sample, row and point.
func TestValuesThatAreNoNumbers(t *testing.T) {
	for says, value := range map[string]float32{"NaN": float32(math.NaN()), "+Inf": float32(math.Inf(1)), "-Inf": -70000} {
		point, column := post, 0
		if value == -70000 { // overflows float16
			point, column = mid, 1
		}
		dir := design{questions: 4, groups: 3, change: func(i int, s *runs.Sample) {
			was := s.Values
			s.Values = func(row, c int, out []float32) {
				if was(row, c, out); i == 5 && row == 2 && c == column {
					out[1] = value
				}
			}
		}}.write(t)
		for _, way := range []string{RowsSample, RowsToken} {
			opt := truth()
			opt.Rows = way
			s, err := Open(ctx, []string{dir}, opt)
			require.NoError(t, err)
			of, err := s.Space(point, "")
			require.NoError(t, err)
			err = of.Rows.Each(ctx, func(*fit.Block) error { return nil })
			require.ErrorContains(t, err, dir+": row 2 of sample 5 has "+says+" at "+point)
			_, err = fit.Measure(ctx, of.Rows, fit.NoGram)
			require.ErrorContains(t, err, "row 2 of sample 5")
			other, _, _ := rowsOf(t, s, map[string]string{post: mid, mid: post}[point], "", 0)
			require.NotEmpty(t, other)
		}
	}
}

func TestReadingIsStopped(t *testing.T) {
	s, err := Open(ctx, []string{design{questions: 4}.write(t)}, truth())
	require.NoError(t, err)
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	of, err := s.Space(post, "")
	require.NoError(t, err)
	require.ErrorIs(t, of.Rows.Each(stopped, func(*fit.Block) error { return nil }), context.Canceled)
	require.ErrorIs(t, of.Rows.Each(ctx, func(*fit.Block) error { return context.DeadlineExceeded }), context.DeadlineExceeded)
}

// Spaces are read at the same time.
func TestSpacesAreReadAtOnce(t *testing.T) {
	s, err := Open(ctx, []string{design{questions: 30, groups: 7}.write(t)}, truth())
	require.NoError(t, err)
	want, _, _ := rowsOf(t, s, post, "", 0)
	done := make(chan [][]float32)
	for range 4 {
		go func() {
			of, _ := s.Space(post, "")
			var x [][]float32
			of.Rows.Each(ctx, func(b *fit.Block) error {
				for i := range b.Y {
					x = append(x, slices.Clone(b.Row(i)))
				}
				return nil
			})
			done <- x
		}()
	}
	for range 4 {
		require.Equal(t, want, <-done)
	}
}

// The first tokens after some need samples that are longer.
func TestSamplesTooShortForTheFirstTokensAfterSome(t *testing.T) {
	opt := truth()
	opt.Rows, opt.Tokens = RowsToken, []string{"response"}
	opt.Score = metric.Pooling{Kind: metric.PoolFirst, K: 3, After: 1}
	s, err := Open(ctx, []string{design{questions: 8}.write(t)}, opt)
	require.NoError(t, err)
	require.Equal(t, [2]int64{4, 4}, s.Rules[0].Without, "responses have 0 to 3 tokens")
	for _, x := range s.Samples {
		require.GreaterOrEqual(t, x.ResponseTokens, int32(2))
	}
}
