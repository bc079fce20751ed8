package dataset

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"intentprobe/capture/hint"
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
	addFile(f, "../../scripts/demo/facts.jsonl")
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

func FuzzTSV(f *testing.F) {
	for _, seed := range []string{"prompt\nx\n", "id\tprompt\na\t\"b\r\nc\"\"\"\rd\te\"f", "messages\n\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"x\"\"}]\"", "prompt\t\n\"", "\t\n\t"} {
		f.Add([]byte(seed))
	}
	fuzzDataset(f, "a.tsv")
}

func FuzzJSONFile(f *testing.F) {
	for _, seed := range []string{
		"", "[]", "[", "[{\"prompt\":\"x\"},]", `{"prompt":"x"}{"prompt":"y"}`, `[{"conversations":[{"from":"human","value":"a"},{"from":"function_call","value":"{\"name\":\"f\"}"}],"system":"s"}]`,
		`[{"messages":[{"role":"user","content":[{"type":"text","text":"\ud83d\ude00"}]}],"tools":"[{}]","documents":["a"]}]`, `[{"prompt":NaN}]`, `[{"prompt":"\udc00"}]`, `[{"a":1,"a":2}]`,
	} {
		f.Add([]byte(seed))
	}
	fuzzDataset(f, "a.json")
}

// fuzzDataset reads the bytes as a file: rows that a run can use, or a usage error.
func fuzzDataset(f *testing.F, name string) {
	path := filepath.Join(f.TempDir(), name)
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := readBytes(path, text)
		if err != nil {
			var usage *hint.UsageError
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

// FuzzWordDiff takes the sides of a short comparison apart again.
func FuzzWordDiff(f *testing.F) {
	for _, seed := range [][2]string{{"", ""}, {"a b c", "a x c"}, {"one", ""}, {"é ü\n", "\xffü"}, {"a a a b", "b a a"}, {"don't", "do not"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		text, words := wordDiff(a, b)
		if a == b && (words != 0 || strings.Contains(text, "+}") && !strings.Contains(a, "+}")) {
			t.Fatalf("%q differs from itself: %s", a, text)
		}
		if len(splitWords(a)) > 24 || len(splitWords(b)) > 24 || strings.ContainsAny(a+b, "[]{}+-") {
			return
		}
		side := func(gone, kept string) string {
			s := regexp.MustCompile(`(?s)`+gone).ReplaceAllString(text, "")
			return regexp.MustCompile(`(?s)`+kept).ReplaceAllString(s, "$1")
		}
		const removed, added = `\[-(.*?)-\]`, `\{\+(.*?)\+\}`
		if got := side(added, removed); utf8.ValidString(a) && got != a {
			t.Fatalf("%q is no diff of %q: %q", text, a, got)
		}
		if got := side(removed, added); utf8.ValidString(b) && got != b {
			t.Fatalf("%q is no diff to %q: %q", text, b, got)
		}
	})
}
