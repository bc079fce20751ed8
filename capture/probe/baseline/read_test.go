package baseline

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/verdict"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

const post = "blocks.0.hook_resid_post"

// written is a run of 12 questions with a lie and a mistake each. Sample i has a prompt of 3
// tokens and an answer of 1 + i%3; its rows have values that follow from i and the row.
func written(t *testing.T, change func(i int, s *runs.Sample), reduce []string, noRows bool) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	require.NoError(t, runs.Write(dir, runs.Run{
		Columns: []arrowfile.Column{{Name: embed, Shape: []int{2}, DType: arrowfile.Float32}, {Name: post, Shape: []int{2}, DType: arrowfile.Float32}},
		Samples: 24, GroupSamples: 10, Reduce: reduce, NoRows: noRows,
		Manifest: func(m *rundir.Manifest) { m.Spec = fmt.Appendf(nil, `{"of":%q}`, dir) },
		Sample: func(i int) runs.Sample {
			n := 1 + i%3
			sum := 0.0
			s := runs.Sample{Sample: rundir.Sample{
				PromptID: fmt.Sprint(i), Question: new(fmt.Sprint(i / 2)), Condition: new([]string{"lie", "mistake"}[i%2]),
				Prompt: fmt.Sprintf("Question %d?", i/2), Response: fmt.Sprintf("answer %d", i%4), PromptTokens: 3, ResponseTokens: int32(n),
			}, Rows: runs.Rows(3, n)}
			for k := range n {
				p := -float32(i) - float32((k+2)%3)
				s.Rows[3+k].Logprob, s.Rows[3+k].Entropy = p, float32(k)
				sum += float64(p)
			}
			s.Rows[1].Logprob, s.Rows[1].Entropy = -100, 100 // of the prompt
			s.Logprob = &sum
			s.Values = func(row, column int, out []float32) { out[0], out[1] = float32(10*i+row), float32(column) }
			if change != nil {
				change(i, &s)
			}
			return s
		},
	}))
	return dir
}

func opened(t *testing.T, dirs []string, opt data.Options) *data.Set {
	t.Helper()
	opt.Label, opt.Positive, opt.Negative, opt.Points = "condition", "lie", "mistake", []string{post}
	s, err := data.Open(context.Background(), dirs, opt)
	require.NoError(t, err)
	return s
}

func TestRead(t *testing.T) {
	s := opened(t, []string{written(t, nil, nil, false)}, data.Options{Tokens: []string{"prompt[-1:]", "response"}})
	for tokens, place := range map[string]Place{"prompt[-1:]": {Rows: 1, Mean: -1}, "response": {Rows: 3, Mean: 1, Said: true}} {
		items, err := Read(context.Background(), s, tokens)
		require.NoError(t, err)
		require.Len(t, items, 24)
		x := items[5]
		assert.Equal(t, place, x.Place, tokens)
		assert.Equal(t, Answer{Rows: 3, First: -7, Least: -7, Entropy: 1}, x.Answer)
		assert.Equal(t, Answer{Rows: 1, First: -5, Least: -5, Entropy: 0}, items[3].Answer)
		assert.Equal(t, s.Samples[5].Group, x.Group)
		assert.Empty(t, x.Before)
	}
	all, missing, notes, err := Of(context.Background(), s, "response")
	require.NoError(t, err)
	assert.Empty(t, missing)
	assert.Empty(t, notes)
	mean := named(t, all, "mean embedding")
	assert.Equal(t, verdict.Text, mean.Kind)
	rows := read(t, mean.Space.Rows)
	require.Len(t, rows, 24)
	assert.Equal(t, []float32{54, 0}, rows[5], "the mean of rows 3 to 5")
	assert.Equal(t, verdict.Text, named(t, all, "position").Kind)
	assert.Empty(t, mean.Nothing)
}

// What was not captured is not made up.
func TestReadWithoutRows(t *testing.T) {
	dir := written(t, func(i int, s *runs.Sample) {
		s.Rows = s.Rows[2:3] // the prompt's last
		s.Logprob = nil
	}, nil, false)
	all, missing, notes, err := Of(context.Background(), opened(t, []string{dir}, data.Options{}), "")
	require.NoError(t, err)
	assert.Equal(t, []string{"likelihood: the samples have no log-probabilities"}, missing)
	assert.Empty(t, notes)
	assert.NotEmpty(t, named(t, all, "mean embedding").Nothing, "no token of an answer has a row")
	assert.Equal(t, verdict.Prompt, named(t, all, "position").Kind)

	dir = written(t, nil, []string{"mean"}, true)
	all, missing, notes, err = Of(context.Background(), opened(t, []string{dir}, data.Options{}), "")
	require.NoError(t, err)
	assert.Empty(t, missing)
	assert.Equal(t, []string{"no answer", "sum", "mean"}, named(t, all, "likelihood").Columns)
	assert.Contains(t, notes[0], "has reductions, and no rows")
	items, err := Read(context.Background(), opened(t, []string{dir}, data.Options{}), "")
	require.NoError(t, err)
	assert.Equal(t, Place{Rows: 6, Said: true}, items[5].Place)
	assert.True(t, math.IsNaN(items[5].Answer.First))
}

// Follow-ups have what they continue, of several runs each its own.
func TestReadFollowUps(t *testing.T) {
	follow := func(shift int) string {
		return written(t, func(i int, s *runs.Sample) {
			s.Question = new(fmt.Sprint(shift, " ", i/2))
			if i >= 12 { // they continue those before, the last two a follow-up
				s.ParentSampleID, s.Followup, s.FirstPosition = new(int64(i-12)), new("sure"), 9
				if i >= 22 {
					s.ParentSampleID = new(int64(i - 2))
				}
				for k := range s.Rows {
					s.Rows[k].Position += 9
					s.Rows[k].Phase = rundir.PhaseFollowup
				}
			}
		}, nil, false)
	}
	s := opened(t, []string{follow(0), follow(1)}, data.Options{Where: []string{"followup=sure"}, Tokens: []string{"response"}})
	items, err := Read(context.Background(), s, "response")
	require.NoError(t, err)
	require.Len(t, items, 24)
	assert.Equal(t, "Question 0?answer 0Question 6?", items[0].prompt())
	assert.Equal(t, "Question 4?answer 0Question 10?answer 0Question 11?", items[10].prompt(), "a follow-up of a follow-up")
	assert.Equal(t, "Question 0?answer 0Question 6?", items[12].prompt())
	assert.Equal(t, 12, items[0].promptTokens())
	assert.Equal(t, Answer{Rows: 1, First: -14, Least: -14}, items[0].Answer)
	assert.Equal(t, Place{Rows: 1, Mean: 0, Said: true}, items[0].Place)
}
