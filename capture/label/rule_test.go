package label

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/storage"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// labelRun writes a run of samples without rows, complete or not.
func labelRun(t testing.TB, status string, samples ...rundir.Sample) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	plan := rundir.Plan{Samples: int64(len(samples)), GroupSamples: 2}
	spec := `{"model":"m","prompts":{"text":["x"]},"knowledge":{"samples":2,"temperature":1,"max_tokens":4,"knows":0.8,"does_not_know":0.2},` +
		`"generate":{"max_tokens":1,"samples":1,"top_p":1,"stop":[]},"chat":{"template":"auto"},` +
		`"capture":{"hooks":["resid_post"],"tokens":"all","dtype":"float32","logprobs":"none","top_logits":1},"engine":{"weights":"as-is","flash_attn":"auto"}}`
	cfg := storage.Config{Dir: dir, Rows: 4, Manifest: &rundir.Manifest{Plan: &plan, Spec: json.RawMessage(spec)}}
	if slices.ContainsFunc(samples, func(s rundir.Sample) bool { return s.Arm != nil }) {
		cfg.Optional = []string{"arm"}
	}
	w, err := storage.Create(cfg)
	require.NoError(t, err)
	for i, s := range samples {
		if i > 0 && i%plan.GroupSamples == 0 {
			require.NoError(t, w.Commit())
		}
		if s.Meta == "" {
			s.Meta = "{}"
		}
		s.FinishReason = "stop"
		require.NoError(t, w.Begin(0).End(s))
	}
	require.NoError(t, w.Commit())
	_, err = w.Finish(status, nil)
	require.NoError(t, err)
	return dir
}

// said is a sample with this response and row.
func said(response, meta string) rundir.Sample {
	return rundir.Sample{PromptID: response, Prompt: "<p>", Response: response, Meta: meta}
}

// valuesOf reads the values of the newest table of a name by sample.
func valuesOf(t testing.TB, dir, name string) (out []string) {
	t.Helper()
	table, err := labels.Read(dir, name, 0)
	require.NoError(t, err)
	for _, l := range table.Labels {
		out = append(out, l.Value)
	}
	return out
}

var asTruth = Options{Name: "truth"}

func TestRulesCompareResponsesWithAnswers(t *testing.T) {
	dir := labelRun(t, rundir.Complete,
		said("It is Paris.", `{"answer": "Paris", "wrong": ["London"]}`),
		said("Paris", `{"answer": ["Lutetia", "paris"], "wrong": ["Rome"]}`),
		said("Not London but Paris", `{"answer": "Paris", "wrong": ["London", "Rome"]}`),
		said("London.", `{"answer": "Paris", "wrong": ["London"]}`),
		said(" \n", `{"answer": "Paris", "wrong": "London"}`),
		said("I live in New York", `{"answer": "New York", "wrong": "York"}`),
		said("five", `{"answer": 5, "wrong": 4}`),
	)
	for _, c := range []struct {
		rule Rule
		want []string
	}{
		{Rule{Kind: "contains", Answer: "answer", True: "y", False: "n"}, []string{"y", "y", "y", "n", "ambiguous", "y", "y"}},
		{Rule{Kind: "contains", Answer: "answer", Wrong: "wrong", True: "y", False: "n"}, []string{"y", "y", "ambiguous", "n", "ambiguous", "y", "y"}},
		{Rule{Kind: "equals", Answer: "answer", True: "y", False: "n"}, []string{"n", "y", "n", "n", "ambiguous", "n", "y"}},
		{Rule{Kind: "starts", Answer: "answer", True: "y", False: "n"}, []string{"n", "y", "n", "n", "ambiguous", "n", "y"}},
		{Rule{Kind: "contains", Answer: "answer", Exact: true, True: "y", False: "n"}, []string{"y", "n", "y", "n", "ambiguous", "y", "n"}},
		{Rule{Kind: "regex", Regex: "(?i)paris$", True: "y", False: "n"}, []string{"n", "y", "y", "n", "ambiguous", "n", "n"}},
	} {
		made, err := ByRule(dir, c.rule, asTruth)
		require.NoError(t, err)
		assert.Equal(t, c.want, valuesOf(t, dir, "truth"), "%+v", c.rule)
		assert.Equal(t, len(c.want), made.Labels)
	}
	v, err := verify.Run(context.Background(), dir, false)
	require.NoError(t, err)
	assert.Equal(t, 6, v.Labels)
	table, err := labels.Read(dir, "truth", 2)
	require.NoError(t, err)
	assert.JSONEq(t, `{"rule":"contains","answer":"answer","wrong":"wrong","exact":false,"true":"y","false":"n"}`, string(table.How))
	assert.Equal(t, []string{"y", "n"}, table.Values)
}

func TestRulesAreRefused(t *testing.T) {
	dir := labelRun(t, rundir.Complete, said("x", `{"answer": "Paris"}`), said("y", `{"answers": "Rome", "dots": "..."}`))
	for what, rule := range map[string]Rule{
		`sample 1 (prompt y): its row has no key "answer"`: {Kind: "contains", Answer: "answer"},
		`no rule "likes"`:                    {Kind: "likes"},
		"takes an expression":                {Kind: "regex"},
		"missing closing )":                  {Kind: "regex", Regex: "("},
		"an expression with the rule equals": {Kind: "equals", Answer: "answer", Regex: "x"},
		`its row has no key "nothing"`:       {Kind: "equals", Answer: "nothing"},
	} {
		rule.True, rule.False = "y", "n"
		_, err := ByRule(dir, rule, asTruth)
		expect.Refused(t, err, what)
	}
	_, err := ByRule(dir, Rule{Kind: "equals", Answer: "dots", True: "y", False: "n"}, Options{Name: "truth", Where: []string{"prompt_id=y"}})
	expect.Refused(t, err, `the text "..." under "dots" has no word`)
	good := Rule{Kind: "contains", Answer: "answer", True: "y", False: "n"}
	for what, values := range map[string][2]string{"an empty value": {"", "n"}, "twice": {"y", "y"}, "always allowed": {"y", "ambiguous"}} {
		rule := good
		rule.True, rule.False = values[0], values[1]
		_, err := ByRule(dir, rule, asTruth)
		expect.Refused(t, err, what)
	}
	for what, opt := range map[string]Options{
		"is no name of a label table":    {Name: "a b"},
		"is not KEY=VALUE":               {Name: "truth", Where: []string{"split"}},
		"two conditions name \"answer\"": {Name: "truth", Where: []string{"answer=x", "answer=y"}},
		"has no key \"splat\"":           {Name: "truth", Where: []string{"splat=x"}},
		"no sample of":                   {Name: "truth", Where: []string{"prompt_id=z"}},
	} {
		_, err := ByRule(dir, good, opt)
		expect.Refused(t, err, what)
	}
	tables, err := List(dir)
	require.NoError(t, err)
	assert.Empty(t, tables)
	_, err = ByRule(t.TempDir(), good, asTruth)
	expect.Refused(t, err, "no manifest.json")
	_, err = List(filepath.Join(dir, "nothing"))
	expect.Refused(t, err)
}

func TestOnlyChosenSamplesAreLabelled(t *testing.T) {
	parent := int64(0)
	split := "test"
	samples := []rundir.Sample{said("a", `{"answer":"a","topic":"x"}`), said("b", `{"answer":"a","topic":2}`), said("c", `{}`), said("d", `{"answer":"d"}`)}
	samples[1].Split, samples[2].Split = &split, &split
	samples[3].ParentSampleID = &parent
	dir := labelRun(t, rundir.Interrupted, samples...)
	for _, c := range []struct {
		where []string
		ids   []int64
	}{
		{[]string{"split=test", "topic=2"}, []int64{1}},
		{[]string{"topic=x"}, []int64{0}},
		{[]string{"prompt_id=a"}, []int64{0}},
	} {
		_, err := ByRule(dir, Rule{Kind: "contains", Answer: "answer", True: "y", False: "n"}, Options{Name: "truth", Where: c.where})
		require.NoError(t, err)
		table, err := labels.Read(dir, "truth", 0)
		require.NoError(t, err)
		var ids []int64
		for _, l := range table.Labels {
			ids = append(ids, l.SampleID)
		}
		assert.Equal(t, c.ids, ids)
	}
	_, err := ByRule(dir, Rule{Kind: "regex", Regex: ".", True: "y", False: "n"}, asTruth)
	require.NoError(t, err)
	assert.Len(t, valuesOf(t, dir, "truth"), 3) // the question behind a response is none of them
}

func TestNothingToLabel(t *testing.T) {
	dir := labelRun(t, rundir.Interrupted)
	_, err := ByRule(dir, Rule{Kind: "regex", Regex: ".", True: "y", False: "n"}, asTruth)
	expect.Refused(t, err, "holds no sample")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		assert.NotContains(t, e.Name(), "labels")
	}
}

// A cell of a table holds a list of answers as JSON.
func TestAnswersInATextThatIsAList(t *testing.T) {
	rule := Rule{Kind: "contains", Answer: "answer", True: "y", False: "n"}
	dir := labelRun(t, rundir.Complete, said("It is eight.", `{"answer":"[\"8\", \"eight\"]"}`), said("Ten", `{"answer":" [8, 9] "}`))
	_, err := ByRule(dir, rule, asTruth)
	require.NoError(t, err)
	assert.Equal(t, []string{"y", "n"}, valuesOf(t, dir, "truth"))
	for meta, parts := range map[string][]string{
		`{"answer":"['8', 'eight']"}`: {"looks like a list and is none in JSON"},
		`{"answer":null}`:             {`the key "answer" of its row is null`},
		`{"answer":{"a":1}}`:          {"want text or a number, got an object"},
		`{"answer":["a",null]}`:       {"[1]: want text or a number, got null"},
		`{"answer":[]}`:               {"the list is empty"},
		`{"answers":"a"}`:             {`no key "answer"`},
	} {
		_, err := ByRule(labelRun(t, rundir.Complete, said("x", meta)), rule, asTruth)
		hint := expect.Refused(t, err, parts...)
		assert.NotRegexp(t, `nearest keys: answer(,|;|$)`, hint, "no name is nearest to itself")
	}
}

// A condition may name a label table, as --label does; without a version its newest.
func TestConditionsNameLabelTables(t *testing.T) {
	parent := int64(0)
	samples := []rundir.Sample{said("a", `{"topic":"x"}`), said("b", `{"topic":"y"}`), said("c", `{"topic":"x"}`), said("d", `{}`)}
	samples[3].ParentSampleID, samples[3].Followup = &parent, ptr("sure")
	dir := labelRun(t, rundir.Complete, samples...)
	read, err := openRun(dir)
	require.NoError(t, err)
	for _, values := range [][]string{{"lie", "true", "true"}, {"true", "lie", "lie"}} {
		table := labels.Table{Header: labels.Header{Name: "truth", Source: "file", How: []byte(`{}`), Run: read.manifest.RunID()}}
		for i, v := range values {
			table.Labels = append(table.Labels, labels.Label{SampleID: int64(i), Value: v})
		}
		_, err := labels.Write(nil, dir, table)
		require.NoError(t, err)
	}
	ids := func(texts ...string) (out []int64) {
		chosen, err := Where(dir, read.samples, texts)
		require.NoError(t, err)
		for _, s := range chosen {
			out = append(out, s.SampleID)
		}
		return out
	}
	assert.Equal(t, []int64{1, 2}, ids("truth=lie"))
	assert.Equal(t, []int64{0}, ids("truth@1=lie"))
	assert.Equal(t, []int64{2}, ids("truth=lie", "topic=x"))
	assert.Equal(t, []int64{3}, ids("truth@1=lie", "followup=sure"), "a follow-up has the label of its answer")
	_, err = Where(dir, read.samples, []string{"truth@7=lie"})
	expect.Refused(t, err, "truth@7")
	_, err = Where(dir, read.samples, []string{"turth=lie"})
	expect.Refused(t, err, `no key "turth"`)
}
