package spec

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"intentprobe/capture/internal/expect"
)

func TestNullsInListsOfASpec(t *testing.T) {
	for text, want := range map[string]string{
		"prompts:\n  text:\n    - one\n    -\n    - three\n":        "bad.yaml:4: prompts.text[1] is null",
		"prompts: {text: [~]}\n":                                    "bad.yaml:1: prompts.text[0] is null",
		"generate: {stop: [a, null]}\n":                             "generate.stop[1] is null",
		"capture:\n  hooks: [~, resid_post]\n":                      "bad.yaml:2: capture.hooks[0] is null",
		"followups: [{name: a, ask: b, alternatives: [x, null]}]\n": "followups[0].alternatives[1] is null",
		"alternatives: [{name: a, options: [x, null, y]}]\n":        "alternatives[0].options[1] is null",
		"conditions: [{name: a, vars: {x: ~}}]\n":                   "conditions[0].vars.x is null",
		"conditions: [{name: a}, ~]\n":                              "conditions[1] is not a mapping",
		"prompts:\n  rows:\n    - {prompt: x}\n    -\n":             "bad.yaml:4: prompts.rows: [1] is null",
		"prompts: {text: &x [a, ~]}\n":                              "prompts.text[1] is null",
		"split: {a: ~}\n":                                           "split.a is null",
		"pairs: {differ: [system, ~]}\n":                            "pairs.differ[1] is null",
	} {
		badSpec(t, text, want)
	}
}

// JSON is YAML, but for characters that are written as two escapes.
func TestSpecsInJSON(t *testing.T) {
	f := readSpec(t, `{"model": "m", "prompts": {"text": ["\ud83d\ude00 \\ud83d\\ude00"]}}`)
	assert.Equal(t, []string{`😀 \ud83d\ude00`}, f.Prompts.Text)
	for _, text := range []string{"{\"model\": \"m\",\n\"prompts\": {\"text\": [\"\\ud83d\"]}}", "model: m\nprompts: {text: [\"\\udc00\"]}\n"} {
		_, err := ReadFile(expect.File(t, "bad.yaml", text))
		expect.Refused(t, err, "bad.yaml:2:", "half of a character")
	}
	_, err := ReadFile(expect.File(t, "bad.yaml", "model: m\nout: \xff\n"))
	expect.Refused(t, err, "bad.yaml:2: not UTF-8")
}

func TestNumbersThatJSONDoesNotHave(t *testing.T) {
	badSpec(t, "chat:\n  vars:\n    x: .nan\n", "bad.yaml:3", "chat.vars", ".nan")
}
