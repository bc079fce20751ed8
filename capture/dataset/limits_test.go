package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/capture/textfile"
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
		"depth":       {"a.jsonl", deep, textfile.MaxDepth, "a.jsonl:1", "more than 100 deep"},
		"line":        {"a.jsonl", line, textfile.MaxJSONBytes - 10, "a.jsonl", "64 MiB"},
		"text":        {"a.txt", func(n int) string { return strings.Repeat("y", n) }, textfile.MaxLineBytes, "a.txt:1", "at most 16 MiB"},
		"CSV row":     {"a.csv", cell, textfile.MaxLineBytes, "a.csv:3", "at most 16 MiB"},
		"columns":     {"a.csv", columns, textfile.MaxColumns, "a.csv", "more than 1000 columns"},
		"column name": {"a.csv", func(n int) string { return "prompt," + strings.Repeat("n", n) + "\nx,y\n" }, textfile.MaxNameBytes, "a.csv", "column 2 has 1001 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(spec.Prompts{File: expect.File(t, c.file, c.text(c.most))})
			require.NoError(t, err)
			_, err = Read(spec.Prompts{File: expect.File(t, c.file, c.text(c.most+1))})
			expect.Refused(t, err, c.want)
			assert.ErrorContains(t, err, c.place)
		})
	}
}

func TestAFileThatIsTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.jsonl")
	require.NoError(t, os.WriteFile(path, nil, 0o666))
	require.NoError(t, os.Truncate(path, textfile.MaxBytes+1)) // a hole: no disk
	_, err := Read(spec.Prompts{File: path})
	expect.Refused(t, err, "is larger than 256 MiB")
	_, err = spec.ReadFile(path)
	expect.Refused(t, err, "is larger than 16 MiB")
	require.ErrorContains(t, (&spec.Chat{Template: path}).ReadTemplate(), "is larger than 1 MiB")
}

func TestTooManyRows(t *testing.T) {
	list := rowList{rows: make([]Row, maxRows)}
	expect.Refused(t, list.add(&Row{Place: "a.txt:7"}), "a.txt:7: the rows up to here are more than 1000000")
	list = rowList{bytes: textfile.MaxBytes}
	expect.Refused(t, list.add(&Row{Prompt: "x", Place: "a.txt:7"}), "take more than 256 MiB")
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
	_, err := Read(spec.Prompts{File: expect.File(t, "a.csv", b.String())})
	expect.Refused(t, err, "take more than 256 MiB")
}
