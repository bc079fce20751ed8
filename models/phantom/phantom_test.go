package phantom

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScenesAreAsTheirCauseSays(t *testing.T) {
	w := TheWorld()
	rng := rand.New(rand.NewPCG(1, 2))
	length := map[int]int{}
	for _, cause := range Causes {
		for range 500 {
			s := w.Sample(cause, rng)
			assert.NotEqual(t, s.Speaker, s.Listener)
			assert.NotEqual(t, s.Box, s.Other)
			assert.Equal(t, cause == "lie", s.Intent())
			switch cause {
			case "truth":
				assert.Equal(t, s.World, s.Said())
			case "lie":
				assert.Equal(t, s.World, s.Belief)
				assert.NotEqual(t, s.World, s.Said())
			case "mistake":
				assert.NotEqual(t, s.World, s.Belief)
				assert.Equal(t, s.Belief, s.Said())
			case "guess":
				assert.Empty(t, s.Said())
			}
			text := w.Prompt(s)
			require.Nil(t, w.Check(text), text)
			assert.NotContains(t, text, "{")
			length[len(strings.Fields(text))]++
		}
	}
	assert.Len(t, length, 1, "all prompts have the same number of words")
}

func TestMatchedPromptsDifferInWhatWasSeenAlone(t *testing.T) {
	rows, err := Prompts("lie", 100, 7, true)
	require.NoError(t, err)
	require.Len(t, rows, 200)
	for i := 0; i < len(rows); i += 2 {
		lie, mistake := rows[i], rows[i+1]
		assert.Equal(t, "lie", lie.Label)
		assert.Equal(t, "mistake", mistake.Label)
		assert.Equal(t, lie.Pair, mistake.Pair)
		assert.Equal(t, *lie.Said, *mistake.Said)
		assert.NotEqual(t, lie.Answer, *lie.Said)
		a, b := strings.Fields(lie.Prompt), strings.Fields(mistake.Prompt)
		require.Len(t, b, len(a))
		differ := 0
		for j := range a {
			if a[j] != b[j] {
				differ++
			}
		}
		assert.LessOrEqual(t, differ, 2)
		assert.Positive(t, differ)
	}
	ids := map[string]bool{}
	for _, r := range rows {
		ids[r.ID] = true
	}
	assert.Len(t, ids, 200)
}

func TestTheSeedGivesThePrompts(t *testing.T) {
	one, err := Prompts("mistake", 20, 7, false)
	require.NoError(t, err)
	again, err := Prompts("mistake", 20, 7, false)
	require.NoError(t, err)
	other, err := Prompts("mistake", 20, 8, false)
	require.NoError(t, err)
	assert.Equal(t, one, again)
	assert.NotEqual(t, one, other)
}

func TestUnknownCausesAreRefused(t *testing.T) {
	var unknown *UnknownCauseError
	_, err := Prompts("fib", 1, 1, false)
	require.ErrorAs(t, err, &unknown)
	assert.Contains(t, unknown.Hint(), "mistake")
	_, err = Prompts("truth", 1, 1, true)
	require.ErrorAs(t, err, &unknown)
	assert.NotContains(t, unknown.Hint(), "truth")
}

func TestUnknownWordsAreNamed(t *testing.T) {
	w := TheWorld()
	err := w.Check("the blue box holds Gold . Gold <s>")
	require.NotNil(t, err)
	assert.Equal(t, []string{"Gold", "<s>"}, err.Words)
	require.NotNil(t, w.Check("the  blue"), "two spaces")
	require.NotNil(t, w.Check("the blue box holds old tin."))
	require.Nil(t, w.Check("the blue box holds old tin ."))
}

func TestFileIsTheEmbeddedModel(t *testing.T) {
	dir := t.TempDir()
	path, err := File(dir)
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, gguf, text)
	require.NoError(t, os.WriteFile(path, []byte("damaged"), 0o666))
	again, err := File(dir)
	require.NoError(t, err)
	assert.Equal(t, path, again)
	text, err = os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, gguf, text, "a damaged file is written anew")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
	assert.LessOrEqual(t, len(gguf), 4<<20)
}

func TestDescriptionFitsTheEmbeddedFiles(t *testing.T) {
	info, err := Describe()
	require.NoError(t, err)
	assert.Equal(t, "blocks.3.hook_resid_post", info.Hook)
	assert.Equal(t, 3, info.Layer)
	assert.Greater(t, info.Layers, info.Layer)
	assert.Positive(t, info.LayersWithoutAttention)
	assert.Contains(t, info.Positions, "prompt:-1")
	assert.Positive(t, info.Subspaces["intent"])
	assert.Contains(t, string(info.Figures), info.SHA256, "the figures were measured on this very file")
	var b strings.Builder
	info.Print(&b)
	assert.Contains(t, b.String(), "lie against mistake")
}
