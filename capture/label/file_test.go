package label

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
	"intentprobe/capture/internal/expect"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// sampledRun has two prompts of two samples each, and a question behind the first.
func sampledRun(t testing.TB) string {
	var samples []rundir.Sample
	for i := range 4 {
		samples = append(samples, rundir.Sample{PromptID: []string{"p", "q"}[i/2], Sample: int32(i % 2), Response: "r"})
	}
	parent := int64(0)
	return labelRun(t, rundir.Complete, append(samples, rundir.Sample{PromptID: "p", Sample: 0, ParentSampleID: &parent, Response: "f"})...)
}

func TestLabelsFromAFile(t *testing.T) {
	dir := sampledRun(t)
	for name, text := range map[string]string{
		"a.csv":   "\ufeffsample_id,value,confidence,note\r\n3,lie,,\r\n0,truth,0.5,\"a, b\"\r\n4,ambiguous,1,\r\n",
		"a.jsonl": "{\"sample_id\": 3, \"label\": \"lie\", \"note\": null}\n\n{\"sample_id\":\"0\",\"value\":\"truth\",\"confidence\":0.5,\"note\":\"a, b\"}\n{\"sample_id\":4,\"value\":\"ambiguous\",\"confidence\":1}\n",
	} {
		made, err := FromFile(dir, File{Path: expect.File(t, name, text), Values: []string{"lie", "truth"}}, asTruth)
		require.NoError(t, err)
		assert.Equal(t, map[string]int{"lie": 1, "truth": 1, "ambiguous": 1}, made.Counts)
		table, err := labels.Read(dir, "truth", made.Version)
		require.NoError(t, err)
		half, one, note := 0.5, 1.0, "a, b"
		assert.Equal(t, []labels.Label{
			{SampleID: 0, Value: "truth", Confidence: &half, Note: &note}, {SampleID: 3, Value: "lie"}, {SampleID: 4, Value: "ambiguous", Confidence: &one},
		}, table.Labels)
		assert.Contains(t, string(table.How), name)
	}
}

func TestLabelsByPrompt(t *testing.T) {
	dir := sampledRun(t)
	made, err := FromFile(dir, File{Path: expect.File(t, "a.csv", "prompt_id,sample,value\np,,x\nq,1,y\n")}, asTruth)
	require.NoError(t, err)
	assert.Nil(t, made.Values)
	table, err := labels.Read(dir, "truth", 0)
	require.NoError(t, err)
	assert.Equal(t, []labels.Label{{SampleID: 0, Value: "x"}, {SampleID: 1, Value: "x"}, {SampleID: 3, Value: "y"}}, table.Labels)
}

// Tables that went through pandas have an index column, and floats for ids where a
// cell was empty.
func TestLabelsThatWentThroughPandas(t *testing.T) {
	want := []labels.Label{{SampleID: 0, Value: "x"}, {SampleID: 3, Value: "y"}}
	for name, text := range map[string]string{
		"index.csv":   ",sample_id,value\n0,0,x\n1,3,y\n",
		"again.csv":   "Unnamed: 0.1,Unnamed: 0,sample_id,value\n0,0,0,x\n1,1,3,y\n",
		"floats.csv":  ",sample_id,value\n0.0,0.0,x\n1.0,3.0,y\n",
		"prompts.csv": "prompt_id,sample,value\n0.0,0.0,x\n1,1.0,y\n",
		"a.jsonl":     "{\"__index_level_0__\": 5, \"sample_id\": 0.0, \"value\": \"x\"}\n{\"Unnamed: 0\": null, \"sample_id\": 3.00, \"value\": \"y\"}\n",
	} {
		var samples []rundir.Sample
		for i := range 4 {
			samples = append(samples, rundir.Sample{PromptID: []string{"0", "1"}[i/2], Sample: int32(i % 2), Response: "r"})
		}
		dir := labelRun(t, rundir.Complete, samples...)
		_, err := FromFile(dir, File{Path: expect.File(t, name, text)}, asTruth)
		require.NoError(t, err, name)
		table, err := labels.Read(dir, "truth", 0)
		require.NoError(t, err)
		assert.Equal(t, want, table.Labels, name)
	}
	dir := sampledRun(t)
	for text, what := range map[string]string{
		",sample_id,value\nfirst,0,x\n":               `a.csv:2: key "": "first" is no row number of a pandas index`,
		",sample_id,value\n0.5,0,x\n":                 `"0.5" is no row number`,
		"Unnamed: 0,value\n0,x\n":                     "the columns are Unnamed: 0, value",
		"sample_id,value\n0.,x\n":                     `"0." is no id`,
		"sample_id,value\n3.01,x\n":                   `"3.01" is no id`,
		"sample_id,value\n9223372036854775808.0,x\n":  "is no id",
		"prompt_id,sample,value\np,0.5,x\n":           `"0.5" is no number of a sample`,
		"prompt_id,value\n0.0,x\n":                    `the run has no sample of prompt "0.0"`,
		"index of the table,sample_id,value\n0,0,x\n": `no column "index of the table"`,
	} {
		_, err := FromFile(dir, File{Path: expect.File(t, "a.csv", text)}, asTruth)
		expect.Refused(t, err, what)
	}
}

func TestBadFilesOfLabelsAreRefused(t *testing.T) {
	dir := sampledRun(t)
	for _, c := range []struct{ name, text, what string }{
		{"a.csv", "sample_id,value\n0,x\n7,x\n", "a.csv:3: the run has no sample 7"},
		{"a.csv", "sample_id,value\n0,x\n1,x\n0,y\n", "a.csv:4: sample 0 is labelled twice, first at "},
		{"a.csv", "prompt_id,sample,value\np,,x\np,1,x\n", "a.csv:3: sample 1 is labelled twice"},
		{"a.csv", "prompt_id,sample,value\nq,2,x\n", `a.csv:2: the run has no sample 2 of prompt "q"`},
		{"a.csv", "prompt_id,value\nz,x\n", `a.csv:2: the run has no sample of prompt "z"`},
		{"a.csv", "sample_id,value\n0,z\n", `a.csv:2: the value "z" is none of x, y, ambiguous`},
		{"a.csv", "sample_id,value,confidence\n0,x,1.01\n", `a.csv:2: key "confidence": "1.01" is no number from 0 to 1`},
		{"a.csv", "sample_id,value,confidence\n0,x,NaN\n", `"NaN" is no number`},
		{"a.csv", "sample_id,value\n0,\n", "a.csv:2: no value"},
		{"a.csv", "sample_id,value\n,x\n", "a.csv:2: names no sample"},
		{"a.csv", "sample_id,prompt_id,value\n0,p,x\n", "a.csv:2: names no sample"},
		{"a.csv", "sample_id,value\n0.5,x\n", `"0.5" is no id`},
		{"a.csv", "sample_id\n0\n", "a.csv:1: the columns are sample_id"},
		{"a.csv", "value\nx\n", "a.csv:1: the columns are value"},
		{"a.csv", "sample_id,value,vlaue\n0,x,y\n", `a.csv:1: no column "vlaue"`},
		{"a.csv", "sample_id,value,value\n0,x,y\n", `column "value" stands there twice`},
		{"a.csv", "sample_id,value\n", "holds no labels"},
		{"a.csv", "", "no header line"},
		{"a.csv", "sample_id,value\n0,\"x\n", "a.csv"},
		{"a.csv", "sample_id,value\n0,\xff\n", "a.csv:2: not UTF-8"},
		{"a.jsonl", "{\"sample_id\":0,\"value\":\"x\"}\n{\"sample_id\":1}\n", "a.jsonl:2: no value"},
		{"a.jsonl", `{"sample_id":0,"value":"x","label":"x"}`, "both value and label"},
		{"a.jsonl", `{"sample_id":0,"valeu":"x"}`, `a.jsonl:1: no key "valeu"`},
		{"a.jsonl", `{"sample_id":0,"value":["x"]}`, `key "value": want text or a number, got a list`},
		{"a.jsonl", `{"sample_id":0`, "a.jsonl:1: the line ends inside a value"},
		{"a.jsonl", "null", "not a JSON object, but null"},
		{"a.txt", "x", `ending ".txt" is not known`},
	} {
		_, err := FromFile(dir, File{Path: expect.File(t, c.name, c.text), Values: []string{"x", "y"}}, asTruth)
		expect.Refused(t, err, c.what)
	}
	_, err := FromFile(dir, File{Path: "nothing.csv"}, asTruth)
	expect.Refused(t, err, "nothing.csv")
	tables, err := List(dir)
	require.NoError(t, err)
	assert.Empty(t, tables)
}

func TestValuesOfEarlierVersionsHold(t *testing.T) {
	dir := sampledRun(t)
	label := func(text string, values ...string) error {
		_, err := FromFile(dir, File{Path: expect.File(t, "a.csv", "sample_id,value\n"+text), Values: values}, asTruth)
		return err
	}
	require.NoError(t, label("0,x\n", "x", "y"))
	expect.Refused(t, label("0,z\n"), "is none of x, y, ambiguous")
	require.NoError(t, label("0,y\n1,ambiguous\n"))
	require.NoError(t, label("0,z\n", "z"))
	expect.Refused(t, label("0,x\n"), "is none of z")
	expect.Refused(t, label("0,x\n", "x", "x"), "twice")
}

func FuzzLabelFile(f *testing.F) {
	for _, seed := range []string{
		"", "sample_id,value\n0,x\n", "\ufeffprompt_id,sample,value,confidence,note\r\np,0,x,0.5,\"a\nb\"\r\n", "sample_id,value\n0,\"x\n", "value\nx\n",
		"{\"sample_id\":0,\"value\":\"x\"}\n", `{"prompt_id":"p","sample":1e0,"label":true,"confidence":"1"}`, `{"sample_id":9223372036854775808,"value":""}`,
		`{"sample_id":[[[]]]}`, "null", `{"sample_id":0,"value":"x"} 1`, `{"sample_id":0,"value":"\ud800"}`, "sample_id,value,confidence\n0,x,1e400\n",
	} {
		f.Add([]byte(seed))
	}
	dir := sampledRun(f)
	r, err := readRun(dir)
	require.NoError(f, err)
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range []string{"a.csv", "a.jsonl"} {
			path := filepath.Join(folder, name)
			require.NoError(t, os.WriteFile(path, text, 0o600))
			rows, err := readFileRows(path, text)
			var list []labels.Label
			if err == nil {
				list, err = r.named(rows, nil)
			}
			if err != nil {
				var usage *hint.UsageError
				if !errors.As(err, &usage) || usage.Hint() == "" {
					t.Fatalf("%T without a hint: %v", err, err)
				}
				continue
			}
			seen := map[int64]bool{}
			for _, label := range list {
				if seen[label.SampleID] || label.Value == "" || !utf8.ValidString(label.Value) || label.SampleID < 0 || label.SampleID > 4 {
					t.Fatalf("%+v", label)
				}
				seen[label.SampleID] = true
			}
		}
	})
}
