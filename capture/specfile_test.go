package capture

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func readSpec(t *testing.T, text string) *SpecFile {
	t.Helper()
	f, err := ReadSpecFile(write(t, "spec.yaml", text))
	require.NoError(t, err)
	return f
}

func TestSpecFileHoldsOnlyWhatWasWritten(t *testing.T) {
	f := readSpec(t, `
model: tiny            # a comment
generate: {max_tokens: 64, temperature: 0.8, stop: ["\n\n", "User:"]}
capture:
  hooks: [resid_post, "resid_pre:0,-1"]
engine: {threads: auto}
`)
	assert.Equal(t, map[string]any{
		"model":    "tiny",
		"generate": map[string]any{"max_tokens": 64, "temperature": 0.8, "stop": []any{"\n\n", "User:"}},
		"capture":  map[string]any{"hooks": []any{"resid_post", "resid_pre:0,-1"}},
		"engine":   map[string]any{"threads": "auto"},
	}, f.Settings)
	assert.Zero(t, f.Fixed)
}

func TestEmptySpecFilesSetNothing(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# nothing yet\n", "---\n"} {
		f, err := ReadSpecFile(write(t, "spec.yaml", text))
		if assert.NoError(t, err, "%q", text) {
			assert.Empty(t, f.Settings, "%q", text)
		}
	}
}

func TestShortForms(t *testing.T) {
	f := readSpec(t, "chat: none\nprompts: facts.jsonl\n")
	assert.Equal(t, map[string]any{
		"chat":    map[string]any{"template": "none"},
		"prompts": map[string]any{"file": "facts.jsonl"},
	}, f.Settings)
}

func TestPromptsLieBesideTheSpec(t *testing.T) {
	for _, form := range []string{"prompts: data/facts.jsonl\n", "prompts: {file: data/facts.jsonl}\n"} {
		spec := write(t, "spec.yaml", form)
		beside := filepath.Join(filepath.Dir(spec), "data", "facts.jsonl")
		require.NoError(t, os.Mkdir(filepath.Dir(beside), 0o700))
		require.NoError(t, os.WriteFile(beside, nil, 0o600))
		f, err := ReadSpecFile(spec)
		require.NoError(t, err)
		assert.Equal(t, beside, f.Settings["prompts"].(map[string]any)["file"])
	}
}

func TestPromptsFallBackToTheWorkingFolder(t *testing.T) {
	f := readSpec(t, "prompts: {file: elsewhere.jsonl}\n")
	assert.Equal(t, "elsewhere.jsonl", f.Settings["prompts"].(map[string]any)["file"])
}

func TestAbsolutePromptsStayAsTheyAre(t *testing.T) {
	path := write(t, "facts.jsonl", "")
	f := readSpec(t, "prompts: "+path+"\n")
	assert.Equal(t, path, f.Settings["prompts"].(map[string]any)["file"])
}

// Layers of settings lower the case of keys; rows and template variables keep it.
func TestRowsAndVarsKeepTheCaseOfTheirKeys(t *testing.T) {
	f := readSpec(t, `
prompts:
  rows:
    - {id: A, prompt: "Is it?", Topic: Physics, Source: {URL: x, Year: 1999}}
chat: {template: auto, vars: {ToolNames: [A, b], enableThinking: true}}
`)
	assert.Equal(t, Rows{json.RawMessage(`{"id":"A","prompt":"Is it?","Topic":"Physics","Source":{"URL":"x","Year":1999}}`)}, f.Fixed.Prompts.Rows)
	assert.Equal(t, Vars{"ToolNames": json.RawMessage(`["A","b"]`), "enableThinking": json.RawMessage("true")}, f.Fixed.Chat.Vars)
	assert.Equal(t, map[string]any{}, f.Settings["prompts"])
	assert.Equal(t, map[string]any{"template": "auto"}, f.Settings["chat"])
}

func TestTextsOfASpec(t *testing.T) {
	f := readSpec(t, "prompts:\n  text:\n    - one\n    - |\n      two\n      lines\n")
	assert.Equal(t, []string{"one", "two\nlines\n"}, f.Fixed.Prompts.Text)
	assert.NotContains(t, f.Settings["prompts"], "text")
}

// YAML reads an unquoted date as a time; a spec knows texts alone.
func TestUnquotedDatesAreTexts(t *testing.T) {
	f := readSpec(t, "chat: {template: auto, now: 2026-01-02}\nprompts: {rows: [{prompt: x, label: 2026-01-02}]}\n")
	assert.Equal(t, "2026-01-02", f.Settings["chat"].(map[string]any)["now"])
	assert.Equal(t, `{"prompt":"x","label":"2026-01-02"}`, string(f.Fixed.Prompts.Rows[0]))
}

func TestAliasesInRows(t *testing.T) {
	f := readSpec(t, "prompts:\n  rows:\n    - {id: a, prompt: &q 'Same?'}\n    - {id: b, prompt: *q}\n")
	require.Len(t, f.Fixed.Prompts.Rows, 2)
	assert.Equal(t, `{"id":"b","prompt":"Same?"}`, string(f.Fixed.Prompts.Rows[1]))
}
