package simulate

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

// What is written is a run of the format, with the samples that were given.
func TestWriteMakesARun(t *testing.T) {
	arms, samples := Design{Questions: 3, Samples: 2, Doses: []float64{1, -1}, Random: 2, Opposite: true, Unrelated: 0.1, Predict: "up"}.Make()
	require.Len(t, arms, 1+2+2+1+1)
	require.Len(t, samples, 3*2*len(arms))
	dir := filepath.Join(t.TempDir(), "run")
	require.NoError(t, Write(dir, arms, samples))
	run, err := rundir.OpenRecorded(dir)
	require.NoError(t, err)
	require.Equal(t, arms, run.Manifest.Arms)
	read, err := run.Samples()
	require.NoError(t, err)
	require.Len(t, read, len(samples))
	for i, s := range read {
		require.EqualValues(t, i, s.SampleID)
		require.Equal(t, samples[i].Arm, s.Arm)
		require.Equal(t, samples[i].KL, s.KL)
		require.Equal(t, samples[i].AlternativeLogprobs, s.AlternativeLogprobs)
	}
}
