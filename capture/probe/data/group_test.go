package data

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/internal/runs"
	"intentprobe/storage/rundir"
)

func TestGroups(t *testing.T) {
	open := func(opt Options, change func(i int, s *runs.Sample)) *Set {
		s, err := Open(ctx, []string{design{questions: 4, change: change}.write(t)}, opt)
		require.NoError(t, err)
		return s
	}
	s := open(truth(), nil)
	require.Equal(t, []string{"question q0", "question q0", "question q1", "question q1", "question q2", "question q2", "question q3", "question q3"}, s.ByGroup())
	require.Equal(t, Groups{Positive: 4, Negative: 4, Both: 4, All: 4}, s.Groups)

	s = open(truth(), func(i int, s *runs.Sample) {
		if s.Question = nil; i < 4 {
			s.Pair = new(fmt.Sprint("pair", i%2)) // of one class each
		}
	})
	require.Equal(t, []string{"pair pair0", "pair pair1", "pair pair0", "pair pair1", "prompt p4", "prompt p5", "prompt p6", "prompt p7"}, s.ByGroup())
	require.Equal(t, Groups{Positive: 3, Negative: 3, All: 6}, s.Groups)

	s = open(truth(), func(i int, s *runs.Sample) {
		if i > 1 {
			s.Meta = fmt.Sprintf(`{"template":"t%d"}`, i/4) // 0 0 - 0 0 1 1 1 1
		}
	})
	require.Equal(t, []string{"question q0", "question q0", "question q1", "question q1", "question q2", "question q2", "question q2", "question q2"}, s.ByGroup())

	crossed := func(i int, s *runs.Sample) { s.Meta = fmt.Sprintf(`{"template":"t%d","topic":"x%d"}`, i%2, i/4) }
	s = open(truth(), crossed)
	require.Equal(t, 4, s.Groups.All)
	require.Len(t, s.Notes, 1)
	require.Contains(t, s.Notes[0], "templates cross the questions")
	opt := truth()
	opt.Group = []string{"topic"}
	s = open(opt, crossed)
	require.Equal(t, "topic x0", s.Samples[3].Group)
	require.Equal(t, 2, s.Groups.All)
	opt.Group = []string{"prompt_id", "template"}
	s = open(opt, crossed)
	require.Equal(t, 2, s.Groups.All)
	template, err := s.By("template")
	require.NoError(t, err)
	require.Equal(t, []string{"t0", "t1", "t0", "t1", "t0", "t1", "t0", "t1"}, template)
	_, err = s.By("nothing")
	expect.Refused(t, err, `"nothing"`)
}

// Questions on two sides of a split are refused, in one run and between runs.
func TestGroupsOnTwoSidesOfASplit(t *testing.T) {
	by := func(split func(i int) string, spec string, from int) string {
		return design{questions: 4, from: from, manifest: func(m *rundir.Manifest) { m.Spec = []byte(spec) }, change: func(i int, s *runs.Sample) {
			if of := split(i); of != "" {
				s.Split = &of
			}
		}}.write(t)
	}
	half := func(i int) string { return []string{"train", "test"}[i/4] }
	good := by(half, `{"a":1}`, 0)
	s, err := Open(ctx, []string{good}, truth())
	require.NoError(t, err)
	require.Equal(t, []string{"train", "train", "train", "train", "test", "test", "test", "test"}, s.BySplit())
	leak := by(func(i int) string { return []string{"", "train", "train", "train", "test", "train", "test", "test"}[i] }, `{"a":2}`, 0)
	_, err = Open(ctx, []string{leak}, truth())
	expect.Refused(t, err, `the group "question q2" is on two sides of a split: sample 4 of `+leak+" is in test, sample 5 of "+leak+" in train")
	other := by(func(i int) string { return half(7 - i) }, `{"a":3}`, 0)
	_, err = Open(ctx, []string{good, other}, truth())
	expect.Refused(t, err, "question q0", "sample 0 of "+good, "sample 0 of "+other)
	opt := truth()
	opt.IgnoreSplit = true
	s, err = Open(ctx, []string{good, other}, opt)
	require.NoError(t, err)
	require.Equal(t, 4, s.Groups.All, "questions are the same in both runs")
}

// Labels are exchanged within a run; within several where they share groups.
func TestStrata(t *testing.T) {
	run := func(spec string, from int) string {
		return design{questions: 3, from: from, manifest: func(m *rundir.Manifest) { m.Spec = []byte(spec) }}.write(t)
	}
	s, err := Open(ctx, []string{run(`{"a":1}`, 0)}, truth())
	require.NoError(t, err)
	c := s.Cases([]int8{0, 1, 2, 0, 1, 2})
	require.Nil(t, c.Stratum)
	require.Equal(t, []bool{true, false, true, false, true, false}, c.Positive)
	require.Equal(t, []string{"lie", "mistake", "lie", "mistake", "lie", "mistake"}, s.Labels())
	require.Equal(t, []int8{0, 1, 2, 0, 1, 2}, c.Cell)
	s, err = Open(ctx, []string{run(`{"a":1}`, 0), run(`{"a":2}`, 3), run(`{"a":3}`, 5)}, truth())
	require.NoError(t, err)
	of := s.Cases(nil).Stratum
	require.NotEqual(t, of[0], of[6])
	require.Equal(t, of[6], of[17], "runs 1 and 2 have question 5")
	names, err := s.By("run")
	require.NoError(t, err)
	require.Equal(t, s.Runs[2].Name, names[17])
}

// Samples of one text are one group, whatever they are called: a probe that has seen a text
// knows its label by heart.
func TestSamplesOfOneText(t *testing.T) {
	open := func(opt Options, change func(i int, s *runs.Sample)) *Set {
		s, err := Open(ctx, []string{design{questions: 4, change: change}.write(t)}, opt)
		require.NoError(t, err)
		return s
	}
	twice := func(reason string) func(i int, s *runs.Sample) {
		return func(i int, s *runs.Sample) {
			s.Prompt, s.FinishReason = []string{"Is it  so?  ", "is it so? "}[i%2]+fmt.Sprint(i/2%2), reason // 0 0 1 1 0 0 1 1
			s.Response = fmt.Sprint(i / 2)
		}
	}
	s := open(truth(), twice("stop"))
	require.Equal(t, Groups{Positive: 2, Negative: 2, Both: 2, All: 2}, s.Groups, "sampled answers are of one prompt, whatever they say")
	require.Contains(t, s.Notes, "4 groups have samples of one text under other names, and are joined where they do: on two sides of a split, a probe would know them by heart.")
	s = open(truth(), twice("given"))
	require.Equal(t, 4, s.Groups.All, "given answers differ")
	require.Empty(t, s.Notes)
	s = open(truth(), func(i int, s *runs.Sample) { twice("given")(i, s); s.Response = " YES" })
	require.Equal(t, 2, s.Groups.All)
	opt := truth()
	opt.Group = []string{"prompt_id"}
	s = open(opt, twice("stop"))
	require.Equal(t, 4, s.Groups.All, "of groups by key answers count, too: prompt and answer are alike in pairs")
	require.Equal(t, "prompt_id p0", s.Samples[1].Group)

	// A follow-up is of the text of its answer.
	opt = truth()
	opt.Followups = true
	s = open(opt, func(i int, s *runs.Sample) {
		if twice("stop")(i, s); i%2 == 1 {
			s.Prompt, s.ParentSampleID, s.Followup = "Sure?", new(int64(i-1)), new("sure")
		}
	})
	require.Equal(t, 2, s.Groups.All)

	// On two sides of a split they are refused.
	_, err := Open(ctx, []string{design{questions: 4, change: func(i int, s *runs.Sample) {
		twice("stop")(i, s)
		s.Split = new([]string{"train", "test"}[i/4])
	}}.write(t)}, truth())
	expect.Refused(t, err, "is on two sides of a split")
}
