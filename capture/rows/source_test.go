package rows

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

const (
	experiment = "../../storage/testdata/format-2/experiment" // of follow-ups and neutral questions too
	its        = "blocks.1.hook_resid_post"
)

func opened(t *testing.T) (*rundir.Run, []rundir.Sample) {
	t.Helper()
	run, err := rundir.Open(experiment)
	require.NoError(t, err)
	all, err := run.Samples()
	require.NoError(t, err)
	return run, all
}

// Each way of pooling gives what the rows of each sample, read alone, come to; as float64
// and as float32.
func TestItemsAreThoseOfTheRowsReadAlone(t *testing.T) {
	run, all := opened(t)
	chosen, err := (&Classes{Label: "condition", Positive: "plain"}).Of(experiment, all)
	require.NoError(t, err)
	for _, tokens := range []string{"", "all", "response", "prompt[-1] | response[0]"} {
		for _, pool := range Pools {
			s, err := Open(context.Background(), run, slices.Clone(chosen.Samples), tokens, pool, []string{its})
			require.NoError(t, err)
			var got [][]float64
			var of []int
			require.NoError(t, s.Each(context.Background(), its, func(x Item) error {
				got, of = append(got, append([]float64(nil), x.Values...)), append(of, x.Index)
				return nil
			}))
			n := 0
			for i := range s.Samples {
				want := itemsOf(t, run, &s.Samples[i], tokens, pool)
				require.Len(t, want, s.Items(&s.Samples[i]), "%q %s", tokens, pool)
				for _, item := range want {
					require.Equal(t, i, of[n])
					require.InDeltaSlice(t, item, got[n], 1e-12, "%q %s", tokens, pool)
					n++
				}
			}
			require.Len(t, got, n)
			require.Positive(t, n)
			n = 0
			require.NoError(t, s.EachRow(context.Background(), its, func(x *Sample, values []float32) error {
				require.Equal(t, of[n], x.Index)
				for i, v := range values {
					require.Equal(t, float32(got[n][i]), v)
				}
				n++
				return nil
			}))
			require.Len(t, got, n)
		}
	}
}

// itemsOf reads the rows of a sample, and pools them in the plainest way.
func itemsOf(t *testing.T, run *rundir.Run, s *Sample, tokens, pool string) (out [][]float64) {
	read, err := run.Read(*s.Sample, its)
	require.NoError(t, err)
	width := len(read.Values[0]) / max(1, len(read.Rows))
	var chosen [][]float64
	for i, r := range read.Rows {
		response := r.Position-s.FirstPosition >= s.PromptTokens
		switch tokens {
		case "response":
			if !response {
				continue
			}
		case "prompt[-1] | response[0]":
			if at := r.Position - s.FirstPosition; at != s.PromptTokens-1 && at != s.PromptTokens {
				continue
			}
		}
		row := make([]float64, width)
		for k := range row {
			row[k] = float64(read.Values[0][i*width+k])
		}
		chosen = append(chosen, row)
	}
	if pool == PoolNone || len(chosen) == 0 {
		return chosen
	}
	one := make([]float64, width)
	for k := range one {
		sum, most := 0.0, math.Inf(-1)
		for _, row := range chosen {
			sum, most = sum+row[k], max(most, row[k])
		}
		one[k] = map[string]float64{PoolMean: sum / float64(len(chosen)), PoolMax: most, PoolLast: chosen[len(chosen)-1][k]}[pool]
	}
	return [][]float64{one}
}

func TestSourcesThatAreRefused(t *testing.T) {
	run, all := opened(t)
	chosen, err := (&Classes{Label: "condition", Positive: "plain"}).Of(experiment, all)
	require.NoError(t, err)
	for says, open := range map[string]func() error{
		`rows cannot be pooled by "sum"`: func() error {
			_, err := Open(context.Background(), run, chosen.Samples, "", "sum", nil)
			return err
		},
		`tokens "prefill": the rows of a run do not say`: func() error {
			_, err := Open(context.Background(), run, chosen.Samples, "prefill", PoolMean, nil)
			return err
		},
		`has no point "blocks.7.hook_resid_post"`: func() error {
			_, err := Points(run, []string{"blocks.7.hook_resid_post"})
			return err
		},
		`that is "plain" has rows of the tokens "span:no"`: func() error {
			s, err := Open(context.Background(), run, chosen.Samples, "span:no", PoolMean, nil)
			require.NoError(t, err)
			_, _, err = s.Enough(&Classes{Positive: "plain"})
			return err
		},
	} {
		require.ErrorContains(t, open(), says)
	}
	points, err := Points(run, nil)
	require.NoError(t, err)
	require.Equal(t, []string{its}, points)
}

// Samples whose rows are not in their file are damage, and not left out.
func TestRowsThatAreNotThere(t *testing.T) {
	for says, change := range map[string]func(*rundir.Sample){
		"sample 9: its 5000 rows from 57 on":                func(s *rundir.Sample) { s.Rows = 5000 },
		"sample 9: its 5 rows from 9000 on":                 func(s *rundir.Sample) { s.FirstRow = 9000 },
		"sample 9: has 9223372036854775807 rows from 57 on": func(s *rundir.Sample) { s.Rows = math.MaxInt64 },
		"sample 9: has 5 rows from -1 on":                   func(s *rundir.Sample) { s.FirstRow = -1 },
		"sample 9 has rows 57 to 5057; the file has 96":     func(s *rundir.Sample) { s.Rows = 5000 },
	} {
		run, all := opened(t)
		change(&all[9])
		chosen, err := (&Classes{Label: "condition", Positive: "plain"}).Of(experiment, all)
		require.NoError(t, err)
		tokens := ""
		if strings.Contains(says, "5057") {
			tokens = "all"
		}
		s, err := Open(context.Background(), run, chosen.Samples, tokens, PoolMean, nil)
		if err == nil {
			err = s.Each(context.Background(), its, func(Item) error { return nil })
		}
		require.ErrorContains(t, err, says)
		require.True(t, disk.IsDamage(err), err)
	}
}
