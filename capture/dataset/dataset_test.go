package dataset

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

func readRows(t *testing.T, objects ...map[string]any) (*Dataset, error) {
	t.Helper()
	return Read(spec.Prompts{Rows: rowsOf(t, objects...)})
}

func TestExactlyOneSourceOfPrompts(t *testing.T) {
	path := expect.File(t, "a.txt", "x\n")
	row := rowsOf(t, map[string]any{"prompt": "x"})
	for _, p := range []spec.Prompts{
		{},
		{File: path, Text: []string{"x"}},
		{File: path, Rows: row},
		{Rows: row, Text: []string{"x"}},
		{File: path, Rows: row, Text: []string{"x"}},
	} {
		_, err := Read(p)
		expect.Refused(t, err, "sources of prompts")
	}
}

func TestTextsOfTheCommandLine(t *testing.T) {
	d, err := Read(spec.Prompts{Text: []string{"one", " two\nlines "}})
	require.NoError(t, err)
	assert.Equal(t, []string{"0", "1"}, []string{d.Rows[0].ID, d.Rows[1].ID})
	assert.Equal(t, " two\nlines ", d.Rows[1].Prompt, "white space belongs to the prompt")
	assert.Equal(t, "{}", d.Rows[0].Meta)
	assert.Empty(t, d.BaseName())
	_, err = Read(spec.Prompts{Text: []string{"one", "  "}})
	expect.Refused(t, err, "prompt 2", "empty")
}

func TestRowsOfASpec(t *testing.T) {
	d, err := readRows(t,
		map[string]any{"id": 7, "prompt": "Q", "response": "A", "label": true, "group": 1.5, "Topic": "x"},
		map[string]any{"messages": []chat.Message{{Role: "user", Content: "hi"}}, "pair": "p", "split": "test"})
	require.NoError(t, err)
	a, b := d.Rows[0], d.Rows[1]
	assert.Equal(t, []string{"7", "Q"}, []string{a.ID, a.Prompt})
	assert.Equal(t, []*string{ptr("A"), ptr("true"), ptr("1.5")}, []*string{a.Response, a.Label, a.Group})
	assert.JSONEq(t, `{"Topic":"x"}`, a.Meta)
	assert.Equal(t, "1", b.ID, "a row without an id is known by its number")
	assert.Equal(t, []chat.Message{{Role: "user", Content: "hi"}}, b.Messages)
	assert.Equal(t, []*string{ptr("p"), ptr("test"), nil}, []*string{b.Pair, b.Split, b.Response})
}

func TestRowsOfASpecNameTheirPlace(t *testing.T) {
	_, err := readRows(t, map[string]any{"prompt": "x"}, map[string]any{"prompt": 5})
	expect.Refused(t, err, "prompts.rows[1]", `"prompt"`, "a number")
	_, err = Read(spec.Prompts{Rows: spec.Rows{json.RawMessage(`[]`)}})
	expect.Refused(t, err, "prompts.rows[0]", "a list")
}

func TestFilesThatAreNoDataset(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no.jsonl")
	_, err := Read(spec.Prompts{File: missing})
	expect.Refused(t, err, missing)
	badRows(t, "facts.xlsx", "x", ".xlsx")
	badRows(t, "facts", "x", "ending")
	for _, name := range []string{"a.txt", "a.jsonl", "a.csv"} {
		folder := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.Mkdir(folder, 0o700))
		_, err := Read(spec.Prompts{File: folder})
		expect.Refused(t, err, name)
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
	assert.Contains(t, r[2].Place, "a.TXT:5", "blank lines are counted")
}

func checksum(t *testing.T, p spec.Prompts) string {
	t.Helper()
	d, err := Read(p)
	require.NoError(t, err)
	require.Len(t, d.SHA256, 64)
	return d.SHA256
}

func TestTheChecksumIsThatOfTheRows(t *testing.T) {
	want := checksum(t, spec.Prompts{Rows: rowsOf(t, map[string]any{"id": "a", "prompt": "Q", "label": "lie", "x": "1"}, map[string]any{"id": "b", "prompt": "R", "response": ""})})
	assert.Equal(t, want, checksum(t, spec.Prompts{File: expect.File(t, "one.jsonl",
		"{\"id\":\"a\",\"prompt\":\"Q\",\"label\":\"lie\",\"x\":\"1\"}\n{\"id\":\"b\",\"prompt\":\"R\",\"response\":\"\"}\n")}))
	assert.Equal(t, want, checksum(t, spec.Prompts{File: expect.File(t, "two.jsonl",
		"\ufeff\r\n{ \"x\": \"1\", \"label\": \"\\u006cie\", \"prompt\": \"Q\", \"id\": \"a\", \"group\": null }\r\n\n{\"response\":\"\",\"prompt\":\"R\",\"id\":\"b\"}")}),
		"neither the file's name nor the way it is written counts")
	assert.Equal(t, checksum(t, spec.Prompts{Text: []string{"x", "y"}}), checksum(t, spec.Prompts{File: expect.File(t, "a.csv", "prompt\nx\ny\n")}))
}

func TestTheChecksumSeesEveryKey(t *testing.T) {
	seen := map[string]string{}
	for _, line := range []string{
		`{"id":"a","prompt":"Q"}`, `{"id":"b","prompt":"Q"}`, `{"id":"a","prompt":"R"}`,
		`{"id":"a","messages":[{"role":"user","content":"Q"}]}`, `{"id":"a","messages":[{"role":"system","content":"Q"}]}`,
		`{"id":"a","prompt":"Q","response":""}`, `{"id":"a","prompt":"Q","response":"x"}`, `{"id":"a","prompt":"Q","label":"x"}`,
		`{"id":"a","prompt":"Q","group":"x"}`, `{"id":"a","prompt":"Q","split":"x"}`, `{"id":"a","prompt":"Q","pair":"x"}`, `{"id":"a","prompt":"Q","note":"x"}`,
	} {
		sum := checksum(t, spec.Prompts{File: expect.File(t, "a.jsonl", line)})
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

// What a spec holds for templates keeps the order of its keys and its numbers as they
// were written, also in the spec that a run keeps.
func TestVarsAndRowsOfASpecKeepTheirOrder(t *testing.T) {
	s := validSpec()
	applySpec(t, &s, `
prompts:
  rows:
    - {prompt: x, tools: [{z: 1, Aa: {d: 1.0, c: 1e3}}], note: {b: 1, a: 2}}
chat:
  vars:
    base: &base {q: 1, p: 2}
    tools: [{type: function, function: {name: f, B: 12345678901234567890, a: [0x10, 1_000, .5, -0.0, 1.50, yes, true, ~, "1.0", 2026-01-02, !!str 7], é: "<&>"}}]
    merged: {z: 1, <<: *base, p: 3}
    again: *base
`)
	text, err := json.Marshal(s)
	require.NoError(t, err)
	back, err := spec.ReadJSON(text)
	require.NoError(t, err)
	require.NoError(t, back.Validate())
	for _, s := range []*spec.Spec{&s, &back} {
		vars := s.Chat.Vars
		render := func(template string) string {
			c, err := chat.NewTemplate(template)
			require.NoError(t, err)
			out, err := c.Render(chat.Input{Vars: vars})
			require.NoError(t, err)
			return out.Text
		}
		assert.Equal(t, `{"type": "function", "function": {"name": "f", "B": 12345678901234567890, "a": [16, 1000, 0.5, -0.0, 1.5, "yes", true, null, "1.0", "2026-01-02", "7"], "é": "<&>"}}`, render("{{ tools[0] | tojson }}"))
		assert.Equal(t, `{"z": 1, "p": 3, "q": 1}{"q": 1, "p": 2}`, render("{{ merged | tojson }}{{ again | tojson }}"))
		d, err := Read(s.Prompts)
		require.NoError(t, err)
		assert.Equal(t, `[{"z":1,"Aa":{"d":1.0,"c":1e3}}]`, string(d.Rows[0].Tools))
		assert.Equal(t, `{"note":{"b":1,"a":2}}`, d.Rows[0].Meta)
	}
}

// 010 is 8 in YAML, and 007 is 7: an id or a label would become another without a word.
func TestNumbersWithAZeroInFront(t *testing.T) {
	for _, number := range []string{"010", "007", "08", "-012", "00.5"} {
		badSpec(t, "prompts:\n  rows:\n    - {prompt: x, id: "+number+"}\n", "bad.yaml:3", "prompts.rows", number+" is a number")
	}
	f := readSpec(t, "model: m\nprompts:\n  rows:\n    - {prompt: x, id: \"010\", label: 0, x: 0.5, y: 0o10, z: 2010-01-02}\n")
	d, err := Read(f.Prompts)
	require.NoError(t, err)
	assert.Equal(t, "010", d.Rows[0].ID)
	assert.Equal(t, `{"x":0.5,"y":8,"z":"2010-01-02"}`, d.Rows[0].Meta)
}

// The keys that a hint lists are those that stand in the row.
func TestTheKeysOfARowWithoutAPromptAreItsOwn(t *testing.T) {
	for row, keys := range map[string]string{
		`{"text":"fine"}`:                          "text",
		`{"text":"x","id":"a","label":1}`:          "id, label, text",
		`{"prompt":null,"answer":null,"text":"x"}`: "answer (null), prompt (null), text",
		`{}`: "none",
	} {
		hint := badRows(t, "a.jsonl", row, "a.jsonl:1: neither prompt nor messages")
		assert.Regexp(t, "; keys here: "+keysPattern(keys)+"$", hint)
	}
	hint := badRows(t, "a.csv", "text,label\nx,\n", "no column")
	assert.Contains(t, hint, "nearest: text, label")
}

func keysPattern(keys string) string {
	out := ""
	for _, r := range keys {
		if r == '(' || r == ')' {
			out += `\`
		}
		out += string(r)
	}
	return out
}
