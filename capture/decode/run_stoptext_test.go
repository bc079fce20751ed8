package decode

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/spec"
	"intentprobe/storage/rundir"
)

// stopTextTrial answers the first prompt of newTrial with these pieces.
func stopTextTrial(stops []string, pieces ...string) *trial {
	tr := newTrial()
	tr.spec.Generate.Stop, tr.spec.Generate.MaxTokens = stops, 8
	tr.prompts = tr.prompts[:1]
	tr.script = map[string][]string{"a": pieces}
	return tr
}

func stopRun(t *testing.T, stops []string, pieces ...string) (rundir.Sample, *rundir.Activations) {
	t.Helper()
	tr := stopTextTrial(stops, pieces...)
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	return samples[0], all[0]
}

func TestStopTextsCutTheResponse(t *testing.T) {
	for _, c := range []struct {
		name      string
		stops     []string
		pieces    []string
		response  string
		own, stop int32
		finish    string
	}{
		{"one token", []string{"END"}, []string{" Yes", "END"}, " Yes", 1, 1, "stop"},
		{"several tokens", []string{"STOP"}, []string{" Yes", "ST", "OP"}, " Yes", 1, 2, "stop"},
		{"begins inside a token", []string{"eSTO"}, []string{" may", "be", "ST", "OP"}, " mayb", 2, 2, "stop"},
		{"ends inside a token", []string{"STO"}, []string{" Yes", "ST", "OP"}, " Yes", 1, 2, "stop"},
		{"inside one token", []string{"ay"}, []string{" No", " may"}, " No m", 2, 0, "stop"},
		{"the earliest of two in one token", []string{"D", "ND", "EN"}, []string{".", "END"}, ".", 1, 1, "stop"},
		{"the earliest of two, whatever their order", []string{"EN", "D"}, []string{".", "END"}, ".", 1, 1, "stop"},
		{"one within another", []string{"STOP", "T"}, []string{"ST", "OP"}, "S", 1, 0, "stop"},
		{"one that is the beginning of another", []string{"STST", "ST"}, []string{" No", "ST", "ST"}, " No", 1, 1, "stop"},
		{"a beginning that leads nowhere", []string{"STSTOP"}, []string{" No", "ST", ".", "ST", "ST", "ST", "OP"}, " NoST.ST", 4, 3, "stop"},
		{"bytes", []string{"日"}, []string{".", "\xe6", "\x97", "\xa5"}, ".", 1, 3, "stop"},
		{"bytes that form no character are none", []string{"\uFFFD"}, []string{"\xe6", ".", "<|im_end|>"}, "\uFFFD.", 3, 0, "stop"},
		{"a beginning of bytes", []string{"日"}, []string{"\xe6", "\x97", "<|im_end|>"}, "\uFFFD", 3, 0, "stop"},
		{"the last token that may be drawn", []string{"END"}, []string{".", ".", ".", ".", ".", ".", ".", "END"}, ".......", 7, 1, "stop"},
		{"a beginning at the last token", []string{"END."}, []string{".", ".", ".", ".", ".", ".", ".", "END"}, ".......END", 8, 0, "length"},
		{"nothing before it", []string{"END"}, []string{"END"}, "", 0, 1, "stop"},
		{"the prompt's text does not count", []string{"Is", "?", "assistant", "\nST"}, []string{"ST", " No", "<|im_end|>"}, "ST No", 3, 0, "stop"},
		{"the end of the turn is no text", []string{".<|im_end|>"}, []string{" No", ".", "<|im_end|>"}, " No.", 3, 0, "stop"},
		{"a control token is text", []string{"<|im_start|>"}, []string{" No", "<|im_start|>"}, " No", 1, 1, "stop"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, a := stopRun(t, c.stops, c.pieces...)
			assert.Equal(t, c.response, s.Response)
			assert.Equal(t, c.finish, s.FinishReason)
			assert.Equal(t, []int32{c.own, c.stop}, []int32{s.ResponseTokens, s.StopTokens})
			require.EqualValues(t, len(a.Rows), s.PromptTokens+s.ResponseTokens+s.StopTokens)
			for i, r := range a.Rows {
				assert.Equal(t, int32(i) >= s.PromptTokens+s.ResponseTokens, r.Stop, "row %d", i)
			}
			assert.Equal(t, c.own == 0, s.Logprob == nil)
		})
	}
}

// A beginning of a stop text at the prompt's end, a prefill, is not of the response.
func TestStopTextsDoNotReachBackIntoThePrefill(t *testing.T) {
	tr := stopTextTrial([]string{"STOP"}, "OP", ".", "<|im_end|>")
	tr.prompts = []map[string]any{{"id": "a", "messages": []any{map[string]any{"role": "user", "content": "Is it?"}, map[string]any{"role": "assistant", "content": "ST"}}}}
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	assert.Equal(t, "OP.", samples[0].Response)
	assert.Zero(t, samples[0].StopTokens)
}

// No selector of the answer holds a stop token, nor does what is reduced.
func TestSelectorsLeaveStopTokensOut(t *testing.T) {
	for tokens, want := range map[string][]string{
		"answer":                 {" Yes", "."},
		"response":               {" Yes", "."},
		"response[:-1]":          {" Yes"},
		"response[-1]":           {"."},
		"last_content":           {"."},
		"content[-2:]":           {" Yes", "."},
		"first_generated":        {" Yes"},
		"stop":                   {"ST", "OP"},
		"stop[0]":                {"ST"},
		"response | stop":        {" Yes", ".", "ST", "OP"},
		"last":                   {"OP"},
		"assistant":              {" Yes", ".", "ST", "OP"},
		"assistant & !stop":      {" Yes", "."},
		"end_of_turn | stop[-1]": {"OP"},
	} {
		tr := stopTextTrial([]string{"STOP"}, " Yes", ".", "ST", "OP")
		tr.spec.Capture.Tokens, tr.spec.Capture.Reduce = tokens, []string{"mean", "last"}
		samples, all := tr.run(t)
		tr.checkRows(t, samples, all)
		var got []string
		for _, r := range all[0].Rows {
			got = append(got, r.Token)
		}
		assert.Equal(t, want, got, tokens)
		assert.EqualValues(t, len(want), *samples[0].ReducedTokens)
	}
}

// A stop text in the reasoning part ends the response there.
func TestStopTextsInTheReasoning(t *testing.T) {
	for tokens, want := range map[string][]string{"reasoning": {"<think>", " No"}, "answer": nil, "stop": {"ST", "OP"}} {
		tr := stopTextTrial([]string{"STOP"}, "<think>", " No", "ST", "OP")
		tr.spec.Chat.Reasoning, tr.spec.Capture.Tokens = "<think> </think>", tokens
		samples, all := tr.run(t)
		tr.checkRows(t, samples, all)
		var got []string
		for _, r := range all[0].Rows {
			got = append(got, r.Token)
		}
		assert.Equal(t, want, got, tokens)
	}
}

// Spans are looked for in the response, not in the stop text.
func TestSpansAreNotOfAStopText(t *testing.T) {
	tr := stopTextTrial([]string{"STOP"}, " Yes", "ST", ".", "ST", "OP")
	tr.prompts[0]["spans"] = []any{map[string]any{"name": "st", "regex": "ST", "in": "response", "all": true}}
	samples, all := tr.run(t)
	require.EqualValues(t, 2, samples[0].StopTokens)
	for _, r := range all[0].Rows[samples[0].PromptTokens:] {
		assert.Equal(t, r.Token == "ST" && !r.Stop, len(r.Spans) > 0, r.Token)
	}
}

// What is asked behind the response goes on from before the stop tokens, also where
// the model's state cannot be taken back: the conversation that the files record.
func TestWhatIsAskedGoesOnFromTheResponse(t *testing.T) {
	for _, stateful := range []bool{false, true} {
		tr := stopTextTrial([]string{"STSTOP"}, " Yes", "ST", ".", "ST", "ST", "OP")
		tr.stateful = stateful
		tr.spec.Followups = []spec.Followup{{Name: "true", Ask: "Is it?", Alternatives: []string{" Yes it", " No"}}, {Name: "why", Ask: "?", MaxTokens: 3}}
		tr.script["a/why"] = []string{" No", "ST", "ST"}
		tr.spec.Alternatives = []spec.Alternatives{{Name: "e", Options: []string{".", "Lie"}, At: "end"}, {Name: "long", Options: []string{" No.", "be it"}, At: "end"}}
		samples, all := tr.run(t)
		tr.checkRows(t, samples, all) // against all tokens up to each row
		require.Len(t, samples, 3)
		assert.Equal(t, " YesST.", samples[0].Response)
		assert.EqualValues(t, 3, samples[0].StopTokens)
		for _, s := range samples[1:] {
			assert.Equal(t, samples[0].PromptTokens+samples[0].ResponseTokens, s.FirstPosition)
		}
	}
}

// Without follow-ups a stop text of many tokens is not decoded to its end for nothing.
func TestNoMoreIsDecodedThanIsWanted(t *testing.T) {
	tr := stopTextTrial([]string{"END"}, " Yes", "END")
	tr.spec.Capture.Tokens = "response"
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	assert.Equal(t, int(samples[0].PromptTokens+samples[0].ResponseTokens), tr.decoder.tokens())
}
