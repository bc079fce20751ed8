package capture

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models"
)

func readRows(t *testing.T, objects ...map[string]any) (*Dataset, error) {
	t.Helper()
	return ReadDataset(Prompts{Rows: rowsOf(t, objects...)})
}

func TestExactlyOneSourceOfPrompts(t *testing.T) {
	path := write(t, "a.txt", "x\n")
	row := rowsOf(t, map[string]any{"prompt": "x"})
	for _, p := range []Prompts{
		{},
		{File: path, Text: []string{"x"}},
		{File: path, Rows: row},
		{Rows: row, Text: []string{"x"}},
		{File: path, Rows: row, Text: []string{"x"}},
	} {
		_, err := ReadDataset(p)
		refused(t, err, "sources of prompts")
	}
}

func TestTextsOfTheCommandLine(t *testing.T) {
	d, err := ReadDataset(Prompts{Text: []string{"one", " two\nlines "}})
	require.NoError(t, err)
	assert.Equal(t, []string{"0", "1"}, []string{d.Rows[0].ID, d.Rows[1].ID})
	assert.Equal(t, " two\nlines ", d.Rows[1].Prompt, "white space belongs to the prompt")
	assert.Equal(t, "{}", d.Rows[0].Meta)
	assert.Empty(t, d.BaseName())
	_, err = ReadDataset(Prompts{Text: []string{"one", "  "}})
	refused(t, err, "prompt 2", "empty")
}

func TestRowsOfASpec(t *testing.T) {
	d, err := readRows(t,
		map[string]any{"id": 7, "prompt": "Q", "response": "A", "label": true, "group": 1.5, "Topic": "x"},
		map[string]any{"messages": []models.Message{{Role: "user", Content: "hi"}}, "pair": "p", "split": "test"})
	require.NoError(t, err)
	a, b := d.Rows[0], d.Rows[1]
	assert.Equal(t, []string{"7", "Q"}, []string{a.ID, a.Prompt})
	assert.Equal(t, []*string{ptr("A"), ptr("true"), ptr("1.5")}, []*string{a.Response, a.Label, a.Group})
	assert.JSONEq(t, `{"Topic":"x"}`, a.Meta)
	assert.Equal(t, "1", b.ID, "a row without an id is known by its number")
	assert.Equal(t, []models.Message{{Role: "user", Content: "hi"}}, b.Messages)
	assert.Equal(t, []*string{ptr("p"), ptr("test"), nil}, []*string{b.Pair, b.Split, b.Response})
}

func TestRowsOfASpecNameTheirPlace(t *testing.T) {
	_, err := readRows(t, map[string]any{"prompt": "x"}, map[string]any{"prompt": 5})
	refused(t, err, "prompts.rows[1]", `"prompt"`, "a number")
	_, err = ReadDataset(Prompts{Rows: Rows{json.RawMessage(`[]`)}})
	refused(t, err, "prompts.rows[0]", "a list")
}

func TestFilesThatAreNoDataset(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no.jsonl")
	_, err := ReadDataset(Prompts{File: missing})
	refused(t, err, missing)
	badRows(t, "facts.xlsx", "x", ".xlsx")
	badRows(t, "facts", "x", "ending")
	for _, name := range []string{"a.txt", "a.jsonl", "a.csv"} {
		folder := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.Mkdir(folder, 0o700))
		_, err := ReadDataset(Prompts{File: folder})
		refused(t, err, name)
	}
}

func TestFilesWithoutPrompts(t *testing.T) {
	for name, text := range map[string]string{"a.txt": "\n \n\t\r\n", "b.jsonl": "\n\n", "c.csv": "id,prompt\n"} {
		badRows(t, name, text, name, "no prompts")
	}
	badRows(t, "d.csv", "", "d.csv", "header")
}

func TestBytesThatAreNotUTF8TellTheirLine(t *testing.T) {
	badRows(t, "a.txt", "one\ntwo\nthr\xe9e\n", "a.txt:3:", "UTF-8")
	badRows(t, "b.jsonl", "{\"prompt\":\"a\"}\n{\"prompt\":\"\xff\"}\n", "b.jsonl:2:", "UTF-8")
	badRows(t, "c.csv", "\xef\xbb\xbfprompt\n\xc3\x28\n", "c.csv:2:", "UTF-8")
	badRows(t, "d.txt", "\xff\xfea\x00", "d.txt:1:", "UTF-8") // UTF-16
}

func TestTheReplacementCharacterItselfIsText(t *testing.T) {
	assert.Equal(t, "a\uFFFDb", rows(t, "a.txt", "a\uFFFDb\n")[0].Prompt)
}

func TestTextFile(t *testing.T) {
	r := rows(t, "a.TXT", "\ufefffirst\r\n\r\n  second  \n\n\"third\", {3}")
	require.Len(t, r, 3)
	assert.Equal(t, []string{"first", "  second  ", "\"third\", {3}"}, []string{r[0].Prompt, r[1].Prompt, r[2].Prompt})
	assert.Equal(t, []string{"0", "1", "2"}, []string{r[0].ID, r[1].ID, r[2].ID})
	assert.Contains(t, r[2].place, "a.TXT:5", "blank lines are counted")
}

func checksum(t *testing.T, p Prompts) string {
	t.Helper()
	d, err := ReadDataset(p)
	require.NoError(t, err)
	require.Len(t, d.SHA256, 64)
	return d.SHA256
}

func TestTheChecksumIsThatOfTheRows(t *testing.T) {
	want := checksum(t, Prompts{Rows: rowsOf(t, map[string]any{"id": "a", "prompt": "Q", "label": "lie", "x": "1"}, map[string]any{"id": "b", "prompt": "R", "response": ""})})
	assert.Equal(t, want, checksum(t, Prompts{File: write(t, "one.jsonl",
		"{\"id\":\"a\",\"prompt\":\"Q\",\"label\":\"lie\",\"x\":\"1\"}\n{\"id\":\"b\",\"prompt\":\"R\",\"response\":\"\"}\n")}))
	assert.Equal(t, want, checksum(t, Prompts{File: write(t, "two.jsonl",
		"\ufeff\r\n{ \"x\": \"1\", \"label\": \"\\u006cie\", \"prompt\": \"Q\", \"id\": \"a\", \"group\": null }\r\n\n{\"response\":\"\",\"prompt\":\"R\",\"id\":\"b\"}")}),
		"neither the file's name nor the way it is written counts")
	assert.Equal(t, checksum(t, Prompts{Text: []string{"x", "y"}}), checksum(t, Prompts{File: write(t, "a.csv", "prompt\nx\ny\n")}))
}

func TestTheChecksumSeesEveryKey(t *testing.T) {
	seen := map[string]string{}
	for _, line := range []string{
		`{"id":"a","prompt":"Q"}`, `{"id":"b","prompt":"Q"}`, `{"id":"a","prompt":"R"}`,
		`{"id":"a","messages":[{"role":"user","content":"Q"}]}`, `{"id":"a","messages":[{"role":"system","content":"Q"}]}`,
		`{"id":"a","prompt":"Q","response":""}`, `{"id":"a","prompt":"Q","response":"x"}`, `{"id":"a","prompt":"Q","label":"x"}`,
		`{"id":"a","prompt":"Q","group":"x"}`, `{"id":"a","prompt":"Q","split":"x"}`, `{"id":"a","prompt":"Q","pair":"x"}`, `{"id":"a","prompt":"Q","note":"x"}`,
	} {
		sum := checksum(t, Prompts{File: write(t, "a.jsonl", line)})
		assert.Empty(t, seen[sum], "the same as that of %s", line)
		seen[sum] = line
	}
}

func TestMetadataIsOneJSONObject(t *testing.T) {
	d, err := readRows(t, map[string]any{"prompt": "x", "b": []any{1, nil}, "a": map[string]any{"k": "<v>"}})
	require.NoError(t, err)
	var meta map[string]any
	require.NoError(t, json.Unmarshal([]byte(d.Rows[0].Meta), &meta))
	assert.Equal(t, map[string]any{"b": []any{1.0, nil}, "a": map[string]any{"k": "<v>"}}, meta)
}
