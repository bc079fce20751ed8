package vector

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

const (
	experiment = "../../storage/testdata/format-2/experiment" // of follow-ups and neutral questions too
	its        = "blocks.1.hook_resid_post"
)

// pooled reads the rows of samples one by one, and takes the mean of their means.
func pooled(t *testing.T, want func(s *rundir.Sample) bool) []float64 {
	run, err := rundir.Open(experiment)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	mean, n := make([]float64, 128), 0.0
	for _, s := range samples {
		if !want(&s) {
			continue
		}
		read, err := run.Read(s, its)
		require.NoError(t, err)
		n++
		for i, v := range read.Values[0] {
			mean[i%128] += float64(v) / float64(s.Rows)
		}
	}
	require.Positive(t, n)
	for i := range mean {
		mean[i] /= n
	}
	return mean
}

func TestMeanOfOneClass(t *testing.T) {
	made, err := Mean(context.Background(), experiment, Options{Label: "condition", Positive: "plain"})
	require.NoError(t, err)
	require.Len(t, made.Directions, 1)
	require.Equal(t, Class{Name: "plain", N: 4, Rows: 4}, *made.Meta.Positive)
	require.Nil(t, made.Meta.Negative)
	want := pooled(t, func(s *rundir.Sample) bool { return s.ParentSampleID == nil && s.Stage == nil })
	for i, v := range made.Directions[0].Vector {
		require.InDelta(t, want[i], v, 1e-5)
	}
	made, err = Mean(context.Background(), experiment, Options{Label: "followup", Positive: "given", Where: []string{"followup=given"}, Tokens: "all"})
	require.NoError(t, err)
	want = pooled(t, func(s *rundir.Sample) bool { return s.Followup != nil && *s.Followup == "given" })
	for i, v := range made.Directions[0].Vector {
		require.InDelta(t, want[i], v, 1e-5)
	}
}

func TestMakingIsStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, how := range Methods {
		_, err := Make(ctx, experiment, Options{Label: "prompt_id", Positive: "a/plain/s", Negative: "b/plain/s", How: how})
		require.ErrorIs(t, err, context.Canceled, how)
	}
}

func TestOptionsThatMeanNothing(t *testing.T) {
	good := Options{Label: "prompt_id", Positive: "a/plain/s", Negative: "b/plain/s"}
	half := 0.5
	for says, change := range map[string]func(*Options){
		`there is no method "svm"`:                       func(o *Options) { o.How = "svm" },
		`rows cannot be pooled by "sum"`:                 func(o *Options) { o.Pool = "sum" },
		"rank 2 with the method mean":                    func(o *Options) { o.Rank = 2 },
		"129 components of":                              func(o *Options) { o.How, o.Rank = ByPCA, 129 },
		"shrinkage 0.5 with the method mean":             func(o *Options) { o.Shrinkage = &half },
		"a covariance of 5000 rows":                      func(o *Options) { o.Covariance = 5000 },
		"there is no label":                              func(o *Options) { o.Label = "" },
		`cannot have the name "a.sd"`:                    func(o *Options) { o.Name = "a.sd" },
		`has no point "blocks.2.hook_resid_post"`:        func(o *Options) { o.Points = []string{"blocks.2.hook_resid_post"} },
		"one sample a class shows no direction":          func(o *Options) { o.Where = []string{"sample=0"} },
		`is "a/plain/s" has rows of the tokens "span:no`: func(o *Options) { o.Tokens = "span:no" },
	} {
		o := good
		change(&o)
		_, err := Make(context.Background(), experiment, o)
		require.ErrorContains(t, err, says, says)
	}
}

// Without shrinkage a covariance of fewer rows than its width has no inverse.
func TestACovarianceWithoutInverse(t *testing.T) {
	none := 0.0
	o := Options{Label: "prompt_id", Positive: "a/plain/s", Negative: "b/plain/s", How: ByLDA, Shrinkage: &none, Pool: PoolNone}
	_, err := Make(context.Background(), experiment, o)
	require.ErrorContains(t, err, "the covariance has no inverse")
}

// Of a run that was not opened whole, nothing is made.
func TestNoRun(t *testing.T) {
	_, err := Make(context.Background(), t.TempDir(), Options{Label: "l", Positive: "a", Negative: "b"})
	require.ErrorIs(t, err, rundir.ErrNoRecord)
}
