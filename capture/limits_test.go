package capture

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models"
)

// Each limit is refused just above it, with its place, and kept just below.
func TestLimitsOfDatasets(t *testing.T) {
	deep := func(n int) string {
		return `{"prompt":"x","m":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}\n"
	}
	columns := func(n int) string {
		names := []string{"prompt"}
		for i := 1; i < n; i++ {
			names = append(names, fmt.Sprint(i))
		}
		return strings.Join(names, ",") + "\nx" + strings.Repeat(",", n-1) + "\n"
	}
	line := func(n int) string {
		return `{"prompt":"x"}` + "\n" + `{"prompt":"` + strings.Repeat("y", n-len(`{"prompt":""}`)) + "\"}\n"
	}
	cell := func(n int) string { return "prompt,m\nx,1\n\"" + strings.Repeat("y", n-len("\"\",\n")) + "\",\n" }
	for name, c := range map[string]struct {
		file        string
		text        func(n int) string
		most        int
		place, want string
	}{
		"depth":       {"a.jsonl", deep, mostDepth, "a.jsonl:1", "more than 100 deep"},
		"line":        {"a.jsonl", line, mostJSONBytes - 10, "a.jsonl", "64 MiB"},
		"text":        {"a.txt", func(n int) string { return strings.Repeat("y", n) }, mostLineBytes, "a.txt:1", "at most 16 MiB"},
		"CSV row":     {"a.csv", cell, mostLineBytes, "a.csv:3", "at most 16 MiB"},
		"columns":     {"a.csv", columns, mostColumns, "a.csv", "more than 1000 columns"},
		"column name": {"a.csv", func(n int) string { return "prompt," + strings.Repeat("n", n) + "\nx,y\n" }, mostNameBytes, "a.csv", "column 2 has 1001 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadDataset(Prompts{File: write(t, c.file, c.text(c.most))})
			require.NoError(t, err)
			_, err = ReadDataset(Prompts{File: write(t, c.file, c.text(c.most+1))})
			refused(t, err, c.want)
			assert.ErrorContains(t, err, c.place)
		})
	}
}

func TestAFileThatIsTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.jsonl")
	require.NoError(t, os.WriteFile(path, nil, 0o666))
	require.NoError(t, os.Truncate(path, mostDatasetBytes+1)) // a hole: no disk
	_, err := ReadDataset(Prompts{File: path})
	refused(t, err, "is larger than 256 MiB")
	_, err = ReadSpecFile(path)
	refused(t, err, "is larger than 16 MiB")
	require.ErrorContains(t, (&Chat{Template: path}).readTemplate(), "is larger than 1 MiB")
}

func TestTooManyRows(t *testing.T) {
	list := rowList{rows: make([]Row, mostRows)}
	refused(t, list.add(&Row{place: "a.txt:7"}), "a.txt:7: the rows up to here are more than 1000000")
	list = rowList{bytes: mostDatasetBytes}
	refused(t, list.add(&Row{Prompt: "x", place: "a.txt:7"}), "take more than 256 MiB")
}

// A name of a column is repeated in every row: a small file becomes a large dataset.
func TestRowsAreMeasuredAsTheyWereUnderstood(t *testing.T) {
	var b strings.Builder
	b.WriteString("prompt")
	for i := range 500 {
		fmt.Fprintf(&b, ",%s%d", strings.Repeat("n", 900), i)
	}
	for range 1000 {
		b.WriteString("\nx" + strings.Repeat(",y", 500))
	}
	_, err := ReadDataset(Prompts{File: write(t, "a.csv", b.String())})
	refused(t, err, "take more than 256 MiB")
}

func TestLimitsOfSpecs(t *testing.T) {
	bomb := "prompts:\n  rows:\n    - &a0 {prompt: x, m: [x, x, x, x, x, x, x, x, x, x]}\n"
	for i := range 9 {
		above := fmt.Sprintf("*a%d", i)
		bomb += fmt.Sprintf("    - &a%d {prompt: x, m: [%s%s]}\n", i+1, strings.Repeat(above+", ", 9), above)
	}
	for text, want := range map[string]string{
		bomb: "spec.yaml:8: more than 1000000 values, aliases counted",
		"chat: {vars: " + strings.Repeat("[", 101) + strings.Repeat("]", 101) + "}\n": "spec.yaml:1: lists and mappings stand more than 100 deep",
		"chat: {vars: {a: &x [1, *x]}}\n":                                             "deep in each other",
		"model: x\nengine: {threads: 513}\nprompts: {text: [x]}\n":                    "",
	} {
		_, err := ReadSpecFile(write(t, "spec.yaml", text))
		if want == "" {
			require.NoError(t, err)
			continue
		}
		refused(t, err, want)
	}
	spec := DefaultSpec()
	spec.Model, spec.Engine.Threads = "x", 513
	refused(t, spec.Validate(), "engine.threads is 513")
}

func TestTooManySamples(t *testing.T) {
	_, err := planned(t, func(s *Spec, _ *models.Facts) { s.Generate.Samples = mostSamples + 1 }, prompt("a"))
	refused(t, err, "a run has at most 4000000")
}
