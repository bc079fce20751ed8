package capture

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models"
)

// pieceTurns is the turn and the pieces of each stretch of tokens of the same turn.
func pieceTurns(t *testing.T, tok *fakeTok, r *rendered) (out []string) {
	t.Helper()
	tokens, marks := marked(t, tok, r)
	for i, token := range tokens {
		if i == 0 || marks[i].turn != marks[i-1].turn {
			out = append(out, fmt.Sprint(marks[i].turn, ":"))
		}
		out[len(out)-1] += tokenText(tok, token)
	}
	return out
}

func TestTurnsOpenAndCloseWithTheTemplate(t *testing.T) {
	tok := newTok("user", "assistant", "system")
	assert.Equal(t, []string{
		"0:<|im_start|>system\nA<|im_end|>\n", "1:<|im_start|>user\nB<|im_end|>\n",
		"2:<|im_start|>assistant\nC<|im_end|>\n", "3:<|im_start|>user\nD<|im_end|>\n", "4:<|im_start|>assistant\n",
	}, pieceTurns(t, tok, chat(t, models.Message{Role: "system", Content: "A"}, models.Message{Role: "user", Content: "B"},
		models.Message{Role: "assistant", Content: "C"}, models.Message{Role: "user", Content: "D"})))
}

func TestTurnsWithoutControlTokensOpenBehindTheContent(t *testing.T) {
	r := &rendered{text: "USER: A ASSISTANT:", spans: []span{{from: 6, to: 7, role: roleCode("user")}}, answer: 1, before: -1}
	assert.Equal(t, []string{"0:USER: A", "1: ASSISTANT:"}, pieceTurns(t, newTok(), r))
}

func TestATurnThatOneControlTokenCloses(t *testing.T) {
	tok := newTok()
	r := &rendered{text: "<s>A</s>B", spans: []span{{from: 3, to: 4, role: roleCode("user")}, {from: 8, to: 9, role: roleAssistant, message: 1}}, answer: 1, before: -1, prefilled: true}
	assert.Equal(t, []string{"0:<s>A</s>", "1:B"}, pieceTurns(t, tok, r))
	_, marks := marked(t, tok, r)
	assert.True(t, marks[3].prefill)
	assert.False(t, marks[1].prefill)
}

func TestRawTextHasNoTurns(t *testing.T) {
	assert.Equal(t, []string{"-1:Hi"}, pieceTurns(t, newTok(), raw("Hi")))
}

// thought reads a text in pieces and gives what is reasoning.
func thought(t *testing.T, open bool, pieces ...string) string {
	t.Helper()
	th := reasoningFinder{tags: tags{"<think>", "</think>"}, inside: open}
	text, settled := "", map[int]bool{}
	for _, p := range pieces {
		text += p
		th.read(text)
		for at := range th.decidedTo(len(text)) {
			covers := th.covers(stretch{at, at + 1})
			if was, ok := settled[at]; ok {
				require.Equal(t, was, covers, "byte %d of %q was settled otherwise", at, text)
			}
			settled[at] = covers
		}
	}
	var out strings.Builder
	for at := range len(text) {
		if th.covers(stretch{at, at + 1}) {
			out.WriteByte(text[at])
		}
	}
	return out.String()
}

func TestReasoningIsFoundHoweverItComes(t *testing.T) {
	text := "a < b <think>x</thin y</think> so <think></think>!"
	want := "<think>x</thin y</think><think></think>"
	assert.Equal(t, want, thought(t, false, text))
	assert.Equal(t, want, thought(t, false, strings.Split(text, "")...))
	for at := range len(text) {
		assert.Equal(t, want, thought(t, false, text[:at], text[at:]))
	}
	assert.Equal(t, "deep</think>", thought(t, true, "de", "ep</thi", "nk>yes"))
	assert.Equal(t, "<think>never ends", thought(t, false, "<think>never", " ends"))
	assert.Equal(t, "", thought(t, false, "<thin", "g>"))
}

func TestWhichTagsEncloseReasoning(t *testing.T) {
	for template, want := range map[string]string{
		"{{ x }}": "", "a <think> b </think>": "</think>", "[THINK] [/THINK]": "[/THINK]",
		"split('</think>')": "</think>", "<|channel|>analysis<|message|>": "<|end|>",
	} {
		tags, err := reasoningTags("auto", template)
		require.NoError(t, err)
		assert.Equal(t, want, tags.close, template)
	}
	tags, err := reasoningTags("<r> </r>", "")
	require.NoError(t, err)
	assert.Equal(t, "<r>", tags.open)
	none, err := reasoningTags("none", "<think></think>")
	require.NoError(t, err)
	assert.Empty(t, none)
	for _, bad := range []string{"<think>", "<a> <a>", "a b c"} {
		_, err := reasoningTags(bad, "")
		refused(t, err, "chat.reasoning", bad)
	}
}

// spanned gives the tokens in each span of a row under ChatML.
func spanned(t *testing.T, tok *fakeTok, row Row, rules ...SpanRule) (map[string]string, error) {
	t.Helper()
	r, err := rendererOf(t, Chat{Template: "auto"}, chatML).render(row)
	require.NoError(t, err)
	tokens, marks := marked(t, tok, r)
	starts, err := offsets(tok, r.text, tokens, tokenizeText)
	require.NoError(t, err)
	if err := checkSpans("spans", rules); err != nil {
		return nil, err
	}
	spans, err := inMessages("row", rules, r.messages, r)
	if err != nil {
		return nil, err
	}
	sets := newSpanSets()
	require.NoError(t, markSpans(sets, marks, tokenStretches(starts, len(r.text)), spans))
	out := map[string]string{}
	for i, token := range tokens {
		for _, name := range sets.names[marks[i].spans] {
			out[name] += "[" + tokenText(tok, token) + "]"
		}
	}
	return out, nil
}

func TestSpansByTextExpressionAndRange(t *testing.T) {
	tok := newTok("user", "assistant", "Paris", " is", " in", " France", ".", "é")
	row := Row{Messages: []models.Message{{Role: "system", Content: "Paris."}, {Role: "user", Content: "Paris is in France. é日本"}}}
	got, err := spanned(t, tok, row,
		SpanRule{Name: "claim", Text: "Paris is in France", In: "user"},
		SpanRule{Name: "city", Regex: "^Par", In: "1"},
		SpanRule{Name: "verb", Range: []int{6, 8}, In: "1"},
		SpanRule{Name: "sun", Text: "日"},
		SpanRule{Name: "all", Regex: "Paris", All: true},
		SpanRule{Name: "none", Regex: "Rome", All: true})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"claim": "[Paris][ is][ in][ France]", "city": "[Paris]", "verb": "[ is]", "all": "[Paris][Paris]",
		"sun": "[<0xE6>][<0x97>][<0xA5>]",
	}, got)
}

func TestSpansThatAreNotThereOnce(t *testing.T) {
	row := Row{Messages: []models.Message{{Role: "system", Content: "Paris"}, {Role: "user", Content: "Paris, Paris?"}}}
	for _, c := range []struct {
		rule  SpanRule
		parts []string
	}{
		{SpanRule{Name: "a", Text: "Rome"}, []string{`span "a"`, "never occurs"}},
		{SpanRule{Name: "a", Text: "Paris"}, []string{"occurs 3 times in the messages"}},
		{SpanRule{Name: "a", Regex: "P.ris", In: "user"}, []string{"occurs 2 times in user"}},
		{SpanRule{Name: "a", Range: []int{90, 95}, In: "1"}, []string{"never occurs in message 1"}},
		{SpanRule{Name: "a", Text: "x", In: "5"}, []string{"never"}},
		{SpanRule{Name: "a b", Text: "x"}, []string{"a space or a sign"}},
		{SpanRule{Name: "a"}, []string{"0 of text, regex and range"}},
		{SpanRule{Name: "a", Text: "x", Regex: "x"}, []string{"2 of text, regex and range"}},
		{SpanRule{Name: "a", Regex: "("}, []string{"missing closing"}},
		{SpanRule{Name: "a", Range: []int{3, 2}}, []string{"range is [3 2]"}},
		{SpanRule{Name: "a", Text: "x", In: "robot"}, []string{`in is "robot"`}},
	} {
		_, err := spanned(t, newTok(), row, c.rule)
		refused(t, err, c.parts...)
	}
}
