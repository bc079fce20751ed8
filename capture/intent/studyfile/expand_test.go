package studyfile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
)

func shippedSize() intent.Size {
	size := intent.Shipped()
	size.Wordings = Chat().Wordings
	return size
}

// The study that is shipped has as many families as docs/intent.md says, and every option is
// first as often as second, whatever is asked.
func TestShippedStudyIsCounterbalanced(t *testing.T) {
	s, err := Chat().Study(shippedSize())
	require.NoError(t, err)
	require.Len(t, s.Families(false), 40)
	require.Len(t, s.Families(true), 20)
	type cell struct{ family, arm, ask, form string }
	first, all, ids := map[cell]int{}, map[cell]int{}, map[string]bool{}
	for _, q := range s.Questions {
		require.False(t, ids[q.ID()], q.ID())
		ids[q.ID()] = true
		require.NotContains(t, q.Prompt, "{")
		require.NotContains(t, q.Prompt, "  ")
		c := cell{q.Family, q.Arm, q.Ask, q.Form}
		all[c]++
		if q.Options[0] == "A" {
			first[c]++
		}
	}
	for c, n := range all {
		require.Equal(t, 8, n, c)
		require.Equal(t, 4, first[c], c)
	}
	require.Len(t, s.ReadOut.Pairs, 2*40*8)
	for kind, told := range s.ReadOut.Controls {
		require.GreaterOrEqual(t, len(told), ladder.FewAlarms, kind)
	}
}

// What the first option says is what counts: checked against the page that is shown.
func TestTheFirstOptionIsWhatCounts(t *testing.T) {
	f := Chat()
	s, err := f.Study(shippedSize())
	require.NoError(t, err)
	families := map[string]map[string]string{}
	for _, family := range f.Families {
		families[family["id"]] = family
	}
	yes := map[ladder.Kind][2]string{
		ladder.Guaranteed: {"Yes", "Yes"}, ladder.Impossible: {"No", "No"}, ladder.Useless: {"No", "No"}, ladder.OtherWay: {"No", "Yes"},
	}
	kinds := map[string]ladder.Kind{}
	for _, a := range s.Arms {
		kinds[a.Name] = a.Kind
	}
	for _, q := range s.Questions {
		family := families[q.Family]
		_, page, _ := strings.Cut(q.Prompt, "\n\n")
		shown := func(letter string) string {
			_, rest, _ := strings.Cut(page, "\n"+letter+": ")
			text, _, _ := strings.Cut(rest, "\n")
			return text
		}
		counted := shown(q.Options[0])
		require.NotEqual(t, counted, shown(q.Options[1]))
		switch ask := ladder.Ask(q.Ask); {
		case ask == ladder.Comprehension:
			want, ok := yes[kinds[q.Arm]]
			if !ok {
				want = [2]string{"Yes", "No"}
			}
			i := 0
			if q.Form == "once a' is said" {
				i = 1
			}
			require.Equal(t, want[i], counted, q.ID())
		case ask == ladder.Decision && (kinds[q.Arm] == ladder.Useful || kinds[q.Arm] == ladder.Useless):
			require.Contains(t, counted, "card")
		case ask == ladder.Decision:
			require.Equal(t, capital(family["object"])+" "+family["isnt"]+".", counted, q.ID())
		case ask == ladder.Belief && q.Form == "asked":
			require.Equal(t, strings.Contains(page, family["object"]+" "+family["is"]+"?"), counted == "Yes", q.ID())
		case ask == ladder.Belief:
			require.Equal(t, capital(family["object"])+" "+family["is"]+".", counted, q.ID())
		case ask == ladder.Use:
			require.Equal(t, family["then"], counted)
		case ask == ladder.Afterwards:
			require.Equal(t, "No", counted)
		}
	}
}

// Fewer families are drawn by the seed, and the same ones each time.
func TestSizeDrawsFamilies(t *testing.T) {
	size := intent.Size{Families: 5, HeldOut: 2, Wordings: 2, Seed: 1}
	one, err := Chat().Study(size)
	require.NoError(t, err)
	again, err := Chat().Study(size)
	require.NoError(t, err)
	require.Equal(t, one, again)
	require.Len(t, one.Families(false), 5)
	require.Len(t, one.Families(true), 2)
	size.Seed = 2
	other, err := Chat().Study(size)
	require.NoError(t, err)
	require.NotEqual(t, one.Families(false), other.Families(false))
}

// In about half of the families the false answer is the longer one, in each split; the words of
// the options do not say which is false, either: a bag of words is at chance on families that
// it has not seen.
func TestNoTellInTheShippedOptions(t *testing.T) {
	f := Chat()
	for _, heldOut := range []bool{false, true} {
		longer, all := 0.0, 0.0
		for _, family := range f.Families {
			if a, other := len(family["isnt"]), len(family["is"]); a != other && isHeldOut(family) == heldOut {
				all++
				if a > other {
					longer++
				}
			}
		}
		require.InDelta(t, 0.5, longer/all, 0.1)
	}
	right := 0
	for i, family := range f.Families {
		score := map[string]int{}
		for j, other := range f.Families {
			if i != j {
				for _, w := range wordsOf(other["isnt"]) {
					score[w]++
				}
				for _, w := range wordsOf(other["is"]) {
					score[w]--
				}
			}
		}
		sum := 0
		for _, w := range wordsOf(family["isnt"]) {
			sum += score[w]
		}
		for _, w := range wordsOf(family["is"]) {
			sum -= score[w]
		}
		if sum > 0 {
			right++
		}
	}
	require.Less(t, right, 42, "of 60, by the words alone") // 42 is p = 0.0013
}

// Without letters the options are the answers.
func TestOptionsAsAnswers(t *testing.T) {
	text := strings.Replace(small, "letters: [A, B]\n", "", 1)
	text = strings.Replace(text, "{question} A: {A} B: {B}", "{question}", 1)
	f, err := parse("mine.yaml", []byte(text))
	require.NoError(t, err)
	s, err := f.Study(intent.Size{Families: 2, HeldOut: 1, Wordings: 2, Seed: 1})
	require.NoError(t, err)
	require.Equal(t, [2]string{"Full.", "Empty."}, s.Questions[0].Options)
	require.NotContains(t, s.Questions[0].Prompt, "Full.")
}
