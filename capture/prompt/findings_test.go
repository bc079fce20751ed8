package prompt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/spec"
	"intentprobe/models"
)

// A well-made file gives no alarm. The base models among the tiny ones have no chat
// template, and Phi-3's does not write the BOS that its file asks for.
func TestWellMadeModelsGiveNoAlarm(t *testing.T) {
	dir := os.Getenv("CAPTURE_TINY")
	if dir == "" {
		dir = filepath.Join("..", "..", ".venv", "tiny")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "tiny-*.gguf"))
	require.NoError(t, err)
	require.NotEmpty(t, paths, "`make tiny` writes them")
	for _, path := range append(paths, filepath.Join("..", "..", "models", "phantom", "phantom.gguf")) {
		m, err := models.Load(t.Context(), path, models.LoadOptions{NoWeights: true})
		require.NoError(t, err, path)
		want := []string{}
		switch f := m.Facts(); {
		case !f.HasTemplate():
			want = []string{"template-missing"}
		case strings.HasPrefix(f.Architecture, "phi3"), f.Architecture == "phimoe":
			want = []string{"bos-added"}
		}
		got := []string{}
		for _, f := range Findings(m.Facts(), m, nil) {
			got = append(got, f.ID)
		}
		assert.Equal(t, want, got, path)
		assert.Empty(t, Findings(m.Facts(), m, &spec.Chat{Template: "none"}), path)
		m.Close()
	}
}

// Every check stands in the document, with what it means and what to do.
func TestEveryFindingIsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "tokenizers.md"))
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, c := range checks {
		assert.Contains(t, string(text), "| `"+c.id+"` | "+c.means+" | "+c.do+" |")
		assert.False(t, seen[c.id], "%s stands there twice", c.id)
		seen[c.id] = true
	}
}

// A template that raises for one plain user message is named, with its words; so is a
// special token whose number has all bits set.
func TestTemplatesThatRefuseAndTokensThatAreNoneAreFindings(t *testing.T) {
	dir := os.Getenv("CAPTURE_TINY")
	if dir == "" {
		dir = filepath.Join("..", "..", ".venv", "tiny")
	}
	m, err := models.Load(t.Context(), filepath.Join(dir, "tiny-qwen2.gguf"), models.LoadOptions{NoWeights: true})
	require.NoError(t, err)
	defer m.Close()
	found := func(change func(*models.Facts)) (out []string) {
		f := m.Facts()
		change(&f)
		for _, finding := range Findings(f, m, nil) {
			out = append(out, finding.ID+": "+finding.Says)
		}
		return out
	}
	assert.Empty(t, found(func(*models.Facts) {}))
	assert.Contains(t, found(func(f *models.Facts) { f.ChatTemplate = "{{ raise_exception('Only with a system message!') }}" }),
		"template-refuses: the chat template refuses a plain user message: Only with a system message!")
	assert.Equal(t, []string{"special-token-null: tokenizer.ggml.padding_token_id is 4294967295, which names no token"},
		found(func(f *models.Facts) { f.About.NullTokens = []string{"tokenizer.ggml.padding_token_id"} }))
}
