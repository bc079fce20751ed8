package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/visible"
)

const hostile = "a\x1b[2J\x07\u009b2J\x7f\u202eb\u2066c\nd\te\x9bf"

func TestPrintable(t *testing.T) {
	assert.Equal(t, `a\u001b[2J\u0007\u009b2J\u007f\u202eb\u2066c\nd\te\x9bf`, printable(hostile))
	for _, text := range []string{"", "naïve 😀 日本語", "�"} {
		assert.Equal(t, text, printable(text))
	}
}

type named string

func TestEverythingThatIsSaidIsPrintable(t *testing.T) {
	var out bytes.Buffer
	say(&out, "%s %v %s %d\n", hostile, errors.New(hostile), named(hostile), 7)
	require.NoError(t, printTable(&out, []string{"name"}, [][]string{{hostile, hostile}}))
	reportError(&out, &usageError{errors.New(hostile), hostile})
	assert.Equal(t, 7, strings.Count(out.String(), `\u009b`))
	assert.False(t, bytes.ContainsFunc(out.Bytes(), func(r rune) bool { return r != '\n' && visible.Unsafe(r) }), "%q", out.String())
	assert.NotContains(t, out.String(), "\x9b2")
}

func TestJSONSaysTheSameInEscapes(t *testing.T) {
	for _, print := range []func(*bytes.Buffer) error{
		func(b *bytes.Buffer) error { return printJSON(b, map[string]string{"x": "\x7f\u009b\u202e\x1b<é"}) },
		func(b *bytes.Buffer) error {
			return printJSONLine(b, map[string]string{"x": "\x7f\u009b\u202e\x1b<é"})
		},
	} {
		var out bytes.Buffer
		require.NoError(t, print(&out))
		var back map[string]string
		require.NoError(t, json.Unmarshal(out.Bytes(), &back))
		assert.Equal(t, "\x7f\u009b\u202e\x1b<é", back["x"])
		assert.Contains(t, out.String(), `\u007f\u009b\u202e\u001b<é`)
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	long := strings.Repeat("é", longestMessage)
	cut := middleOut("begin " + long + " end")
	assert.Less(t, len(cut), longestMessage+10)
	assert.True(t, strings.HasPrefix(cut, "begin ") && strings.HasSuffix(cut, " end"))
	assert.Equal(t, "short", middleOut("short"))
}

// No command prints to people past say.
func TestOnlyOneFilePrints(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	printing := regexp.MustCompile(`fmt\.(Fp|P)rint`)
	for _, file := range files {
		if file == "output.go" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Empty(t, printing.FindString(string(text)), "%s: use say", file)
	}
}
