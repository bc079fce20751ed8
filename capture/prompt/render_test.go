package prompt

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/dataset"
	"intentprobe/capture/internal/expect"
	"intentprobe/capture/internal/fake"
	"intentprobe/capture/spec"
	"intentprobe/models"
	"intentprobe/models/chat"
)

const (
	// These trim every content.
	llama3 = "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content | trim }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
	llama2 = "{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content.strip() + ' [/INST]' }}{% else %}{{ ' ' + m.content.strip() + ' </s>' }}{% endif %}{% endfor %}"
	// This one also puts a system message into the user's turn.
	gemma = `{%- if messages[0].role == 'system' -%}{%- set first = messages[0].content | trim + '\n\n' -%}{%- set turns = messages[1:] -%}{%- else -%}{%- set first = '' -%}{%- set turns = messages -%}{%- endif -%}
{%- for m in turns -%}{%- if (m.role == 'user') != (loop.index0 % 2 == 0) -%}{{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}{%- endif -%}
{{ '<start_of_turn>' + ('model' if m.role == 'assistant' else 'user') + '\n' + (first if loop.first else '') + m.content | trim + '<end_of_turn>\n' }}{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<start_of_turn>model\n' }}{%- endif -%}`
	// This one leaves the thoughts of earlier turns out.
	thinks = `{%- for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' and '</think>' in m.content and not loop.last %}{{ m.content.split('</think>')[-1].lstrip('\n') }}{% else %}{{ m.content }}{% endif %}{{ '<|im_end|>\n' }}{% endfor %}`
)

func rendererOf(t *testing.T, chat spec.Chat, template string) *Renderer {
	t.Helper()
	r, err := NewRenderer(chat, models.Facts{Path: "m.gguf", ChatTemplate: template})
	require.NoError(t, err)
	return r
}

// turns makes messages of user and assistant in turn.
func turns(contents ...string) []chat.Message {
	var out []chat.Message
	for i, c := range contents {
		out = append(out, chat.Message{Role: []string{"user", "assistant"}[i%2], Content: c})
	}
	return out
}

// spansLie renders messages and wants one span a message, in order, whose text
// is the content, or the content as the template trims it.
func spansLie(t *testing.T, template string, messages []chat.Message, trim bool) *Rendered {
	t.Helper()
	out, err := rendererOf(t, spec.Chat{Template: "auto"}, template).Render(dataset.Row{Messages: messages})
	require.NoError(t, err, "%q", messages)
	require.Len(t, out.spans, len(messages))
	end := 0
	for i, s := range out.spans {
		want := messages[i].Content
		if trim {
			want = strings.TrimSpace(want)
		}
		require.LessOrEqual(t, end, s.from)
		assert.Equal(t, want, out.Text[s.from:s.to], "message %d of %q", i, messages)
		assert.Equal(t, spec.RoleCode(messages[i].Role), s.role)
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
		out := spansLie(t, fake.ChatML, turns(content), false)
		assert.Equal(t, "<|im_start|>user\n"+content+"<|im_end|>\n<|im_start|>assistant\n", out.Text)
	}
}

func TestRepeatedContentsAreFoundEachInItsPlace(t *testing.T) {
	for _, content := range awkward {
		spansLie(t, fake.ChatML, turns(content, content, content), false)
		spansLie(t, fake.ChatML, turns(content, "other", content), false)
		spansLie(t, fake.ChatML, turns("user", content, "user"), false)
	}
}

func TestEveryPairOfContentsIsFound(t *testing.T) {
	for _, a := range awkward {
		for _, b := range awkward {
			spansLie(t, fake.ChatML, turns(a, b, "x"), false)
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

// What is trimmed is what Python calls white space; a zero-width space stays.
func TestTrimmedContentsMayBeginWithOtherSpaces(t *testing.T) {
	spansLie(t, llama3, turns(" \u200bx\u2003\n"), true)
}

func TestSystemMessageOfTheSpecComesFirst(t *testing.T) {
	r := rendererOf(t, spec.Chat{Template: "auto", System: "Be brief."}, fake.ChatML)
	out, err := r.Render(dataset.Row{Prompt: "Is it?"})
	require.NoError(t, err)
	assert.Equal(t, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nIs it?<|im_end|>\n<|im_start|>assistant\n", out.Text)
	require.Len(t, out.spans, 2)
	assert.Equal(t, []int8{spec.RoleCode("system"), spec.RoleCode("user")}, []int8{out.spans[0].role, out.spans[1].role})
}

func TestSystemMessageOfARowStays(t *testing.T) {
	r := rendererOf(t, spec.Chat{Template: "auto", System: "Be brief."}, fake.ChatML)
	for _, own := range []string{"Lie.", ""} {
		messages := append([]chat.Message{{Role: "system", Content: own}}, turns("Is it?")...)
		out, err := r.Render(dataset.Row{Messages: messages})
		require.NoError(t, err)
		assert.NotContains(t, out.Text, "Be brief.")
		assert.Len(t, out.spans, 2)
		assert.Len(t, messages, 2, "the row is left as it was")
	}
}

func TestSystemMessageThatGemmaPutsIntoTheFirstTurn(t *testing.T) {
	out := spansLie(t, gemma, append([]chat.Message{{Role: "system", Content: "Be brief."}}, turns("user")...), true)
	assert.Equal(t, "<start_of_turn>user\nBe brief.\n\nuser<end_of_turn>\n<start_of_turn>model\n", out.Text)
}

func TestRawText(t *testing.T) {
	for _, r := range []*Renderer{rendererOf(t, spec.Chat{Template: "none"}, fake.ChatML), rendererOf(t, spec.Chat{Template: "auto"}, "")} {
		out, err := r.Render(dataset.Row{Prompt: "<|im_start|>user\nx "})
		require.NoError(t, err)
		assert.Equal(t, "<|im_start|>user\nx ", out.Text)
		assert.Equal(t, []span{{to: len(out.Text), role: spec.RoleCode("user")}}, out.spans)
	}
}

func TestMessagesWithoutATemplateAreRefused(t *testing.T) {
	for _, r := range []*Renderer{rendererOf(t, spec.Chat{Template: "none"}, fake.ChatML), rendererOf(t, spec.Chat{Template: "auto"}, "")} {
		_, err := r.Render(dataset.Row{Messages: turns("x"), Place: "a.jsonl:7"})
		expect.Refused(t, err, "a.jsonl:7", "no chat template")
	}
}

func TestSystemPromptWithoutATemplateIsRefused(t *testing.T) {
	_, err := NewRenderer(spec.Chat{Template: "none", System: "s"}, models.Facts{ChatTemplate: fake.ChatML})
	expect.Refused(t, err, "system prompt")
	_, err = NewRenderer(spec.Chat{Template: "auto", System: "s"}, models.Facts{Path: "base.gguf"})
	expect.Refused(t, err, "system prompt", "base.gguf")
}

func TestTemplateOfAFile(t *testing.T) {
	chat := spec.Chat{Template: expect.File(t, "t.jinja", fake.ChatML)}
	require.NoError(t, chat.ReadTemplate())
	r := rendererOf(t, chat, gemma)
	out, err := r.Render(dataset.Row{Prompt: "x"})
	require.NoError(t, err)
	assert.Contains(t, out.Text, "<|im_start|>user\nx")
	err = (&spec.Chat{Template: "no-such-file.jinja"}).ReadTemplate()
	expect.Refused(t, err, "no-such-file.jinja")
}

func TestTemplateThatIsNone(t *testing.T) {
	for _, template := range []string{"{% for %}", "{{ messages", "{{ 1 / 0 }}", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"} {
		_, err := NewRenderer(spec.Chat{Template: "auto"}, models.Facts{Path: "m.gguf", ChatTemplate: template})
		expect.Refused(t, err, "m.gguf", "line 1")
	}
}

// A template for tools or documents may not do without them, as Command R's do.
func TestTemplateThatNeedsToolsOrDocuments(t *testing.T) {
	const template = "{% for t in tools %}{{ t.function.name }} {% endfor %}{{ documents[0].text }}{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"
	r := rendererOf(t, spec.Chat{Template: "auto"}, template)
	out, err := r.Render(dataset.Row{Prompt: "x", Tools: json.RawMessage(`[{"function":{"name":"look"}}]`), Documents: json.RawMessage(`[{"text":"d"}]`)})
	require.NoError(t, err)
	assert.Equal(t, "look d<|im_start|>x<|im_end|>", out.Text)
	_, err = r.Render(dataset.Row{Prompt: "x", Place: "a.jsonl:3"})
	expect.Refused(t, err, "a.jsonl:3", "NoneType")
	end, ok := r.EndOfTurn(fake.NewTokenizer("x", "y"))
	assert.True(t, ok)
	assert.Equal(t, "<|im_end|>", TokenText(fake.NewTokenizer("x", "y"), end))
}

// Hugging Face takes another template where there are tools: none is taken by guess.
func TestToolsOfRowsAndATemplateForThem(t *testing.T) {
	facts := models.Facts{Path: "m.gguf", ChatTemplate: "{{ tools }}{{ messages[0].content }}"}
	facts.About.Templates = map[string]string{"tool_use": "TOOLS {{ messages[0].content }}{{ tools | length }}"}
	row := dataset.Row{Prompt: "x", Tools: json.RawMessage(`[{"name":"f"}]`), Place: "a.jsonl:4"}
	r, err := NewRenderer(spec.Chat{Template: "auto"}, facts)
	require.NoError(t, err)
	_, err = r.Render(row)
	assert.Contains(t, expect.Refused(t, err, "a.jsonl:4", "a template beside its default one"), "chat.template_name tool_use")
	_, err = r.Render(dataset.Row{Prompt: "x", Tools: json.RawMessage("[]")})
	require.NoError(t, err)
	for name, want := range map[string]string{"tool_use": "TOOLS x1", "default": "[{'name': 'f'}]x"} {
		r, err := NewRenderer(spec.Chat{Template: "auto", TemplateName: name}, facts)
		require.NoError(t, err)
		out, err := r.Render(row)
		require.NoError(t, err)
		assert.Equal(t, want, out.Text)
	}
}

// A template that loses or changes a content must not give roles by guess.
func TestContentThatTheTemplateDropsOrRewrites(t *testing.T) {
	for _, template := range []string{"{% for m in messages %}{{ m.role }}{% endfor %}", "{% for m in messages %}{{ [m.content] }}{% endfor %}"} {
		_, err := rendererOf(t, spec.Chat{Template: "auto"}, template).Render(dataset.Row{Prompt: "a \"word\"", Place: "a.txt:3"})
		expect.Refused(t, err, "a.txt:3", "message 0 (user)")
	}
	spansLie(t, "{{ messages | tojson }}", turns("plain"), false)
	out, err := rendererOf(t, spec.Chat{Template: "auto"}, "{{ messages | tojson }}").Render(dataset.Row{Prompt: "a \"word\""})
	require.NoError(t, err)
	assert.Equal(t, []int{0, 3, 7}, []int{out.spans[0].at, out.spans[1].at, out.spans[1].at + out.spans[1].to - out.spans[1].from}, "what is escaped is the template's, the rest the user's")
}

func TestConversationThatTheTemplateRefuses(t *testing.T) {
	r := rendererOf(t, spec.Chat{Template: "auto"}, gemma)
	_, err := r.Render(dataset.Row{Messages: []chat.Message{{Role: "user", Content: "a"}, {Role: "user", Content: "b"}}, Place: "a.jsonl:2"})
	expect.Refused(t, err, "a.jsonl:2", "Conversation roles must alternate")
}

// A last message by the assistant is left open.
func TestPrefillIsContinued(t *testing.T) {
	for template, want := range map[string]string{
		fake.ChatML: "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\nIt is ",
		gemma:       "<start_of_turn>user\nq<end_of_turn>\n<start_of_turn>model\nIt is",
	} {
		out, err := rendererOf(t, spec.Chat{Template: "auto"}, template).Render(dataset.Row{Messages: turns("q", "It is ")})
		require.NoError(t, err)
		assert.Equal(t, want, out.Text)
		last := out.spans[len(out.spans)-1]
		assert.Equal(t, len(out.Text), last.to)
		assert.Equal(t, 1, last.message)
		assert.Equal(t, strings.TrimSpace("It is "), strings.TrimSpace(out.Text[last.from:]))
	}
}

// Of a turn whose thoughts are left out, the rest is found, and where it lay.
func TestPartOfAContent(t *testing.T) {
	out, err := rendererOf(t, spec.Chat{Template: "auto"}, thinks).Render(dataset.Row{Messages: turns("q", "<think>q</think>\nq", "q")})
	require.NoError(t, err)
	assert.Equal(t, "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\nq<|im_end|>\n<|im_start|>user\nq<|im_end|>\n", out.Text)
	require.Len(t, out.spans, 3)
	assert.Equal(t, []int{0, 1, 2}, []int{out.spans[0].message, out.spans[1].message, out.spans[2].message})
	assert.Equal(t, []int{0, len("<think>q</think>\n"), 0}, []int{out.spans[0].at, out.spans[1].at, out.spans[2].at})
}

func TestVariablesAndTheClock(t *testing.T) {
	const template = "{{ bos_token }}{{ strftime_now('%d %b %Y') }} {{ enable_thinking }} {{ effort }} {{ n }}: {{ messages[0].content }}"
	chat := spec.Chat{Template: "auto", Now: "2024-07-26", Vars: spec.Vars{"enable_thinking": json.RawMessage("false"), "effort": json.RawMessage(`"high"`), "n": json.RawMessage("3.0")}}
	r, err := NewRenderer(chat, models.Facts{ChatTemplate: template, SpecialTokens: map[string]string{"bos_token": "<s>"}})
	require.NoError(t, err)
	out, err := r.Render(dataset.Row{Prompt: "x"})
	require.NoError(t, err)
	assert.Equal(t, "<s>26 Jul 2024 False high 3.0: x", out.Text)

	chat = spec.Chat{Template: "auto"}
	require.NoError(t, SetClock(&chat, models.Facts{ChatTemplate: fake.ChatML}))
	assert.Empty(t, chat.Now, "a template that asks for no time leaves the spec alone")
	require.NoError(t, SetClock(&chat, models.Facts{ChatTemplate: template}))
	_, err = spec.ParseNow(chat.Now)
	assert.NoError(t, err)
}
