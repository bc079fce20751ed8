package probe

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/internal/runs"
)

func TestTransferLeavesOutSetsOfOneClass(t *testing.T) {
	style := func(i int, s *runs.Sample) {
		s.Style = new([]string{"plain", "plain", "terse", "terse", "odd", "lost"}[i%6])
		if *s.Style == "lost" {
			s.Style = nil
		}
	}
	opt := lies()
	opt.Data.Points = []string{post}
	r, err := Transfer(ctx, []string{design{questions: 60, seed: 10, change: style}.write(t)}, "style", opt)
	require.NoError(t, err)
	require.Equal(t, []string{"plain", "terse", "odd"}, r.Matrix.Train)
	for i := range 2 {
		require.Greater(t, r.Matrix.AUROC[i][1-i].Value, 0.8)
		require.True(t, math.IsNaN(r.Matrix.AUROC[i][2].Value)) // nothing but lies to rank
		require.True(t, math.IsNaN(r.Matrix.AUROC[2][i].Value))
	}
	require.Equal(t, []string{`nothing was trained on style "odd": no sample is mistake`}, r.Warnings)
	_, err = json.Marshal(r)
	require.NoError(t, err)
}

func TestTransfersThatMeanNothing(t *testing.T) {
	run := design{questions: 12, seed: 11}.write(t)
	for by, said := range map[string]string{
		"run": "all samples have the same run", "followup": "have no follow-ups", "prompt_id": "24 values|no prompt_id has two groups", ByTokens: "there is one token",
	} {
		opt := lies()
		opt.Data.Points = []string{post}
		_, err := Transfer(ctx, []string{run}, by, opt)
		require.Error(t, err, by)
		require.Regexp(t, said, err.Error())
		expect.Refused(t, err)
	}
}

// Follow-ups are of the question and the class of the answers that they ask about.
func TestFollowupsTransfer(t *testing.T) {
	asked := func(i int, s *runs.Sample) {
		n := i / 4
		s.PromptID, s.Question = []string{"lie", "mistake"}[i/2%2]+string(rune('a'+n)), nil
		s.Pair = nil
		s.Condition = new([]string{"lie", "mistake"}[i/2%2])
		if i%2 == 1 {
			s.ParentSampleID, s.Followup = new(int64(i-1)), new("sure")
			s.PromptID += "/sure"
		}
	}
	opt := lies()
	opt.Data.Points = []string{post}
	r, err := Transfer(ctx, []string{design{questions: 40, seed: 12, change: asked}.write(t)}, ByFollowup, opt)
	require.NoError(t, err)
	require.Equal(t, []string{answered, "sure"}, r.Matrix.Train)
	require.Equal(t, 40, r.Task.Positive.Samples)
	require.Equal(t, 20, r.Task.Positive.Groups) // a follow-up is of its answer's
}
