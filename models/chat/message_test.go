package chat

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rendered renders messages, written as JSON, with a template.
func rendered(t *testing.T, template, messages string, change func(*Input)) *Rendered {
	t.Helper()
	c, err := NewTemplate(template)
	require.NoError(t, err)
	var in Input
	require.NoError(t, json.Unmarshal([]byte(messages), &in.Messages))
	if change != nil {
		change(&in)
	}
	out, err := c.Render(in)
	require.NoError(t, err)
	for _, p := range out.Parts {
		content := in.Messages[p.Message].Content
		if p.At+p.To-p.From <= len(content) {
			assert.Equal(t, content[p.At:p.At+p.To-p.From], out.Text[p.From:p.To])
		}
	}
	return out
}

func TestMessagesMayHaveFurtherKeys(t *testing.T) {
	out := rendered(t, "{% for m in messages %}{{ m.reasoning_content }}|{{ m.content[0].text if m.content is not string else m.content }}|{{ m.tool_calls | tojson if m.tool_calls }}{% endfor %}",
		`[{"role": "assistant", "reasoning_content": "hm", "content": [{"type": "text", "text": "yes"}], "tool_calls": [{"b": 1, "a": 1.0}]}]`, nil)
	assert.Equal(t, `hm|yes|[{"b": 1, "a": 1.0}]`, out.Text)
	assert.Equal(t, []Part{{0, 2, 0, 4}, {3, 6, 0, 0}}, out.Parts, "what was thought lies after the content")
}

// JSON of messages, tools, documents and variables keeps the order of its keys and its
// numbers as they were written.
func TestJSONInTemplatesKeepsItsOrder(t *testing.T) {
	const value = `{"type": "function", "b": {"z": 1.0, "a": 1e3, "m": [12345678901234567890, -0.0, 1E-7]}, "a": null, "é": "<&'\"\u2028"}`
	const want = `{"type": "function", "b": {"z": 1.0, "a": 1000.0, "m": [12345678901234567890, -0.0, 1e-07]}, "a": null, "é": "<&'\"` + "\u2028" + `"}`
	out := rendered(t, "{{ tools | tojson }}|{{ documents | tojson }}|{{ x | tojson }}|{{ messages[0].tool_calls | tojson }}|{{ messages[0] | tojson }}",
		`[{"content": "", "role": "user", "tool_calls": [`+value+`]}]`, func(in *Input) {
			in.Tools, in.Documents = json.RawMessage("["+value+"]"), json.RawMessage("["+value+"]")
			in.Vars = map[string]json.RawMessage{"x": json.RawMessage(value), "tools": json.RawMessage("[]")}
		})
	assert.Equal(t, strings.Join([]string{"[" + want + "]", "[" + want + "]", want, "[" + want + "]", `{"content": "", "role": "user", "tool_calls": [` + want + "]}"}, "|"), out.Text)
}

const twoParts = `[{"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": " two "}]}]`

func TestContentInParts(t *testing.T) {
	for template, want := range map[string]string{
		"{% for m in messages %}{% for p in m.content %}[{{ p.text }}]{% endfor %}{% endfor %}": "[one][ two ]",
		"{% for m in messages %}{{ m.role + ': ' + m.content }}{% endfor %}":                    "user: one\n two ", // no list can be joined to a text
		"{% for m in messages %}{{ m.content }}{% endfor %}":                                    "one\n two ",       // a list would be printed as Python does
		"{% for m in messages %}{{ m.content[0].text or m.content }}{% endfor %}":               "one\n two ",       // the second would be dropped
	} {
		out := rendered(t, template, twoParts, nil)
		assert.Equal(t, want, out.Text, template)
		require.NotEmpty(t, out.Parts)
	}
}

func TestAPartIsWhereTheMessageGoesOn(t *testing.T) {
	out := rendered(t, "{% for m in messages %}{% for p in m.content %}[{{ p.text }}]{% endfor %}{% endfor %}!",
		strings.Replace(twoParts, "user", "assistant", 1), func(in *Input) { in.Continue = true })
	assert.Equal(t, "[one][ two ", out.Text)
}

func TestMessagesThatCannotBeRead(t *testing.T) {
	for text, want := range map[string]string{
		`null`:                                 "want {role, content}, got null",
		`"x"`:                                  "got text",
		`{"content": "x"}`:                     "role: want text, got null",
		`{"role": 1, "content": "x"}`:          "role: want text, got a number",
		`{"role": "user"}`:                     "content: want text, got null",
		`{"role": "user", "tool_calls": [{}]}`: "content: want text, got null",
		`{"role": "assistant", "tool_calls": null}`: "content: want text, got null",
		`{"role": "user", "content": []}`:           "empty",
		`{"role": "user", "content": [null]}`:       "part 0: want {type, text}, got null",
		`{"role": "user", "content": ["x"]}`:        "part 0: want {type, text}, got text",
		`{"role": "user", "content": [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {}}]}`: `part 1 has the type "image_url"`,
		`{"role": "user", "content": [{"type": "text"}]}`:                                                      "part 0: text: want text, got null",
		`{"role": "user", "content": [{"text": "x"}]}`:                                                         "part 0 has the type",
	} {
		_, err := ReadMessage(json.RawMessage(text))
		require.ErrorContains(t, err, want, text)
	}
	m, err := ReadMessage(json.RawMessage(`{"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}`))
	require.NoError(t, err)
	assert.True(t, m.Calls())
}

func TestTextsAroundAMessage(t *testing.T) {
	for text, want := range map[string]string{
		`{"role":"user","content":"x"}`:                                                                `{"role":"user","content":"<x>"}`,
		`{"name":"B","role":"user","content":"x"}`:                                                     `{"name":"B","role":"user","content":"<x>"}`,
		`{"role":"user","content":[{"type":"text","text":"x"}]}`:                                       `{"role":"user","content":[{"type":"text","text":"<x>"}]}`,
		`{"role":"user","content":[{"type":"text","text":"x"},{"text":"y","type":"text","more":1.0}]}`: `{"role":"user","content":[{"type":"text","text":"<x"},{"text":"y>","type":"text","more":1.0}]}`,
	} {
		m, err := ReadMessage(json.RawMessage(text))
		require.NoError(t, err)
		around := m.Around("<", ">")
		got, err := around.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
		again, err := ReadMessage(got)
		require.NoError(t, err)
		assert.Equal(t, again, around)
		same, err := m.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, text, string(same), "the message itself stays")
	}
}

func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"role":"user","content":"x"}`, twoParts[1 : len(twoParts)-1], `{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":{"b":1,"a":[]}}}]}`,
		`{"role":"tool","content":"{\"a\": 1}","tool_call_id":"x"}`, `{"role":"user","content":[{"type":"image"}]}`, `{"reasoning_content":"hm","role":"assistant","content":"<"}`, `[]`, `{"role":"a","role":"b","content":""}`,
	} {
		f.Add(seed)
	}
	c, err := NewTemplate("{% for m in messages %}{{ m.role }}{% if m.content is string %}{{ m.content }}{% else %}{% for p in m.content %}{{ p.text }}{% endfor %}{% endif %}{{ m.tool_calls | tojson if m.tool_calls }}{{ m.reasoning_content }}{% endfor %}")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		m, err := ReadMessage(json.RawMessage(text))
		if err != nil {
			return
		}
		written, err := m.MarshalJSON()
		require.NoError(t, err)
		again, err := ReadMessage(written)
		require.NoError(t, err)
		require.Equal(t, m.Content, again.Content)
		_ = m.Around("a", "b")
		if out, err := c.Render(Input{Messages: []Message{m}}); err == nil {
			partsAreInside(t, out)
		}
	})
}
