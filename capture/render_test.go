package capture

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models"
)

const (
	chatML = "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
	// llama.cpp knows these families by their marks and trims every content.
	llama3 = "<|start_header_id|>{{ role }}<|end_header_id|>{{ content | trim }}<|eot_id|>"
	llama2 = "[INST] <<SYS>>{{ system }}<</SYS>> {{ content.strip() }} [/INST]"
	gemma  = "<start_of_turn>{{ role }}\n{{ content | trim }}<end_of_turn>"
)

func rendererOf(t *testing.T, chat Chat, template string) *renderer {
	t.Helper()
	r, err := newRenderer(chat, models.Facts{Path: "m.gguf", ChatTemplate: template})
	require.NoError(t, err)
	return r
}

// turns makes messages of user and assistant in turn.
func turns(contents ...string) []models.Message {
	var out []models.Message
	for i, c := range contents {
		out = append(out, models.Message{Role: []string{"user", "assistant"}[i%2], Content: c})
	}
	return out
}

// spansLie renders messages and wants one span a message, in order, whose text
// is the content, or the content as the template trims it.
func spansLie(t *testing.T, template string, messages []models.Message, trim bool) *rendered {
	t.Helper()
	out, err := rendererOf(t, Chat{Template: "auto"}, template).render(Row{Messages: messages})
	require.NoError(t, err, "%q", messages)
	require.Len(t, out.spans, len(messages))
	end := 0
	for i, s := range out.spans {
		want := messages[i].Content
		if trim {
			want = strings.Trim(want, " \t\n\v\f\r")
		}
		require.LessOrEqual(t, end, s.from)
		assert.Equal(t, want, out.text[s.from:s.to], "message %d of %q", i, messages)
		assert.Equal(t, roleCode(messages[i].Role), s.role)
		end = s.to
	}
	return out
}

var awkward = []string{
	"hello", "user", "assistant", "system", "\n", "", " ", "  lead", "trail \n", "\n\nboth\t\n", "<|im_start|>user", "<|im_end|>\n<|im_start|>assistant\n",
	"<|im_end|>", "im_start", "<start_of_turn>model\n", "<|eot_id|>", "größer 日本語 🙂", "e\u0301", "a\r\nb", "user\nuser\nuser", "%d %s {{ m }}", "\u00a0nbsp\u00a0",
}

func TestContentsAreFoundInChatML(t *testing.T) {
	for _, content := range awkward {
		out := spansLie(t, chatML, turns(content), false)
		assert.Equal(t, "<|im_start|>user\n"+content+"<|im_end|>\n<|im_start|>assistant\n", out.text)
	}
}

func TestRepeatedContentsAreFoundEachInItsPlace(t *testing.T) {
	for _, content := range awkward {
		spansLie(t, chatML, turns(content, content, content), false)
		spansLie(t, chatML, turns(content, "other", content), false)
		spansLie(t, chatML, turns("user", content, "user"), false)
	}
}

func TestEveryPairOfContentsIsFound(t *testing.T) {
	for _, a := range awkward {
		for _, b := range awkward {
			spansLie(t, chatML, turns(a, b, "x"), false)
		}
	}
}

func TestTemplatesThatTrim(t *testing.T) {
	for _, template := range []string{llama3, gemma} {
		for _, content := range awkward {
			spansLie(t, template, turns(content), true)
			spansLie(t, template, turns("q", content, content), true)
		}
	}
}

// The template goes on with white space that could be the content's own.
func TestTrimmedSpaceIsNotTakenFromTheTemplate(t *testing.T) {
	for _, content := range []string{"hi ", "hi  ", " hi \n", "[/INST]", "[/INST] ", "hi [/INST] "} {
		spansLie(t, llama2, turns(content), true)
		spansLie(t, llama2, turns(content, "yes ", content), true)
	}
}

// What llama.cpp trims is ASCII white space; a no-break space stays.
func TestTrimmedContentsMayBeginWithOtherSpaces(t *testing.T) {
	spansLie(t, llama3, turns(" \u00a0x\u2003\n"), true)
}

func TestSystemMessageOfTheSpecComesFirst(t *testing.T) {
	r := rendererOf(t, Chat{Template: "auto", System: "Be brief."}, chatML)
	out, err := r.render(Row{Prompt: "Is it?"})
	require.NoError(t, err)
	assert.Equal(t, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nIs it?<|im_end|>\n<|im_start|>assistant\n", out.text)
	require.Len(t, out.spans, 2)
	assert.Equal(t, []int8{roleCode("system"), roleCode("user")}, []int8{out.spans[0].role, out.spans[1].role})
}

func TestSystemMessageOfARowStays(t *testing.T) {
	r := rendererOf(t, Chat{Template: "auto", System: "Be brief."}, chatML)
	for _, own := range []string{"Lie.", ""} {
		messages := append([]models.Message{{Role: "system", Content: own}}, turns("Is it?")...)
		out, err := r.render(Row{Messages: messages})
		require.NoError(t, err)
		assert.NotContains(t, out.text, "Be brief.")
		assert.Len(t, out.spans, 2)
		assert.Len(t, messages, 2, "the row is left as it was")
	}
}

func TestSystemMessageThatGemmaPutsIntoTheFirstTurn(t *testing.T) {
	out := spansLie(t, gemma, append([]models.Message{{Role: "system", Content: "Be brief."}}, turns("user")...), true)
	assert.Equal(t, "<start_of_turn>user\nBe brief.\n\nuser<end_of_turn>\n<start_of_turn>model\n", out.text)
}

func TestRawText(t *testing.T) {
	for _, r := range []*renderer{rendererOf(t, Chat{Template: "none"}, chatML), rendererOf(t, Chat{Template: "auto"}, "")} {
		out, err := r.render(Row{Prompt: "<|im_start|>user\nx "})
		require.NoError(t, err)
		assert.Equal(t, "<|im_start|>user\nx ", out.text)
		assert.Equal(t, []span{{0, len(out.text), roleCode("user"), 0}}, out.spans)
	}
}

func TestMessagesWithoutATemplateAreRefused(t *testing.T) {
	for _, r := range []*renderer{rendererOf(t, Chat{Template: "none"}, chatML), rendererOf(t, Chat{Template: "auto"}, "")} {
		_, err := r.render(Row{Messages: turns("x"), place: "a.jsonl:7"})
		refused(t, err, "a.jsonl:7", "no chat template")
	}
}

func TestSystemPromptWithoutATemplateIsRefused(t *testing.T) {
	_, err := newRenderer(Chat{Template: "none", System: "s"}, models.Facts{ChatTemplate: chatML})
	refused(t, err, "system prompt")
	_, err = newRenderer(Chat{Template: "auto", System: "s"}, models.Facts{Path: "base.gguf"})
	refused(t, err, "system prompt", "base.gguf")
}

func TestTemplateOfAFile(t *testing.T) {
	chat := Chat{Template: write(t, "t.jinja", chatML)}
	require.NoError(t, chat.readTemplate())
	r := rendererOf(t, chat, gemma)
	out, err := r.render(Row{Prompt: "x"})
	require.NoError(t, err)
	assert.Contains(t, out.text, "<|im_start|>user\nx")
	err = (&Chat{Template: "no-such-file.jinja"}).readTemplate()
	refused(t, err, "no-such-file.jinja")
}

func TestTemplateThatLlamaDoesNotKnow(t *testing.T) {
	_, err := newRenderer(Chat{Template: "auto"}, models.Facts{Path: "m.gguf", ChatTemplate: "{{ messages }}"})
	refused(t, err, "m.gguf")
	assert.ErrorIs(t, err, models.ErrTemplate)
}

// A template that loses or changes a content must not give roles by guess.
func TestContentThatTheTemplateCannotHold(t *testing.T) {
	_, err := rendererOf(t, Chat{Template: "auto"}, chatML).render(Row{Prompt: "cut\x00here", place: "a.txt:3"})
	refused(t, err, "a.txt:3")
}
