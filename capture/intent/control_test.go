package intent

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/intent/ladder"
	"intentprobe/storage/rundir"
)

func TestControlIsKeptByProgramAndMachine(t *testing.T) {
	dir := t.TempDir()
	m := &rundir.Manifest{Tool: rundir.Tool{Version: "1"}, Engine: rundir.Engine{Version: "2", CPUFeatures: []string{"AVX2"}}}
	c := Calibrated(m)
	control := func(c *Calibration) ladder.Control {
		kept, err := c.Kept(dir)
		require.NoError(t, err)
		return kept.Outcome()
	}
	got := control(c)
	assert.Equal(t, ladder.NotRun, got.Outcome)
	assert.Contains(t, got.Note, "capture intent control")

	for _, d := range Plan() {
		d.Got = d.Right[0]
		c.Verdicts = append(c.Verdicts, d)
	}
	require.NotEmpty(t, c.Verdicts)
	require.NoError(t, c.Keep(dir))
	got = control(Calibrated(m))
	assert.Equal(t, ladder.Pass, got.Outcome)

	m.Engine.CPUFeatures = append(m.Engine.CPUFeatures, "AVX512")
	got = control(Calibrated(m))
	assert.Equal(t, ladder.NotRun, got.Outcome, "another kind of CPU")

	c.Verdicts[0].Got = ladder.BehaviouralIntent
	assert.Equal(t, ladder.Refuted, c.Outcome().Outcome)
	assert.Contains(t, c.Outcome().Note, c.Verdicts[0].Phantom)
	c.Verdicts = c.Verdicts[1:]
	assert.Contains(t, c.Outcome().Note, "not judged")
	require.NoError(t, os.WriteFile(c.path(dir), []byte("{"), 0o600))
	_, err := c.Kept(dir)
	require.ErrorContains(t, err, c.path(dir))
}
