package effect

import (
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/effect/simulate"
	"intentprobe/storage/rundir"
)

// reportOf analyses samples in memory.
func reportOf(t testing.TB, arms []rundir.Arm, samples []rundir.Sample, opt Options) *Report {
	t.Helper()
	for i := range samples {
		samples[i].SampleID = int64(i)
	}
	require.NoError(t, opt.fill())
	r, err := ofSamples(t.TempDir(), arms, samples, opt)
	require.NoError(t, err)
	return r
}

// analyse analyses a simulated design.
func analyse(t testing.TB, d simulate.Design) *Report {
	t.Helper()
	arms, samples := d.Make()
	return reportOf(t, arms, samples, Options{})
}

// armNamed gives an arm of a report.
func armNamed(t testing.TB, r *Report, name string) *Arm {
	t.Helper()
	for _, a := range r.Arms {
		if a.Name == name {
			return a
		}
	}
	require.Fail(t, "no arm "+name)
	return nil
}

// values makes one value a question.
func values(x ...float64) (out []value) {
	for i, v := range x {
		out = append(out, value{string(rune('a' + i)), v})
	}
	return out
}

// two are the arms none and lie@1.
func two(predict string) []rundir.Arm {
	return []rundir.Arm{
		{Name: "none", Kind: "none"},
		{Name: "lie@1", Kind: "edit", Edits: []rundir.ArmEdit{{Intervention: "lie", Do: "add", Scale: new(1.0), Predict: predict}}},
	}
}

// scoredSample is a sample with the log-probabilities of its options.
func scoredSample(arm, question string, logprobs ...float64) rundir.Sample {
	return rundir.Sample{
		Arm: &arm, Question: &question, PromptID: question, Meta: "{}",
		Alternatives: []string{"verdict:TRUE", "verdict:FALSE", "verdict:maybe"}[:len(logprobs)], AlternativeLogprobs: logprobs,
	}
}
