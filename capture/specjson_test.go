package capture

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models"
	"intentprobe/storage"
)

// What a spec holds for templates keeps the order of its keys and its numbers as they
// were written, also in the spec that a run keeps.
func TestVarsAndRowsOfASpecKeepTheirOrder(t *testing.T) {
	spec := validSpec()
	applySpec(t, &spec, `
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
	text, err := json.Marshal(spec)
	require.NoError(t, err)
	back, err := specOf(&storage.Manifest{Spec: text})
	require.NoError(t, err)
	for _, s := range []*Spec{&spec, &back} {
		vars := s.Chat.Vars
		render := func(template string) string {
			c, err := models.NewChatTemplate(template)
			require.NoError(t, err)
			out, err := c.Render(models.ChatInput{Vars: vars})
			require.NoError(t, err)
			return out.Text
		}
		assert.Equal(t, `{"type": "function", "function": {"name": "f", "B": 12345678901234567890, "a": [16, 1000, 0.5, -0.0, 1.5, "yes", true, null, "1.0", "2026-01-02", "7"], "é": "<&>"}}`, render("{{ tools[0] | tojson }}"))
		assert.Equal(t, `{"z": 1, "p": 3, "q": 1}{"q": 1, "p": 2}`, render("{{ merged | tojson }}{{ again | tojson }}"))
		d, err := ReadDataset(s.Prompts)
		require.NoError(t, err)
		assert.Equal(t, `[{"z":1,"Aa":{"d":1.0,"c":1e3}}]`, string(d.Rows[0].Tools))
		assert.Equal(t, `{"note":{"b":1,"a":2}}`, d.Rows[0].Meta)
	}
}

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
		_, err := ReadSpecFile(write(t, "bad.yaml", text))
		refused(t, err, "bad.yaml:2:", "half of a character")
	}
	_, err := ReadSpecFile(write(t, "bad.yaml", "model: m\nout: \xff\n"))
	refused(t, err, "bad.yaml:2: not UTF-8")
}

func TestNumbersThatJSONDoesNotHave(t *testing.T) {
	badSpec(t, "chat:\n  vars:\n    x: .nan\n", "bad.yaml:3", "chat.vars", ".nan")
}

// 010 is 8 in YAML, and 007 is 7: an id or a label would become another without a word.
func TestNumbersWithAZeroInFront(t *testing.T) {
	for _, number := range []string{"010", "007", "08", "-012", "00.5"} {
		badSpec(t, "prompts:\n  rows:\n    - {prompt: x, id: "+number+"}\n", "bad.yaml:3", "prompts.rows", number+" is a number")
	}
	f := readSpec(t, "model: m\nprompts:\n  rows:\n    - {prompt: x, id: \"010\", label: 0, x: 0.5, y: 0o10, z: 2010-01-02}\n")
	d, err := ReadDataset(f.Prompts)
	require.NoError(t, err)
	assert.Equal(t, "010", d.Rows[0].ID)
	assert.Equal(t, `{"x":0.5,"y":8,"z":"2010-01-02"}`, d.Rows[0].Meta)
}
