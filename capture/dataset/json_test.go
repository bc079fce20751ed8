package dataset

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
)

func TestJSONOverManyLines(t *testing.T) {
	for _, text := range []string{
		"\ufeff[\n  {\"prompt\": \"a\", \"x\": {\"b\": 1.0,\n \"a\": 2}},\n  {\"prompt\": \"b\"}\n]\n",
		"{\"prompt\": \"a\", \"x\":\n {\"b\": 1.0, \"a\": 2}}\n{\"prompt\": \"b\"}",
		`{"prompt": "a", "x": {"b": 1.0, "a": 2}} {"prompt": "b"}`,
	} {
		r := rows(t, "a.json", text)
		require.Len(t, r, 2, text)
		assert.Equal(t, `{"x":{"b":1.0,"a":2}}`, r[0].Meta)
		assert.Contains(t, r[1].Place, "a.json[1]")
	}
}

func TestJSONListsOfTexts(t *testing.T) {
	r := rows(t, "a.json", "[\"The sky is blue.\",\n\"a\\r\\nb\", {\"prompt\": \"c\"}]")
	require.Len(t, r, 3)
	assert.Equal(t, []string{"The sky is blue.", "a\r\nb", "c"}, []string{r[0].Prompt, r[1].Prompt, r[2].Prompt})
	assert.Equal(t, "1", r[1].ID)
	_, err := Read(spec.Prompts{File: expect.File(t, "a.json", `["a"]`), Column: "statement"})
	expect.Refused(t, err, "a.json[0]", "not a JSON object, but text")
}

func TestBrokenJSONFiles(t *testing.T) {
	for text, parts := range map[string][]string{
		"":                            {"no prompts"},
		"[]":                          {"no prompts"},
		"[\n{\"prompt\":\"a\"},\n]":   {"a.json:3:", "a comma before ]"},
		"[{\"prompt\":\"a\"}\n{":      {"a.json:2:", "a comma or ]"},
		"[{\"prompt\":\"a\"}":         {"a.json:1:", "ends inside a value"},
		"[{\"prompt\":\"a\"}] x":      {"follows the end"},
		"[{\"prompt\":\"a\"},\nnull]": {"a.json[1]", "not a JSON object, but null"},
		"[\"a\", 5]":                  {"a.json[1]", "but a number"},
		"[\"a\", \" \"]":              {"a.json[1]", "the prompt is empty"},
		"[{\"prompt\":\"a\"},\n{\"prompt\":\"b\",\n\"n\":NaN}]": {"a.json:3: [1].n: NaN is not in JSON"},
		`{"data": [{"prompt": "a"}]}`:                           {"a.json[0]", "neither prompt nor messages"},
		"[{\"prompt\":5}]":                                      {"a.json[0]", `"prompt"`},
	} {
		t.Run(text, func(t *testing.T) { badRows(t, "a.json", text, parts...) })
	}
}

// What other programs write as JSON and is none is named, with the key.
func TestWhatIsNotJSONIsNamed(t *testing.T) {
	for text, want := range map[string][2]string{
		`{"prompt":"x","a":{"b":[1,NaN]}}`: {"a.jsonl:1: a.b[1]: NaN is not in JSON", "write null"},
		`{"prompt":"x","a":-Infinity}`:     {"a: -Infinity is not in JSON", "write null"},
		`{"prompt":"x","a":None}`:          {"a: None is Python", "null"},
		`{"prompt":"x",}`:                  {"a.jsonl:1: a comma before }", "remove the comma"},
		`{"prompt":"x","a":[1,]}`:          {"a: a comma before ]", "remove the comma"},
		`{"prompt":"x","prompt":"y"}`:      {`the key "prompt" stands there twice`, "rename"},
		`{"prompt":"\ud800"}`:              {`a.jsonl:1: prompt: \ud800 is half of a character`, "whole character"},
		`{"prompt":"x","a":["b\udc00c"]}`:  {`a[0]: \udc00 is half`, "whole character"},
		`{"prompt":"x","\uD83D":1}`:        {`\uD83D is half`, "whole character"},
		`{"prompt":"\ud83d\u0041"}`:        {`\ud83d is half`, "whole character"},
		"{\"prompt\":\"a\tb\"}":            {"prompt: a control character (0x09)", `\t`},
		`{"prompt":"\x"}`:                  {"prompt: invalid character 'x'", "whole JSON object"},
		`{"prompt":01}`:                    {`"01" is not a number`, ""},
		`{`:                                {"a.jsonl:1: the line ends inside a value", ".json file"},
		`[`:                                {"ends inside a value", ".json file"},
		`{"prompt" "x"}`:                   {`a colon after the key "prompt"`, ""},
		`{"prompt":"x" "a":1}`:             {"a comma or }", ""},
		`{prompt:"x"}`:                     {"a key in double quotes", ""},
	} {
		t.Run(text, func(t *testing.T) {
			assert.Contains(t, badRows(t, "a.jsonl", text+"\n", want[0]), want[1])
		})
	}
	r := rows(t, "a.jsonl", `{"prompt":"\ud83d\ude00 \\ud800 \u00e9\/","a":"\u0000<"}`)
	assert.Equal(t, "😀 \\ud800 é/", r[0].Prompt)
	assert.Equal(t, `{"a":"\u0000<"}`, r[0].Meta)
}

func TestUTF16IsNamed(t *testing.T) {
	for _, text := range []string{"\xff\xfe{\x00}\x00", "\xfe\xff\x00{\x00}", "{\x00}\x00", "\x00{\x00}"} {
		assert.Contains(t, badRows(t, "a.jsonl", text, "a.jsonl:1: the file is in UTF-16"), "iconv -f UTF-16")
	}
}

func TestACharacterThatIsZeroIsNotUTF16(t *testing.T) {
	assert.Equal(t, "a\x00b", rows(t, "a.txt", "a\x00b\n")[0].Prompt)
}

func TestOneCarriageReturnEndsALine(t *testing.T) {
	assert.Equal(t, "a\r", rows(t, "a.txt", "a\r\r\n")[0].Prompt)
}
