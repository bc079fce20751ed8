package intent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
	"intentprobe/capture/intent/ladder"
)

const challenge = `name: mine
outcome: listener
declared: [reflex, partial adaptation]
because: made so
model: model.gguf
subspaces: s.safetensors
`

func challengeIn(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{ChallengeName: text, "model.gguf": "m", "s.safetensors": "s"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666))
	}
	return dir
}

func TestReadChallenge(t *testing.T) {
	dir := challengeIn(t, challenge)
	c, err := ReadChallenge(dir)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, "model.gguf"), c.Model)
	require.Equal(t, []ladder.Word{ladder.Reflex, ladder.PartialAdaptation}, c.Declared)
	require.True(t, c.Against(ladder.Verdict{Word: ladder.BehaviouralIntent, Rung: 6}).Beaten)
	require.False(t, c.Against(ladder.Verdict{Word: ladder.Reflex}).Beaten)
	require.False(t, c.Against(ladder.Verdict{Word: ladder.Undetermined}).Beaten, "no verdict is not a wrong one")
}

func TestWrongChallenges(t *testing.T) {
	for name, c := range map[string]struct{ from, to, says string }{
		"name":       {"name: mine", "name: ../mine", `name is "../mine"`},
		"outcome":    {"outcome: listener", "outcome: gong", `outcome is "gong"; there are listener, bell`},
		"verdict":    {"[reflex,", "[lie,", `"lie" is no verdict; there are no falsehood, mistake`},
		"none":       {"declared: [reflex, partial adaptation]", "declared: []", "no verdict is declared"},
		"no reason":  {"because: made so", `because: ""`, "because is empty"},
		"no file":    {"model: model.gguf", "model: other.gguf", "other.gguf"},
		"no model":   {"model: model.gguf\n", "", "model is empty"},
		"unknown":    {"name: mine", "nom: mine", `:1: unknown key "nom"`},
		"not a text": {"because: made so", "because: [a]", "a list, where a text is wanted"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadChallenge(challengeIn(t, strings.Replace(challenge, c.from, c.to, 1)))
			require.ErrorContains(t, err, c.says)
			require.ErrorAs(t, err, new(*hint.UsageError))
		})
	}
	_, err := ReadChallenge(t.TempDir())
	require.ErrorAs(t, err, new(*hint.UsageError))
	require.ErrorContains(t, err, ChallengeName)
}

// Those in the tree can be read.
func TestChallengersInTheTree(t *testing.T) {
	dirs, err := filepath.Glob("../../models/phantom/challengers/*/" + ChallengeName)
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, path := range dirs {
		c, err := ReadChallenge(filepath.Dir(path))
		require.NoError(t, err)
		require.Equal(t, filepath.Base(filepath.Dir(path)), c.Name)
	}
}
