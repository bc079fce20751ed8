package probe

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/verdict"
)

// Each prompt has a word of its own, and no question has both classes: what the words mean may be
// the class (animals and metals), and no baseline of words can know it.
func TestWordsOfOneGroupLeaveTheirMeaningOpen(t *testing.T) {
	unmatched := func(i int, s *runs.Sample) {
		s.Label, s.Condition = s.Condition, nil
		s.Question = new(fmt.Sprint("own", i))
		s.Prompt = fmt.Sprintf("I think of w%x today.", rand.New(rand.NewPCG(9, uint64(i))).Uint64()) //nolint:gosec // a test
	}
	for name, c := range map[string]struct {
		change func(i int, s *runs.Sample)
		open   bool
	}{
		"words of one group": {unmatched, true},
		"words of several": {func(i int, s *runs.Sample) {
			unmatched(i, s)
			s.Prompt = fmt.Sprintf("I think of w%d today.", i/8)
		}, false},
		"pairs": {func(_ int, s *runs.Sample) { s.Label, s.Condition = s.Condition, nil }, false},
		"topics": {func(i int, s *runs.Sample) {
			unmatched(i, s)
			s.Meta = fmt.Sprintf(`{"topic":"t%d"}`, i/10)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			opt := lies()
			opt.Data.Label, opt.Permutations, opt.Data.Points = "label", 200, []string{post}
			r, err := Sweep(ctx, []string{design{questions: 60, seed: 5, change: c.change}.write(t)}, opt)
			require.NoError(t, err)
			because := strings.Join(r.Verdict.Because, "\n")
			if !c.open {
				require.NotContains(t, because, verdict.Meaning)
				return
			}
			require.Equal(t, verdict.Undecided, r.Verdict.Word, because)
			require.Contains(t, because, "Not measured: meaning: 120 of 120 prompts have a word that is in no other group, and 0 of 120 groups have both classes")
			require.Contains(t, strings.Join(r.Verdict.Change, "\n"), "--hooks resid_post,embed and --tokens all")
		})
	}
}
