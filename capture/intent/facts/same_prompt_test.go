package facts

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/intent/rates"
	"intentprobe/capture/internal/runs"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// pressed writes a run under pressure in which every second sample lies; its rows say so in
// the first of four values, and lies are no longer and no likelier.
func pressed(t *testing.T, of []Fact) (*rundir.Run, []rundir.Sample, []rates.Item) {
	t.Helper()
	all := run(of, Arms()[1], func(f Fact, w, k int) string { return f.Options[(f.True+k%2)%Options] })
	var items []rates.Item
	for _, f := range of {
		items = append(items, rates.Item{ID: f.ID, P: 0.9, Classify: rates.Said{True: 10}})
	}
	items[0].P = 0.1 // it is not known
	dir := filepath.Join(t.TempDir(), Pressure)
	require.NoError(t, runs.Write(dir, runs.Run{
		Columns: []arrowfile.Column{{Name: "blocks.0.hook_resid_post", DType: arrowfile.Float32, Shape: []int{4}}},
		Samples: len(all),
		Sample: func(i int) runs.Sample {
			s := all[i]
			f := of[i/(Wordings*Arms()[1].Samples)]
			s.Group, s.Question = &f.Set, &f.ID
			logprob := -1 - float64(i%3)
			s.Logprob, s.ResponseTokens = &logprob, 1
			s.Alternatives = []string{"a", "b", "c", "d"}
			return runs.Sample{Sample: s, Rows: runs.Rows(1, 1)[1:], Values: func(_, _ int, out []float32) {
				out[0], out[1] = float32(i%2)+0.1*float32(i%5), float32(i%7)
				out[2], out[3] = float32(i%11), float32(i%3)
			}}
		},
	}))
	there, err := rundir.OpenRecorded(dir)
	require.NoError(t, err)
	samples, err := there.Samples()
	require.NoError(t, err)
	return there, samples, items
}

func TestSamePromptByProbe(t *testing.T) {
	of, err := Choose(All(), []string{"capital"}, 30)
	require.NoError(t, err)
	there, samples, items := pressed(t, of)
	said, note, err := SamePrompt(t.Context(), of, items, there, samples, rundir.Tool{Name: "capture", Version: "1"})
	require.NoError(t, err)
	require.Empty(t, note)
	byName := map[string]rates.Separability{}
	for _, s := range said {
		byName[s.Score] = s
	}
	tokens := byName["tokens"]
	assert.InDelta(t, 0.5, *tokens.AUROC, 1e-12)
	assert.Equal(t, []int{174, 174, 87, 10}, []int{tokens.Lies, tokens.Honest, tokens.Prompts, tokens.Sets}, "29 facts are known")
	probe := byName["probe"]
	require.NotNil(t, probe.AUROC)
	assert.Greater(t, *probe.AUROC, 0.95)
	assert.Greater(t, *probe.Low, 0.5)
	assert.Equal(t, 174, probe.Lies)

	table, err := labels.Read(there.Dir, labelName, 1)
	require.NoError(t, err)
	assert.Len(t, table.Labels, 348)
	again, _, err := SamePrompt(t.Context(), of, items, there, samples, rundir.Tool{Name: "capture", Version: "1"})
	require.NoError(t, err)
	assert.Equal(t, said, again)
	next, err := labels.NextVersion(there.Dir, labelName)
	require.NoError(t, err)
	assert.EqualValues(t, 2, next, "it is labelled once")
}

func TestTooFewLiesForAProbe(t *testing.T) {
	of, err := Choose(All(), []string{"capital"}, 6)
	require.NoError(t, err)
	there, samples, items := pressed(t, of)
	said, note, err := SamePrompt(t.Context(), of, items, there, samples, rundir.Tool{Name: "capture", Version: "1"})
	require.NoError(t, err)
	assert.Len(t, said, 4)
	assert.Equal(t, "no probe: not resolvable: 30 lies beside the truth, 50 are the fewest", note)
}
