package patch

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

func ptr[T any](x T) *T { return &x }

// sample is one of a pair, with the log-probabilities of two options.
func sample(prompt, pair, arm string, first, second float64) rundir.Sample {
	edited := int32(1)
	if arm == rundir.ArmNone {
		edited = 0
	}
	return rundir.Sample{PromptID: prompt, Pair: &pair, Arm: &arm, EditedTokens: edited, Alternatives: []string{"x:a", "x:b"}, AlternativeLogprobs: []float64{first, second}}
}

// The effect is the change towards the other half, summed over both halves of all pairs,
// over the distance between them.
func TestEffects(t *testing.T) {
	samples := []rundir.Sample{
		sample("p", "1", "none", -1, -2), sample("q", "1", "none", -3, -1), // D 1 and -2
		sample("r", "2", "none", -1, -1.5), sample("s", "2", "none", -1, -1.5), // the same
		sample("p", "1", "half", -1, -0.5), sample("q", "1", "half", -3, -2.5), // D -0.5: 1.5 towards -2; -0.5: 1.5 towards 1
		sample("r", "2", "half", -1, -1.5),
		sample("p", "1", "away", 0, -2), // D 2: 1 away
		sample("p", "1", "broken", math.Inf(-1), math.Inf(-1)),
	}
	unswapped := sample("q", "1", "away", 5, 0)
	unswapped.EditedTokens = 0
	samples = append(samples, unswapped)
	cells := map[string]*Cell{"half": {}, "away": {}, "broken": {}, "nobody": {}}
	m := &Map{}
	d := func(s *rundir.Sample) float64 { return s.AlternativeLogprobs[0] - s.AlternativeLogprobs[1] }
	none := map[sampleKey]sampleKey{{"p", 0}: {"q", 0}, {"q", 0}: {"p", 0}, {"r", 0}: {"s", 0}, {"s", 0}: {"r", 0}}
	m.fill(cells, samples, none, d)
	assert.Equal(t, 4, m.Pairs)
	assert.Equal(t, 2, m.Alike, "both halves of the second pair")
	assert.InDelta(t, 1.5, m.Gap, 1e-12)
	assert.InDelta(t, 3.0/6, *cells["half"].Effect, 1e-12)
	assert.InDelta(t, 1, *cells["half"].Change, 1e-12)
	assert.EqualValues(t, 3, cells["half"].Samples)
	assert.InDelta(t, -1.0/3, *cells["away"].Effect, 1e-12)
	assert.EqualValues(t, 1, cells["away"].Samples)
	assert.Nil(t, cells["broken"].Effect)
	assert.Nil(t, cells["nobody"].Effect)
}

// Where the halves are as good as the same, the quotient would be one of noise: there is no
// effect, but the change is told. Without any other half nothing is a number that JSON lacks.
func TestHalvesThatAreAlike(t *testing.T) {
	d := func(s *rundir.Sample) float64 { return s.AlternativeLogprobs[0] - s.AlternativeLogprobs[1] }
	for _, c := range []struct {
		gap    float64
		effect bool
	}{{SmallestGap / 2, false}, {2 * SmallestGap, true}} {
		samples := []rundir.Sample{sample("p", "1", "none", 0, 0), sample("q", "1", "none", c.gap, 0), sample("p", "1", "x", 1, 0)}
		cells := map[string]*Cell{"x": {}}
		m := &Map{}
		m.fill(cells, samples, map[sampleKey]sampleKey{{"p", 0}: {"q", 0}}, d)
		assert.Equal(t, c.effect, cells["x"].Effect != nil, "gap %v", c.gap)
		assert.Equal(t, c.effect, m.Alike == 0)
		assert.InDelta(t, 1, *cells["x"].Change, 1e-12)
	}
	m := &Map{}
	m.fill(map[string]*Cell{}, []rundir.Sample{sample("p", "1", "none", 0, 0)}, nil, d)
	_, err := json.Marshal(m)
	assert.NoError(t, err)
	assert.Zero(t, m.Pairs)
}

func TestPositionsFromTheEnd(t *testing.T) {
	for position, want := range map[string]int{"prompt[-1]": 1, "prompt[-12]": 12, "span:claim": 0, "prompt[3]": 0, "prompt[-x]": 0} {
		assert.Equal(t, want, FromEnd(position), position)
	}
}

// The picture has a cell for each point and position, coloured by its effect, and a file is
// there whole or not at all.
func TestPictures(t *testing.T) {
	m := &Map{Pairs: 2, Points: []string{"blocks.0.hook_resid_post", "blocks.1.hook_resid_post"}, Positions: []string{"prompt[-2]", "prompt[-1]"}}
	for i, point := range m.Points {
		for k, position := range m.Positions {
			c := Cell{Point: point, Position: position}
			if i+k < 2 {
				c.Effect, c.Change = ptr(float64(i-k)*2), ptr(0.5)
			}
			m.Cells = append(m.Cells, c)
		}
	}
	text := m.SVG(map[int]string{1: "<b> & \"c\""})
	assert.Equal(t, 3, strings.Count(text, "<title>"))
	for _, want := range []string{"resid_post:1 at prompt[-2]: 2.000", `fill="#ff0000"><title>`, `fill="#0000ff"><title>`, `fill="#ffffff"><title>`, "&lt;b&gt; &amp;"} {
		assert.Contains(t, text, want)
	}
	dir := t.TempDir()
	require.NoError(t, m.Write(disk.OS{}, filepath.Join(dir, "m.svg"), nil))
	require.NoError(t, m.Write(disk.OS{}, filepath.Join(dir, "m.arrow"), nil))
	assert.ErrorContains(t, m.Write(disk.OS{}, filepath.Join(dir, "m.pdf"), nil), ".pdf")
	assert.NoFileExists(t, filepath.Join(dir, "m.pdf"))
	assert.ErrorContains(t, CheckPath(filepath.Join(dir, "none", "m.svg"), ""), "there is no folder")
	run := filepath.Join(dir, "run")
	assert.ErrorContains(t, CheckPath(filepath.Join(run, "m.svg"), run), "lies in the run directory", "a run that is not there yet")
	assert.NoError(t, CheckPath(filepath.Join(dir, "run.svg"), run))
	m.Run = dir
	assert.ErrorContains(t, m.Write(disk.OS{}, filepath.Join(dir, "in.svg"), nil), "lies in the run directory")
	assert.NoFileExists(t, filepath.Join(dir, "in.svg"))
}
