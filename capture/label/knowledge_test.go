package label

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// asking is a sample of a question, neutral or not.
func asking(question, response string, neutral bool) rundir.Sample {
	s := said(response, `{"answer": ["Paris", "Lutetia"]}`)
	s.Question = &question
	if neutral {
		s.Stage = ptr(spec.StageKnowledge)
	}
	return s
}

func TestKnowledgeIsTheShareOfRightNeutralAnswers(t *testing.T) {
	samples := []rundir.Sample{
		asking("a", "Paris.", true), asking("a", "lutetia", true),
		asking("b", "Rome", true), asking("b", "", true),
		asking("c", "Paris", true), asking("c", "Parisian", true),
		asking("a", "Rome", false), asking("b", "Paris", false), asking("c", "Rome", false),
		asking("d", "Paris", false), // never asked neutrally
		asking("a", "No", false),
	}
	parent := int64(6)
	samples[10].ParentSampleID, samples[10].Followup = &parent, ptr("lied")
	dir := labelRun(t, rundir.Complete, samples...)
	made, err := ByKnowledge(dir, "", Options{})
	require.NoError(t, err)
	assert.Equal(t, "knowledge", made.Name)
	assert.Equal(t, labels.Knowledge, made.Source)
	table, err := labels.Read(dir, "knowledge", 0)
	require.NoError(t, err)
	got := map[int64]string{}
	for _, l := range table.Labels {
		got[l.SampleID] = l.Value
	}
	assert.Equal(t, map[int64]string{
		0: Knows, 1: Knows, 2: DoesNotKnow, 3: DoesNotKnow, 4: Unsure, 5: Unsure, 6: Knows, 7: DoesNotKnow, 8: Unsure, 10: Knows,
	}, got)
	assert.InDelta(t, 1, *table.Labels[0].Confidence, 0)
	assert.InDelta(t, 1, *table.Labels[2].Confidence, 0)
	assert.Nil(t, table.Labels[4].Confidence)
	assert.Equal(t, "1 of 2 neutral answers are right", *table.Labels[4].Note)

	r, err := openRun(dir)
	require.NoError(t, err)
	require.NoError(t, CompleteLater(dir, r.manifest), "there is a table already")
	tables, err := labels.List(dir)
	require.NoError(t, err)
	require.Len(t, tables, 1)
	require.NoError(t, os.Remove(filepath.Join(dir, "labels-knowledge-0001.arrow")))
	require.NoError(t, CompleteLater(dir, r.manifest))
	again, err := labels.Read(dir, "knowledge", 1)
	require.NoError(t, err)
	assert.Equal(t, table.Labels, again.Labels)

	_, err = ByKnowledge(dir, "nothing", Options{Name: "other"})
	expect.Refused(t, err, `has no key "nothing"`)
	_, err = ByKnowledge(labelRun(t, rundir.Complete, said("x", "{}")), "", Options{})
	expect.Refused(t, err, "holds no neutral answer")
}
