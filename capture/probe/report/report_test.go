package report

import (
	"encoding/json"
	"io/fs"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/metric"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
)

func TestAReportComesBackFromJSON(t *testing.T) {
	nan := Number(math.NaN())
	r := &Report{
		Version: Version, Kind: Train, Task: Task{Label: "truth", Seed: math.MaxUint64},
		AUROC:   &metric.Interval{Value: 0.9, Low: 0.8, High: 0.95},
		Curve:   []Point{{Name: "blocks.0.hook_resid_post", P: 0.25}, {Name: "hook_embed", Layer: -1, P: nan}},
		Samples: []Sample{{Tokens: []string{"</script>\x00\u202e", "b"}, Scores: []Number{nan, -1}, Roles: []string{"template", "user"}}},
		Matrix:  &Matrix{AUROC: [][]metric.Interval{{{Value: math.NaN(), High: 1}}}},
		Rows:    []Row{{Run: "a"}},
	}
	text, err := json.Marshal(r)
	require.NoError(t, err)
	back, err := Read(strings.NewReader(string(text)))
	require.NoError(t, err)
	assert.True(t, math.IsNaN(float64(back.Curve[1].P)) && math.IsNaN(float64(back.Samples[0].Scores[0])) && math.IsNaN(back.Matrix.AUROC[0][0].Value))
	assert.Empty(t, back.Rows, "they have a file of their own")
	again, err := json.Marshal(back)
	require.NoError(t, err)
	assert.JSONEq(t, string(text), string(again))
}

func TestWhatIsNoReportIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "this is no report of probes: EOF",
		"[1]":                                  "this is no report of probes: json: cannot unmarshal array",
		`{"version": 1, "kind": "train"`:       "this is no report of probes: unexpected EOF",
		`{"version": 1, "curve": [{"p":"x"}]}`: "this is no report of probes: json: cannot unmarshal string",
		`{"version": 1} {}`:                    "there is more after the report",
		`{"version": 7}`:                       "version 7 of reports of probes; this program reads version 1",
		`{}`:                                   "version 0 of reports of probes",
	} {
		_, err := Read(strings.NewReader(text))
		assert.ErrorContains(t, err, want, "%s", text)
	}
}

func TestRowsAreWrittenInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scores.arrow")
	fold, set, point := "fold 1", "songs", "blocks.1.hook_resid_post"
	r := &Report{Kind: Train, Task: Task{Label: "truth", Model: "m.gguf", Positive: Class{Name: "lie"}, Negative: Class{Name: "mistake"}}, Rows: []Row{
		{Run: "b", SampleID: 0, Scorer: ByProbe, Set: &set, Score: Finite(math.Inf(1))},
		{Run: "a", SampleID: 2, Scorer: "length", Positive: true, Class: "lie", Score: Finite(3)},
		{Run: "a", SampleID: 2, Scorer: ByProbe, Positive: true, Class: "lie", Group: "q1", PromptID: "p1", Fold: &fold, Score: Finite(0.5), Probability: Finite(0.75), Point: &point},
		{Run: "a", SampleID: 1, Scorer: ByProbe, Score: Finite(math.NaN())},
	}}
	require.NoError(t, r.WriteRows(disk.OS{}, path))
	f, err := arrowfile.Open(disk.OS{}, path)
	require.NoError(t, err)
	defer f.Close()
	schema := f.Schema()
	var names []string
	for _, field := range schema.Fields() {
		names = append(names, field.Name)
	}
	assert.Equal(t, []string{"run", "sample_id", "prompt_id", "group", "set", "class", "positive", "fold", "scorer", "score", "raw", "probability", "point", "tokens", "how"}, names)
	for key, want := range map[string]string{"capture.table": "probe_scores", "capture.kind": "train", "capture.label": "truth", "capture.positive": "lie", "capture.negative": "mistake", "capture.model": "m.gguf"} {
		got, _ := schema.Metadata().GetValue(key)
		assert.Equal(t, want, got)
	}
	record, err := f.Record(0)
	require.NoError(t, err)
	defer record.Release()
	column := func(name string) (out []string) {
		c := record.Column(schema.FieldIndices(name)[0])
		for i := range c.Len() {
			if c.IsNull(i) {
				out = append(out, "null")
			} else {
				out = append(out, c.ValueStr(i))
			}
		}
		return out
	}
	for name, want := range map[string][]string{
		"run": {"a", "a", "a", "b"}, "sample_id": {"1", "2", "2", "0"}, "scorer": {"probe", "probe", "length", "probe"}, "score": {"null", "0.5", "3", "null"},
		"probability": {"null", "0.75", "null", "null"}, "positive": {"false", "true", "true", "false"}, "set": {"null", "null", "null", "songs"},
		"fold": {"null", "fold 1", "null", "null"}, "point": {"null", "blocks.1.hook_resid_post", "null", "null"}, "class": {"", "lie", "lie", ""}, "group": {"", "q1", "", ""},
	} {
		assert.Equal(t, want, column(name), name)
	}
	assert.Equal(t, "b", r.Rows[0].Run, "the report's own order stays")
	r.Rows[1] = r.Rows[2]
	err = r.WriteRows(disk.OS{}, filepath.Join(t.TempDir(), "twice.arrow"))
	require.EqualError(t, err, "report: probe scored sample 2 of run a twice")
	missing := filepath.Join(t.TempDir(), "no", "folder", "x.arrow")
	require.ErrorIs(t, (&Report{}).WriteRows(disk.OS{}, missing), fs.ErrNotExist)
	empty := filepath.Join(t.TempDir(), "empty.arrow")
	require.NoError(t, (&Report{}).WriteRows(disk.OS{}, empty))
	f, err = arrowfile.Open(disk.OS{}, empty)
	require.NoError(t, err)
	defer f.Close()
	assert.Zero(t, f.Rows())
}

func TestOneSampleIsOne(t *testing.T) {
	assert.Equal(t, "too few: 1 sample set no threshold of 1 %; it takes 99", TooFew(metric.Threshold{Alpha: 0.01, N: 1}))
}
