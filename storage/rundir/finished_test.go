package rundir

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// planOf is a manifest of a run of 23 samples in groups of 4.
func planOf(shard *Shard, status string, samples int64) *Manifest {
	return &Manifest{FormatVersion: FormatVersion, Plan: &Plan{Samples: 23, GroupSamples: 4}, Shard: shard, Status: status, Samples: samples}
}

func TestPlannedOfAShardIsItsShare(t *testing.T) {
	for of := 1; of <= 8; of++ {
		sum := int64(0)
		for i := 1; i <= of; i++ {
			m, want := planOf(&Shard{Index: i, Of: of}, Complete, 0), int64(0)
			for n := range m.Plan.Groups() {
				if _, samples := m.Plan.Group(n); m.Shard.Holds(n) {
					want += samples
				}
			}
			got, known := m.Planned()
			require.True(t, known)
			require.Equal(t, want, got, "%d/%d", i, of)
			sum += got
		}
		require.EqualValues(t, 23, sum)
	}
	_, known := (&Manifest{}).Planned()
	require.False(t, known)
}

func TestARunIsFinishedOnceItHoldsAllItsSamples(t *testing.T) {
	for _, c := range []struct {
		m        *Manifest
		finished bool
		extent   string
	}{
		{planOf(nil, Complete, 23), true, "23 samples"},
		{planOf(nil, Interrupted, 8), false, "8 of 23 samples"},
		{planOf(nil, Interrupted, 0), false, "0 of 23 samples"},
		{planOf(nil, Interrupted, 23), true, "23 of 23 samples"},
		{planOf(nil, Failed, 22), false, "22 of 23 samples"},
		{planOf(nil, Recovered, 19), false, "19 of 23 samples"},
		{planOf(nil, Unfinished, 23), false, "23 of 23 samples"},
		{planOf(&Shard{Index: 2, Of: 3}, Complete, 8), true, "8 samples"},
		{planOf(&Shard{Index: 3, Of: 3}, Interrupted, 4), false, "4 of 7 samples"},
		{planOf(&Shard{Index: 3, Of: 3}, Interrupted, 7), true, "7 of 7 samples"},
		{&Manifest{Status: Recovered, Samples: 5}, false, "5 of an unknown number of samples"},
		{&Manifest{Status: Complete, Samples: 1}, true, "1 sample"},
	} {
		require.Equal(t, c.finished, c.m.Finished(), "%+v", c)
		require.Equal(t, c.extent, c.m.Extent(), "%+v", c)
	}
}
