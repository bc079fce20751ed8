package textfile

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
)

func TestAValueIsWrittenOneWay(t *testing.T) {
	value, err := ReadValue(" {\"b\" : 1.50,\"a\":[ \"\\u00e9\\/<\" , null ]} \n", "on the line")
	require.NoError(t, err)
	assert.Equal(t, `{"b":1.50,"a":["é/<",null]}`, string(value))
	_, err = ReadValue("1 2", "on the line")
	assert.EqualError(t, err, "more than one value on the line")
	_, err = ReadValue(`{"a":{"b":[1,NaN]}}`, "on the line")
	assert.ErrorContains(t, err, "a.b[1]: NaN is not in JSON")
	var usage *hint.UsageError
	require.ErrorAs(t, JSONError("x:1", err, "advice"), &usage)
	assert.Contains(t, usage.Hint(), "write null", "what is known of the fault goes before the advice")
	_, err = ReadValue("[1", "on the line")
	require.ErrorAs(t, JSONError("x:1", err, "advice"), &usage)
	assert.Equal(t, "advice", usage.Hint())
}

func TestLinesAreCountedWithBlankOnes(t *testing.T) {
	var got []string
	take := func(place, line string) error { got = append(got, place+" "+line); return nil }
	require.NoError(t, EachLine("a.txt", []byte("one\r\n\n \t\ntwo"), 4, take))
	assert.Equal(t, []string{"a.txt:1 one", "a.txt:4 two"}, got)
	assert.ErrorContains(t, EachLine("a.txt", []byte("one\nthree"), 4, take), "a.txt:2: 5 bytes")
	stop := errors.New("stop")
	assert.Equal(t, stop, EachLine("a.txt", []byte("one"), 3, func(string, string) error { return stop }))
}

func TestRowsOfATable(t *testing.T) {
	var got []string
	read := func(path, text string) error {
		got = nil
		return EachRow(path, []byte(text), func(header []string) error {
			got = append(got, strings.Join(header, "|"))
			return nil
		}, func(place string, cells []string) error {
			got = append(got, place+" "+strings.Join(cells, "|"))
			return nil
		})
	}
	require.NoError(t, read("a.csv", "x,y\r\n\"1,\n2\",\n\n3,\"\"\"\"\n"))
	assert.Equal(t, []string{"x|y", "a.csv:2 1,\n2|", "a.csv:5 3|\""}, got)
	require.NoError(t, read("a.tsv", "x\ty\n1,2\t\"3\t4\"\n"))
	assert.Equal(t, []string{"x|y", "a.tsv:2 1,2|3\t4"}, got)
	assert.ErrorContains(t, read("a.csv", "x,y\n1\n"), "a.csv:2: 1 fields; the header has 2")
	assert.ErrorContains(t, read("a.csv", ""), "a.csv:1: no header line")
}

func TestTextsOfAValue(t *testing.T) {
	for value, want := range map[string][]string{`"a"`: {"a"}, `1.50`: {"1.50"}, `[true,"b"]`: {"true", "b"}, `"[\"a\", 2]"`: {"a", "2"}, `"[a"`: {"[a"}, `"[a]"`: {"[a]"}} {
		got, err := Texts(json.RawMessage(value))
		require.NoError(t, err, value)
		assert.Equal(t, want, got, value)
	}
	for value, says := range map[string]string{`[]`: "the list is empty", `["a",null]`: "[1]: want text or a number, got null", `{"a":1}`: "want text or a number, got an object", `[["a"]]`: "[0]: want text or a number, got a list"} {
		_, err := Texts(json.RawMessage(value))
		assert.EqualError(t, err, says, value)
	}
}

// FuzzValue reads JSON: what is taken is valid, and reads as itself.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{"", "1", `"\ud83d\ude00"`, `"\ud800"`, `{"a":[1e3,-0.0,{"":null}]}`, `{"a":1,"a":2}`, "[1,]", "01", "-Infinity", `"\u0000"`, "\"\x7f\"", "[[[[]]]]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, err := ReadValue(text, "here")
		if err != nil {
			return
		}
		again, err := ReadValue(string(value), "here")
		if !json.Valid(value) || !json.Valid([]byte(text)) || err != nil || string(again) != string(value) {
			t.Fatalf("%q reads as %q, and that as %q (%v)", text, value, again, err)
		}
	})
}
