package intents

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestQuestionsAreOfTheWorld(t *testing.T) {
	w := TheWorld()
	for _, outcome := range Outcomes {
		d := Draw{Outcome: outcome, Families: 5, HeldOut: 3, Wordings: 2, Seed: 9}
		questions, err := w.Questions(d)
		require.NoError(t, err)
		again, err := w.Questions(d)
		require.NoError(t, err)
		assert.Equal(t, questions, again, "by its seed")
		families, arms := map[string]bool{}, map[string]bool{}
		for _, q := range questions {
			require.Nil(t, w.Check(q.Prompt), q.Prompt)
			for _, option := range q.Options {
				require.Nil(t, w.Check(strings.TrimPrefix(option, " ")), option)
				assert.True(t, strings.HasPrefix(option, " "))
			}
			assert.NotEqual(t, q.Options[0], q.Options[1])
			world, told, _ := strings.Cut(q.Family, ">")
			assert.Equal(t, q.HeldOut, slices.Contains(w.HeldOut, [2]string{world, told}), q.Family)
			families[q.Family], arms[q.Arm] = true, true
		}
		assert.Len(t, families, 8)
		for _, a := range w.Arms(outcome) {
			assert.True(t, arms[a.Name], a.Name)
		}
	}
	_, err := w.Questions(Draw{Outcome: "listener", Families: 1000})
	require.ErrorContains(t, err, "1000 families are asked for")
}

// An arm and what it is held against differ in their own sentence alone, and that by few words.
func TestPlacebosAreMatched(t *testing.T) {
	w := TheWorld()
	questions, err := w.Questions(Draw{Outcome: "listener", Families: 10, Wordings: 3, Seed: 2})
	require.NoError(t, err)
	prompts := map[string]string{}
	for _, q := range questions {
		if q.Ask == "decision" {
			prompts[q.Family+q.Wording+q.Arm] = q.Prompt
		}
	}
	for _, a := range w.Arms("listener") {
		if a.Kind != "guaranteed" && a.Kind != "impossible" && a.Kind != "other_way" && a.Kind != "useful" {
			continue
		}
		for _, q := range questions {
			if q.Ask != "decision" || q.Arm != a.Name {
				continue
			}
			one, other := words(q.Prompt), words(prompts[q.Family+q.Wording+a.Against])
			require.Len(t, other, len(one), q.Prompt)
			differ := 0
			for i := range one {
				if one[i] != other[i] {
					differ++
				}
			}
			assert.Equal(t, 1, differ, q.Prompt)
		}
	}
}

func TestPairsHaveTheSameWords(t *testing.T) {
	told, err := TheWorld().Pairs(40, false, 3)
	require.NoError(t, err)
	require.Len(t, told, 80)
	for i := 0; i < len(told); i += 2 {
		lie, truth := words(told[i].Prompt), words(told[i+1].Prompt)
		assert.NotEqual(t, lie, truth)
		slices.Sort(lie)
		slices.Sort(truth)
		assert.Equal(t, lie, truth)
		assert.Equal(t, told[i].Pair, told[i+1].Pair)
		assert.Equal(t, []string{"lie", "truth"}, []string{told[i].Label, told[i+1].Label})
	}
}

func TestSwapsSayWhatTheyMustDo(t *testing.T) {
	w := TheWorld()
	swaps, err := w.Swaps("listener", 30, true, 4)
	require.NoError(t, err)
	counts := map[[2]bool]int{}
	for _, s := range swaps {
		counts[[2]bool{s.Question, s.Before != s.After}]++
		for _, prompt := range []string{s.Base, s.Source} {
			at := words(prompt)
			assert.Equal(t, w.Summary, at[len(at)+s.Last], prompt)
		}
		assert.True(t, s.HeldOut)
	}
	assert.Equal(t, 30, counts[[2]bool{false, true}])
	assert.Equal(t, 30, counts[[2]bool{false, false}])
	assert.Equal(t, 30, counts[[2]bool{true, true}])
}

func TestModelsByName(t *testing.T) {
	require.NotEmpty(t, Names())
	for _, name := range Names() {
		path, err := File(t.TempDir(), name)
		require.NoError(t, err)
		assert.Contains(t, path, name)
		assert.NotEmpty(t, Declared(name, "listener"))
		info, err := Describe(name)
		require.NoError(t, err)
		assert.NotEmpty(t, info.Does)
		assert.Contains(t, string(info.Figures), info.SHA256, "figures are of this file")
	}
	_, err := Model("liar")
	var unknown *UnknownError
	require.ErrorAs(t, err, &unknown)
	assert.Contains(t, unknown.Hint(), "phantom:"+Names()[0])
}

func TestPromptsOfAnArm(t *testing.T) {
	for arm, said := range map[string]map[string]string{
		"none":         {"intender": "told", "reader": "told"},
		"neutral":      {"intender": "truth", "reader": "truth"},
		"deaf":         {"intender": "truth", "reader": "told"},
		"placebo.sure": {"intender": "told", "reader": "told"},
	} {
		for name, want := range said {
			prompts, err := Prompts(name, arm, 20, 6)
			require.NoError(t, err)
			require.Len(t, prompts, 20)
			for _, p := range prompts {
				assert.Nil(t, TheWorld().Check(p.Prompt))
				assert.Equal(t, map[string]string{"told": p.Told, "truth": p.Answer}[want], p.Said, "%s %s", name, arm)
				assert.Equal(t, p.Said != p.Answer, p.Label == "lie")
			}
		}
	}
	_, err := Prompts("intender", "loud", 1, 1)
	var unknown *UnknownArmError
	require.ErrorAs(t, err, &unknown)
	assert.Contains(t, unknown.Hint(), "placebo.deaf")
}
