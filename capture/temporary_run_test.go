package capture

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/prompt"
	"intentprobe/models/phantom"
)

// questions writes prompts as a data set.
func questions(t testing.TB, prompts ...string) string {
	t.Helper()
	var text []byte
	for _, prompt := range prompts {
		line, err := json.Marshal(map[string]string{"prompt": prompt})
		require.NoError(t, err)
		text = append(append(text, line...), '\n')
	}
	return expect.File(t, "questions.jsonl", string(text))
}

func TestATemporaryRunAnswers(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	asked := questions(t,
		"the grey box holds bright tin . the white box holds smooth tin . Uma wants Ben to hear old wax . Uma saw bright tin in the grey box . Ben asks about the grey box . Uma says",
		"the pink box holds bright tin . the white box holds smooth tin . Uma wants Ben to hear old wax . Uma saw bright tin in the pink box . Ben asks about the pink box . Uma says")
	found := 0
	r := &TemporaryRun{Model: phantom.Name, MaxTokens: 3, Threads: 1, Found: func([]prompt.Finding) { found++ }}
	first, manifest, err := r.Generate(context.Background(), asked)
	require.NoError(t, err)
	require.Len(t, first, 2)
	for i, s := range first {
		assert.Contains(t, s.Prompt, []string{"the grey box", "the pink box"}[i])
		assert.Contains(t, s.Response, "wax") // she lies
	}
	assert.Equal(t, phantom.Checksum(), manifest.Model.SHA256)
	assert.Contains(t, string(manifest.Spec), `"max_tokens": 3`)
	assert.Equal(t, 1, found)
	second, _, err := r.Generate(context.Background(), asked)
	require.NoError(t, err)
	assert.Equal(t, first, second)
	left, err := filepath.Glob(filepath.Join(temp, "capture-run-*"))
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.DirExists(t, temp)
}

func TestTemporaryRunsAreRefused(t *testing.T) {
	for what, r := range map[string]TemporaryRun{
		"an answer of 0 tokens":     {Model: phantom.Name},
		"the phantom does not know": {Model: phantom.Name, MaxTokens: 1},
		"nothing.jinja":             {Model: phantom.Name, MaxTokens: 1, Template: "nothing.jinja"},
	} {
		prompt := "Is this right?"
		if r.Template != "" {
			prompt = "tin"
		}
		_, _, err := r.Generate(context.Background(), questions(t, prompt))
		expect.Refused(t, err, what)
	}
	_, err := os.Stat("run")
	assert.ErrorIs(t, err, os.ErrNotExist)
}
