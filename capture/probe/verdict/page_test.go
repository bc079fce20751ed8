package verdict_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/verdict"
)

// docs/verdict.md says the words, the constants and the example as they are.
func TestThePageSaysWhatTheRulesDo(t *testing.T) {
	text, err := os.ReadFile("../../../docs/verdict.md")
	require.NoError(t, err)
	page := string(text)
	for _, word := range []string{verdict.Separates("A", "B"), verdict.Separates("lie", "mistake"), verdict.ReadsPrompt, verdict.ReadsText, verdict.ReadsTopic, verdict.AtChance, verdict.Undecided} {
		assert.Contains(t, page, "`"+word+"`")
	}
	assert.Contains(t, page, fmt.Sprintf("level %g, power %g, effect %g, p %g, chance %g, explained %g.", verdict.Level, verdict.Power, verdict.Effect, verdict.MostP, verdict.Chance, verdict.Explained))
	for _, of := range []struct {
		auroc float64
		says  string
	}{{verdict.Effect, "%d of each can |"}, {verdict.Chance, "(%d of each can)"}} {
		n, err := metric.NeededToResolve(of.auroc, 0.5, verdict.Level, verdict.Power)
		require.NoError(t, err)
		assert.Contains(t, page, fmt.Sprintf(of.says, n))
	}
	source, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	_, output, _ := strings.Cut(string(source), "// Output:\n")
	output = strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(output), "\n}"), "\t// ", "")
	output = strings.ReplaceAll(output, "// ", "")
	require.Greater(t, strings.Count(output, "\n"), 5)
	assert.Contains(t, page, "```text\n"+output+"\n```")
}
