package decode

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/spec"
)

// givenTrial gives a response to one prompt, under the chat template or as raw text.
func givenTrial(template, response string) *trial {
	tr := newTrial()
	tr.spec.Chat.Template = template
	tr.prompts = []map[string]any{{"id": "c", "prompt": "Is it?", "response": response}}
	return tr
}

// A response may bring its end token, as saved transcripts do: it ends there, once.
func TestAGivenResponseMayEndWithAnEndToken(t *testing.T) {
	for given, tokens := range map[string][]string{
		" Yes.<|im_end|>":               {" Yes", ".", "<|im_end|>"},
		" Yes.<|im_end|>\n":             {" Yes", ".", "<|im_end|>"},
		" Yes.<|im_end|> \n\n":          {" Yes", ".", "<|im_end|>"},
		" Yes.</s>":                     {" Yes", ".", "</s>"},
		" Yes.<|im_end|>\n</s>\n":       {" Yes", ".", "<|im_end|>"},
		" Yes.<|im_end|><|im_end|>":     {" Yes", ".", "<|im_end|>"},
		" Yes.\n<|im_end|>":             {" Yes", ".", "\n", "<|im_end|>"},
		" Yes 日.<|im_end|>":             {" Yes", " ", "\xe6", "\x97", "\xa5", ".", "<|im_end|>"},
		"<|im_end|>":                    {"<|im_end|>"},
		" Yes<|im_start|>.<|im_end|>\n": {" Yes", "<|im_start|>", ".", "<|im_end|>"},
	} {
		for _, template := range []string{"auto", "none"} {
			tr := givenTrial(template, given)
			tr.spec.Capture.Tokens = "response | end_of_turn | last_content"
			samples, all := tr.run(t)
			tr.checkRows(t, samples, all)
			want, text := tr.tok.IDs(tokens...), ""
			for _, piece := range tokens[:len(tokens)-1] {
				text += piece
			}
			assert.Equal(t, text, samples[0].Response, "%q, %s", given, template)
			assert.EqualValues(t, len(want), samples[0].ResponseTokens, "%q, %s", given, template)
			var got []int32
			for _, r := range all[0].Rows {
				if r.Phase == phaseResponse {
					got = append(got, r.TokenID)
				}
			}
			assert.Equal(t, want, got, "%q, %s", given, template)
		}
	}
}

// Its rows are those of the same response without the end token.
func TestAnEndTokenThatIsBroughtIsTheTemplatesOwn(t *testing.T) {
	var files []map[string]string
	for _, given := range []string{" Yes.", " Yes.<|im_end|>", " Yes.<|im_end|>\n"} {
		tr := givenTrial("auto", given)
		tr.run(t)
		files = append(files, tr.files(t))
	}
	assert.Equal(t, files[0], files[1])
	assert.Equal(t, files[0], files[2])
}

// The token that ends a response is none of its text: no span is found in it.
func TestSpansAreNotOfAnEndToken(t *testing.T) {
	for _, given := range []string{" Yes.", " Yes.<|im_end|>\n"} {
		tr := givenTrial("auto", given)
		tr.prompts[0]["spans"] = []any{
			map[string]any{"name": "word", "regex": "[a-z]+", "in": "response"}, // once, so not in <|im_end|> as well
			map[string]any{"name": "point", "regex": `\.$`, "in": "response"},
			map[string]any{"name": "all", "regex": "(?s).+", "in": "response"},
		}
		_, all := tr.run(t)
		got := map[string][]string{}
		for _, r := range all[0].Rows {
			if r.Phase == phaseResponse {
				got[r.Token] = r.Spans
			}
		}
		assert.Equal(t, map[string][]string{" Yes": {"all", "word"}, ".": {"all", "point"}, "<|im_end|>": nil}, got, given)
	}
	tr := newTrial()
	tr.prompts = []map[string]any{{"id": "a", "prompt": "Is it?", "spans": []any{map[string]any{"name": "end", "text": "end", "in": "response"}}}}
	tr.script = map[string][]string{"a": {" Yes", ".", "<|im_end|>"}}
	samples, all := tr.run(t)
	assert.Equal(t, "stop", samples[0].FinishReason)
	for _, r := range all[0].Rows {
		assert.Empty(t, r.Spans, r.Token)
	}
}

// So does the response of a follow-up.
func TestAFollowupsResponseMayEndWithAnEndToken(t *testing.T) {
	given := " Yes.<|im_end|>\n"
	tr := newTrial()
	tr.spec.Followups = []spec.Followup{{Name: "given", Ask: "Lie.", Response: &given}}
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	assert.Equal(t, " Yes.", samples[1].Response)
	assert.EqualValues(t, 3, samples[1].ResponseTokens)
}
