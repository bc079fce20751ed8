package prompt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/dataset"
	"intentprobe/capture/internal/expect"
	"intentprobe/capture/internal/fake"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

// pieceTurns is the turn and the pieces of each stretch of tokens of the same turn.
func pieceTurns(t *testing.T, tok *fake.Tokenizer, r *Rendered) (out []string) {
	t.Helper()
	tokens, marks := marked(t, tok, r)
	for i, token := range tokens {
		if i == 0 || marks[i].Turn != marks[i-1].Turn {
			out = append(out, fmt.Sprint(marks[i].Turn, ":"))
		}
		out[len(out)-1] += TokenText(tok, token)
	}
	return out
}

func TestTurnsOpenAndCloseWithTheTemplate(t *testing.T) {
	tok := fake.NewTokenizer("user", "assistant", "system")
	assert.Equal(t, []string{
		"0:<|im_start|>system\nA<|im_end|>\n", "1:<|im_start|>user\nB<|im_end|>\n",
		"2:<|im_start|>assistant\nC<|im_end|>\n", "3:<|im_start|>user\nD<|im_end|>\n", "4:<|im_start|>assistant\n",
	}, pieceTurns(t, tok, chatOf(t, chat.Message{Role: "system", Content: "A"}, chat.Message{Role: "user", Content: "B"},
		chat.Message{Role: "assistant", Content: "C"}, chat.Message{Role: "user", Content: "D"})))
}

func TestTurnsWithoutControlTokensOpenBehindTheContent(t *testing.T) {
	r := &Rendered{Text: "USER: A ASSISTANT:", spans: []span{{from: 6, to: 7, role: spec.RoleCode("user")}}, answer: 1, before: -1}
	assert.Equal(t, []string{"0:USER: A", "1: ASSISTANT:"}, pieceTurns(t, fake.NewTokenizer(), r))
}

func TestATurnThatOneControlTokenCloses(t *testing.T) {
	tok := fake.NewTokenizer()
	r := &Rendered{Text: "<s>A</s>B", spans: []span{{from: 3, to: 4, role: spec.RoleCode("user")}, {from: 8, to: 9, role: roleAssistant, message: 1}}, answer: 1, before: -1, prefilled: true}
	assert.Equal(t, []string{"0:<s>A</s>", "1:B"}, pieceTurns(t, tok, r))
	_, marks := marked(t, tok, r)
	assert.True(t, marks[3].Prefill)
	assert.False(t, marks[1].Prefill)
}

func TestRawTextHasNoTurns(t *testing.T) {
	assert.Equal(t, []string{"-1:Hi"}, pieceTurns(t, fake.NewTokenizer(), raw("Hi")))
}

// thought reads a text in pieces and gives what is reasoning.
func thought(t *testing.T, open bool, pieces ...string) string {
	t.Helper()
	th := reasoningFinder{Tags: spec.Tags{Open: "<think>", Close: "</think>"}, inside: open}
	text, settled := "", map[int]bool{}
	for _, p := range pieces {
		text += p
		th.read(text)
		for at := range th.decidedTo(len(text)) {
			covers := th.covers(Stretch{at, at + 1})
			if was, ok := settled[at]; ok {
				require.Equal(t, was, covers, "byte %d of %q was settled otherwise", at, text)
			}
			settled[at] = covers
		}
	}
	var out strings.Builder
	for at := range len(text) {
		if th.covers(Stretch{at, at + 1}) {
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

// spanned gives the tokens in each span of a row under ChatML.
func spanned(t *testing.T, tok *fake.Tokenizer, row dataset.Row, rules ...spec.SpanRule) (map[string]string, error) {
	t.Helper()
	r, err := rendererOf(t, spec.Chat{Template: "auto"}, fake.ChatML).Render(row)
	require.NoError(t, err)
	tokens, marks := marked(t, tok, r)
	starts, err := Offsets(tok, r.Text, tokens, TokenizeText)
	require.NoError(t, err)
	if err := spec.CheckSpans("spans", rules); err != nil {
		return nil, err
	}
	spans, err := inMessages("row", rules, r.Messages, r)
	if err != nil {
		return nil, err
	}
	sets := NewSpanSets()
	require.NoError(t, markSpans(sets, marks, tokenStretches(starts, len(r.Text)), spans))
	out := map[string]string{}
	for i, token := range tokens {
		for _, name := range sets.Names[marks[i].Spans] {
			out[name] += "[" + TokenText(tok, token) + "]"
		}
	}
	return out, nil
}

func TestSpansByTextExpressionAndRange(t *testing.T) {
	tok := fake.NewTokenizer("user", "assistant", "Paris", " is", " in", " France", ".", "é")
	row := dataset.Row{Messages: []chat.Message{{Role: "system", Content: "Paris."}, {Role: "user", Content: "Paris is in France. é日本"}}}
	got, err := spanned(t, tok, row,
		spec.SpanRule{Name: "claim", Text: "Paris is in France", In: "user"},
		spec.SpanRule{Name: "city", Regex: "^Par", In: "1"},
		spec.SpanRule{Name: "verb", Range: []int{6, 8}, In: "1"},
		spec.SpanRule{Name: "sun", Text: "日"},
		spec.SpanRule{Name: "all", Regex: "Paris", All: true},
		spec.SpanRule{Name: "none", Regex: "Rome", All: true})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"claim": "[Paris][ is][ in][ France]", "city": "[Paris]", "verb": "[ is]", "all": "[Paris][Paris]",
		"sun": "[<0xE6>][<0x97>][<0xA5>]",
	}, got)
}

func TestSpansThatAreNotThereOnce(t *testing.T) {
	row := dataset.Row{Messages: []chat.Message{{Role: "system", Content: "Paris"}, {Role: "user", Content: "Paris, Paris?"}}}
	for _, c := range []struct {
		rule  spec.SpanRule
		parts []string
	}{
		{spec.SpanRule{Name: "a", Text: "Rome"}, []string{`span "a"`, "never occurs"}},
		{spec.SpanRule{Name: "a", Text: "Paris"}, []string{"occurs 3 times in the messages"}},
		{spec.SpanRule{Name: "a", Regex: "P.ris", In: "user"}, []string{"occurs 2 times in user"}},
		{spec.SpanRule{Name: "a", Range: []int{90, 95}, In: "1"}, []string{"never occurs in message 1"}},
		{spec.SpanRule{Name: "a", Text: "x", In: "5"}, []string{"never"}},
		{spec.SpanRule{Name: "a b", Text: "x"}, []string{"a space or a sign"}},
		{spec.SpanRule{Name: "a"}, []string{"0 of text, regex and range"}},
		{spec.SpanRule{Name: "a", Text: "x", Regex: "x"}, []string{"2 of text, regex and range"}},
		{spec.SpanRule{Name: "a", Regex: "("}, []string{"missing closing"}},
		{spec.SpanRule{Name: "a", Range: []int{3, 2}}, []string{"range is [3 2]"}},
		{spec.SpanRule{Name: "a", Text: "x", In: "robot"}, []string{`in is "robot"`}},
	} {
		_, err := spanned(t, fake.NewTokenizer(), row, c.rule)
		expect.Refused(t, err, c.parts...)
	}
}
