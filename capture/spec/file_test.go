package spec

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"intentprobe/capture/internal/expect"
)

func TestSpecFileSetsOnlyWhatWasWritten(t *testing.T) {
	spec := Default()
	applySpec(t, &spec, `
model: tiny            # a comment
generate: {max_tokens: 64, temperature: 0.8, stop: ["\n\n", "User:"]}
capture:
  hooks: [resid_post, "resid_pre:0,-1"]
engine: {threads: auto}
`)
	want := Default()
	want.Model, want.folders = "tiny", spec.folders
	want.Generate.MaxTokens, want.Generate.Temperature, want.Generate.Stop = 64, 0.8, []string{"\n\n", "User:"}
	want.Capture.Hooks = []string{"resid_post", "resid_pre:0,-1"}
	assert.Equal(t, want, spec)
}

func TestEmptySpecFilesSetNothing(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# nothing yet\n", "---\n", "out:\ngenerate: {stop: null, seed: ~}\nconditions:\n"} {
		assert.Zero(t, readSpec(t, text), "%q", text)
	}
}

func TestShortForms(t *testing.T) {
	spec := readSpec(t, "chat: none\nprompts: facts.jsonl\n")
	assert.Equal(t, "none", spec.Chat.Template)
	assert.Equal(t, "facts.jsonl", spec.Prompts.File)
}

func TestASpecMayBeJSON(t *testing.T) {
	spec := readSpec(t, "{\n\t\"model\": \"m\",\n\t\"generate\": {\n\t\t\"stop\": [\"\\u00e9\\n\"],\n\t\t\"temperature\": 1e-1\n\t}\n}\n")
	assert.Equal(t, "m", spec.Model)
	assert.Equal(t, []string{"é\n"}, spec.Generate.Stop)
	assert.Equal(t, 0.1, spec.Generate.Temperature)
}

// Texts stay as they are written, whatever YAML would make of them.
func TestTextsOfASpecStayAsTheyAreWritten(t *testing.T) {
	spec := readSpec(t, "model: 1.50\nchat: {system: yes, now: 2026-01-02}\nengine: {flash_attn: on}\ngenerate: {stop: [0x10, no]}\n")
	assert.Equal(t, "1.50", spec.Model)
	assert.Equal(t, "yes", spec.Chat.System)
	assert.Equal(t, "2026-01-02", spec.Chat.Now)
	assert.Equal(t, "on", spec.Engine.FlashAttn)
	assert.Equal(t, []string{"0x10", "no"}, spec.Generate.Stop)
}

func TestRowsAndVarsKeepTheCaseOfTheirKeys(t *testing.T) {
	f := readSpec(t, `
prompts:
  rows:
    - {id: A, prompt: "Is it?", Topic: Physics, Source: {URL: x, Year: 1999}}
chat: {template: auto, vars: {ToolNames: [A, b], enableThinking: true}}
`)
	assert.Equal(t, Rows{json.RawMessage(`{"id":"A","prompt":"Is it?","Topic":"Physics","Source":{"URL":"x","Year":1999}}`)}, f.Prompts.Rows)
	assert.Equal(t, Vars{"ToolNames": json.RawMessage(`["A","b"]`), "enableThinking": json.RawMessage("true")}, f.Chat.Vars)
	assert.Equal(t, "auto", f.Chat.Template)
}

func TestTextsOfASpec(t *testing.T) {
	f := readSpec(t, "prompts:\n  text:\n    - one\n    - |\n      two\n      lines\n")
	assert.Equal(t, []string{"one", "two\nlines\n"}, f.Prompts.Text)
}

// YAML reads an unquoted date as a time; a spec knows texts alone.
func TestUnquotedDatesAreTexts(t *testing.T) {
	f := readSpec(t, "chat: {template: auto, now: 2026-01-02}\nprompts: {rows: [{prompt: x, label: 2026-01-02}]}\n")
	assert.Equal(t, "2026-01-02", f.Chat.Now)
	assert.Equal(t, `{"prompt":"x","label":"2026-01-02"}`, string(f.Prompts.Rows[0]))
}

func TestAliasesOfValuesListsAndGroups(t *testing.T) {
	spec := readSpec(t, "model: &m tiny\nout: *m\ngenerate: {stop: &s [a, b]}\nprompts: {text: *s}\nchat: {template: *m}\n")
	assert.Equal(t, "tiny", spec.Chat.Template)
	assert.Equal(t, []string{"a", "b"}, spec.Prompts.Text)
	badSpec(t, "chat: &c {system: x}\ngenerate: *c\n", "bad.yaml:1:", `"generate.system"`)
}

func TestAliasesInRows(t *testing.T) {
	f := readSpec(t, "prompts:\n  rows:\n    - {id: a, prompt: &q 'Same?'}\n    - {id: b, prompt: *q}\n")
	require.Len(t, f.Prompts.Rows, 2)
	assert.Equal(t, `{"id":"b","prompt":"Same?"}`, string(f.Prompts.Rows[1]))
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
		_, err := ReadFile(expect.File(t, "spec.yaml", text))
		if want == "" {
			require.NoError(t, err)
			continue
		}
		expect.Refused(t, err, want)
	}
	spec := Default()
	spec.Model, spec.Engine.Threads = "x", 513
	expect.Refused(t, spec.Validate(), "engine.threads is 513")
}
