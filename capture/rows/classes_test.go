package rows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

func ptr[T any](v T) *T { return &v }

func ids(samples []Sample) (out []int64) {
	for _, s := range samples {
		out = append(out, s.SampleID)
	}
	return out
}

// Questions about knowledge, follow-ups and edited samples are of no class unless asked for.
func TestWhichSamplesAreOfAClass(t *testing.T) {
	lie := func(id int64) rundir.Sample {
		return rundir.Sample{SampleID: id, Condition: ptr("lie"), Meta: `{"intent":true}`}
	}
	all := []rundir.Sample{lie(0), lie(1), lie(2), lie(3), lie(4), lie(5)}
	all[1].Condition = ptr("honest")
	all[1].Meta = `{"intent":false}`
	all[2].Stage = ptr("knowledge")
	all[3].ParentSampleID, all[3].Followup = ptr(int64(0)), ptr("denial")
	all[4].Arm = ptr("lie@2")
	all[5].Arm = ptr("none")
	dir := t.TempDir()
	o := Classes{Label: "condition", Positive: "lie", Negative: "honest"}
	got, err := o.Of(dir, all)
	require.NoError(t, err)
	require.Equal(t, "column condition", got.What)
	require.Equal(t, []int64{0, 1, 5}, ids(got.Samples))
	require.Equal(t, Negative, got.Samples[1].Class)
	o.Label, o.Positive, o.Negative = "intent", "true", "false"
	got, err = o.Of(dir, all)
	require.NoError(t, err)
	require.Equal(t, "key intent", got.What)
	o.Negative = ""
	for column, id := range map[string]int64{"stage=knowledge": 2, "followup=denial": 3, "arm=lie@2": 4} {
		o.Where = []string{column}
		got, err := o.Of(dir, all)
		require.NoError(t, err, column)
		require.Equal(t, []int64{id}, ids(got.Samples), column)
	}
	_, err = o.Of(dir, nil)
	require.ErrorContains(t, err, "has no samples")
}
