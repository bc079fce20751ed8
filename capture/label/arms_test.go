package label

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// armedRun has a prompt of two samples in two arms each.
func armedRun(t testing.TB) string {
	var samples []rundir.Sample
	for i := range 4 {
		arm := []string{"none", "lie@2"}[i%2]
		samples = append(samples, rundir.Sample{PromptID: "p", Sample: int32(i / 2), Arm: &arm, Response: []string{"yes", "no"}[i%2], Meta: `{"answer":"yes"}`})
	}
	return labelRun(t, rundir.Complete, samples...)
}

// A row of a file of labels names a sample by its arm too: each arm has a response of its
// own.
func TestLabelsByArm(t *testing.T) {
	dir := armedRun(t)
	for text, want := range map[string][]labels.Label{
		"prompt_id,sample,arm,value\np,0,none,x\np,1,lie@2,y\n": {{SampleID: 0, Value: "x"}, {SampleID: 3, Value: "y"}},
		"prompt_id,arm,value\np,lie@2,y\n":                      {{SampleID: 1, Value: "y"}, {SampleID: 3, Value: "y"}},
		"prompt_id,arm,value\np,,y\n":                           {{SampleID: 0, Value: "y"}, {SampleID: 1, Value: "y"}, {SampleID: 2, Value: "y"}, {SampleID: 3, Value: "y"}},
	} {
		_, err := FromFile(dir, File{Path: expect.File(t, "a.csv", text)}, asTruth)
		require.NoError(t, err, text)
		table, err := labels.Read(dir, "truth", 0)
		require.NoError(t, err)
		assert.Equal(t, want, table.Labels, text)
	}
	for text, what := range map[string]string{
		"prompt_id,sample,value\np,1,x\n":           `a.csv:2: the sample 1 of prompt "p" is there in 2 arms`,
		"prompt_id,sample,arm,value\np,1,calm,x\n":  `a.csv:2: the run has no sample 1 of prompt "p" in the arm "calm"`,
		"sample_id,arm,value\n,none,x\n":            "a.csv:2: names no sample",
		"prompt_id,arm,value\np,none,x\np,none,y\n": "a.csv:3: sample 0 is labelled twice, first at ",
	} {
		_, err := FromFile(dir, File{Path: expect.File(t, "a.csv", text)}, asTruth)
		expect.Refused(t, err, what)
	}
	_, err := FromFile(sampledRun(t), File{Path: expect.File(t, "a.csv", "prompt_id,sample,value\np,1,x\n")}, asTruth)
	require.NoError(t, err, "of a run without arms the sample is enough")
}

// Samples are chosen by their arm, and a disagreement names it.
func TestRulesAndAgreementByArm(t *testing.T) {
	dir := armedRun(t)
	rule := Rule{Kind: "contains", Answer: "answer", True: "y", False: "n"}
	opt := asTruth
	opt.Where = []string{"arm=lie@2"}
	_, err := ByRule(dir, rule, opt)
	require.NoError(t, err)
	assert.Equal(t, []string{"n", "n"}, valuesOf(t, dir, "truth"))
	rule.True, rule.False = "n", "y"
	_, err = ByRule(dir, rule, asTruth)
	require.NoError(t, err)
	g, err := Agree(dir, "truth@1", "truth@2", false, 1)
	require.NoError(t, err)
	assert.Equal(t, []Disagreement{{SampleID: 1, PromptID: "p", Arm: ptr("lie@2"), A: "n", B: "y", Response: "no"}}, g.Differ)
	assert.Equal(t, "prompt p, arm lie@2", PromptOf("p", g.Differ[0].Arm))
	assert.Equal(t, "prompt p", PromptOf("p", nil))
	opt.Where = []string{"arm=calm"}
	_, err = ByRule(dir, rule, opt)
	expect.Refused(t, err, "no sample of", "fits arm=calm")
}

// What a model knows is what it says without interventions.
func TestKnowledgeIsOfTheArmNone(t *testing.T) {
	samples := []rundir.Sample{asking("a", "Paris.", true), asking("a", "Rome", true), asking("a", "Rome", false)}
	for i, arm := range []string{"none", "lie@2", "lie@2"} {
		samples[i].Arm = &arm
	}
	dir := labelRun(t, rundir.Complete, samples...)
	_, err := ByKnowledge(dir, "", Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{Knows, Knows, Knows}, valuesOf(t, dir, "knowledge"))
}
