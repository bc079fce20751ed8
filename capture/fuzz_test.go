package capture

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

func FuzzJSONL(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "{}", "null", "{\"prompt\":\"x\"}\n", "\ufeff{\"prompt\":\"x\"}\r\n\r\n{\"id\":1,\"prompt\":\"y\",\"response\":null}",
		`{"prompt":"x","label":1e400,"deep":[[[{}]]]}`, `{"prompt":"x"} {"prompt":"y"}`, `{"prompt":"x`, `{"prompt":"\ud800"}`,
		`{"messages":[{"role":"system","content":""},{"role":"user","content":"a"}],"response":"b"}`, `{"messages":[{"role":"assistant","content":"a"}]}`,
		`{"prompt":"x","prompt":"y"}`, `[1,2]`, "{\"prompt\":\"\xff\"}", `{"spans":[]}`, `{"messages":[null]}`,
	} {
		f.Add([]byte(seed))
	}
	addFile(f, "../scripts/demo/facts.jsonl")
	fuzzDataset(f, "a.jsonl")
}

// addFile adds a real file to a corpus.
func addFile(f *testing.F, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "prompt", "prompt\nx\n", "\ufeffid,prompt\r\na,\"b\nc\"\r\n", "id,prompt\na\n", "prompt,prompt\na,b\n",
		"a,b\n1,2\n", "prompt\n\"\n", "prompt\na\"b\n", "prompt,response\nx,\n", ",prompt\n1,x\n", "prompt,messages\nx,[]\n", "prompt\n\xff\n",
	} {
		f.Add([]byte(seed))
	}
	fuzzDataset(f, "a.csv")
}

// fuzzDataset reads the bytes as a file: rows that a run can use, or a usage error.
func fuzzDataset(f *testing.F, name string) {
	path := filepath.Join(f.TempDir(), name)
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := readBytes(path, text)
		if err != nil {
			var usage *UsageError
			if !errors.As(err, &usage) || usage.Hint() == "" {
				t.Fatalf("%T without a hint: %v", err, err)
			}
			return
		}
		ids := map[string]bool{}
		for _, row := range r {
			if ids[row.ID] || row.ID == "" {
				t.Fatalf("id %q stands there twice or is empty", row.ID)
			}
			ids[row.ID] = true
			if (row.Prompt == "") == (len(row.Messages) == 0) {
				t.Fatalf("row %q has both or neither of prompt and messages", row.ID)
			}
			if !json.Valid([]byte(row.Meta)) || !utf8.ValidString(row.Prompt) {
				t.Fatalf("row %q cannot be written: %q", row.ID, row.Meta)
			}
		}
	})
}

func FuzzSpecFile(f *testing.F) {
	for _, seed := range []string{
		"", "---\n", "model: x\n", "chat: none\nprompts: a.jsonl\n", "chat:\nprompts:\n", "generate: {max_tokens: 5, stop: [\"\\n\"]}\n",
		"prompts: {rows: [{id: A, prompt: x, Topic: y}]}\n", "prompts: {text: [a, 1, null, 2026-01-02]}\n", "chat: {vars: {A: 1, 2: b}}\n",
		"modle: x\n", "model: a\nmodel: b\n", "- a\n", "{", "\t", "a: &x [*x]\n", "prompts: &p {rows: [*p]}\n", "<<: {model: x}\n",
		"model: !!binary x\n", "? [a]\n: b\n", "prompts: {rows: [{? {a: b} : c}]}\n", "chat: *x\n", "prompts: {file: \"\\0\"}\n",
		"a: &a [x, x]\nb: &b [*a, *a]\nprompts: {rows: [{prompt: x, m: [*b, *b]}]}\n", "chat: {vars: [[[[[[]]]]]]}\n", "chat: {vars: {a: &x [1, *x]}}\n",
	} {
		f.Add([]byte(seed))
	}
	addFile(f, "../scripts/demo/facts.yaml")
	path := filepath.Join(f.TempDir(), "spec.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		spec, err := readSpecBytes(path, text)
		if err == nil && spec.Settings == nil {
			t.Fatal("neither settings nor an error")
		}
		var usage *UsageError
		if err != nil && (!errors.As(err, &usage) || usage.Hint() == "") {
			t.Fatalf("%T without a hint: %v", err, err)
		}
	})
}
