package chat

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models/jinja"
)

const templates = "../../../shared/data/chat-templates"

// rendering is what Hugging Face makes of a conversation: a text or an error.
type rendering struct{ Text, Error string }

// references are the templates' expected renderings, by conversation and "gen" or
// "nogen".
type references struct {
	Conversations map[string]json.RawMessage      `json:"conversations"`
	BOS           string                          `json:"bos_token"`
	EOS           string                          `json:"eos_token"`
	Now           string                          `json:"now"`
	Expected      map[string]map[string]rendering `json:"expected"`
}

func readReferences(t testing.TB) *references {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(templates, "expected.json"))
	require.NoError(t, err)
	var r references
	require.NoError(t, json.Unmarshal(text, &r))
	require.NotEmpty(t, r.Expected)
	return &r
}

func (r *references) input(t testing.TB, conversation string, generation bool) Input {
	t.Helper()
	now, err := time.Parse("2006-01-02T15:04:05", r.Now)
	require.NoError(t, err)
	require.Contains(t, r.Conversations, conversation)
	var messages []Message
	require.NoError(t, json.Unmarshal(r.Conversations[conversation], &messages))
	return Input{Messages: messages, Generation: generation, Now: now, Tokens: map[string]string{"bos_token": r.BOS, "eos_token": r.EOS}}
}

func readTemplate(t testing.TB, name string) *Template {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(templates, name))
	require.NoError(t, err)
	c, err := NewTemplate(string(source))
	require.NoError(t, err, name)
	return c
}

func TestTemplatesRenderAsHuggingFaceDoes(t *testing.T) {
	r := readReferences(t)
	for name, cases := range r.Expected {
		c := readTemplate(t, name)
		for _, key := range slices.Sorted(maps.Keys(cases)) {
			want := cases[key]
			conversation, kind, _ := strings.Cut(key, "/")
			out, err := c.Render(r.input(t, conversation, kind == "gen"))
			if want.Error != "" {
				var ours *Error
				require.ErrorAs(t, err, &ours, "%s %s", name, key)
				assert.True(t, ours.Raised)
				assert.Equal(t, strings.TrimPrefix(want.Error, "raised: "), ours.Message, "%s %s", name, key)
				continue
			}
			require.NoError(t, err, "%s %s", name, key)
			assert.Equal(t, want.Text, out.Text, "%s %s", name, key)
			partsLie(t, r.Conversations[conversation], out)
		}
	}
}

// partsLie wants every part to be the bytes of the content that it says.
func partsLie(t *testing.T, conversation json.RawMessage, out *Rendered) {
	t.Helper()
	var messages []Message
	require.NoError(t, json.Unmarshal(conversation, &messages))
	end := 0
	for _, p := range out.Parts {
		require.LessOrEqual(t, end, p.From)
		content := messages[p.Message].Content
		assert.Equal(t, content[p.At:p.At+p.To-p.From], out.Text[p.From:p.To])
		end = p.To
	}
}

// A conversation that the assistant ends is cut where its last content ends, by
// every template that renders it: the text up to there is that of the closed one.
func TestContinuing(t *testing.T) {
	messages := []Message{{Role: "user", Content: "Is Paris in France?"}, {Role: "assistant", Content: "I would say that"}}
	for name := range readReferences(t).Expected {
		in := Input{Messages: messages, Continue: true, Tokens: map[string]string{"bos_token": "<s>", "eos_token": "</s>"}}
		open, err := readTemplate(t, name).Render(in)
		require.NoError(t, err, name)
		assert.True(t, strings.HasSuffix(open.Text, messages[1].Content), "%s: %q", name, open.Text)
		in.Continue = false
		closed, err := readTemplate(t, name).Render(in)
		require.NoError(t, err, name)
		assert.True(t, strings.HasPrefix(closed.Text, open.Text), "%s: %q, %q", name, open.Text, closed.Text)
		require.NotEmpty(t, open.Parts, name)
		last := open.Parts[len(open.Parts)-1]
		assert.Equal(t, Part{len(open.Text) - len(messages[1].Content), len(open.Text), 1, 0}, last, name)
	}
}

func TestContinuingTrimsWhereTheTemplateTrims(t *testing.T) {
	for template, want := range map[string]string{"{{ messages[0].content }}!": "so\n ", "{{ messages[0].content | trim }}!": "so"} {
		c, err := NewTemplate(template)
		require.NoError(t, err)
		out, err := c.Render(Input{Messages: []Message{{Role: "assistant", Content: "so\n "}}, Continue: true})
		require.NoError(t, err)
		assert.Equal(t, want, out.Text)
		require.Len(t, out.Parts, 1)
		assert.Equal(t, len(want), out.Parts[0].To)
	}
	c, err := NewTemplate("{{ messages | length }}")
	require.NoError(t, err)
	_, err = c.Render(Input{Messages: []Message{{Role: "assistant", Content: "so"}}, Continue: true})
	require.ErrorContains(t, err, "does not appear")
}

// Rendering again and again takes no memory for good.
func TestRenderingLeaksNothing(t *testing.T) {
	if _, err := resident(); err != nil {
		t.Skip("the size of a process is read from /proc")
	}
	r := readReferences(t)
	in := r.input(t, "turns", true)
	var warm int64
	for n := range 20 {
		for name := range r.Expected {
			c := readTemplate(t, name)
			for range 20 {
				c.Render(in)
			}
		}
		if n == 4 {
			warm, _ = resident()
		}
	}
	last, err := resident()
	require.NoError(t, err)
	require.Less(t, last-warm, int64(8<<20))
}

// resident is the memory that this process holds.
func resident() (int64, error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

func BenchmarkRender(b *testing.B) {
	r := readReferences(b)
	in := r.input(b, "turns", true)
	for _, name := range []string{"Qwen-QwQ-32B.jinja", "meta-llama-Llama-3.2-3B-Instruct.jinja", "deepseek-ai-DeepSeek-V4-Flash-0731.jinja"} {
		c := readTemplate(b, name)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Render(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Whatever the template is, reading and rendering it ends, in an error or a text.
func FuzzChatTemplate(f *testing.F) {
	r := readReferences(f)
	for name := range r.Expected {
		source, err := os.ReadFile(filepath.Join(templates, name))
		require.NoError(f, err)
		f.Add(string(source))
	}
	for _, s := range []string{
		"{% for i in range(9) recursive %}{{ loop.index }}{% else %}x{% endfor %}", "{% macro f(a, b=1) %}{{ a }}{{ caller() }}{% endmacro %}{% call f(2) %}x{% endcall %}",
		"{% set ns = namespace(x=[1, 'a', none]) %}{% set ns.x = ns.x + [2] %}{{ ns.x[::-1] | tojson(indent=2) }}", "{{ 'a,b'.split(',') | map('upper') | join('-') }}",
		"{{ '%s %05.2f' % ('a', 1.5) }}{{ '{0} {x:>5}'.format(1, x=2) }}", "{% raw %}{{ x }}{% endraw %}{# c #}{%- with a = 1, b = 2 -%}{{ a // b ** 2 }}{% endwith %}",
		"{{ {'a': 1}.items() | list | first }}{{ x is defined and y is not none }}", "{% filter upper %}a{% endfilter %}{% generation %}b{% endgeneration %}",
		"{{ 'x' * 999999999999 }}", "{{ ((((((1)))))) }}", "{{ strftime_now('%d %B %Y') }}",
	} {
		f.Add(s)
	}
	in := r.input(f, "turns", true)
	limits := jinja.Limits{Steps: 1e5, Bytes: 1 << 24, Depth: 50}
	f.Fuzz(func(t *testing.T, source string) {
		c, err := NewTemplate(source)
		if err == nil {
			var out *Rendered
			if out, err = c.renderWithin(in, limits); err == nil {
				partsAreInside(t, out)
				return
			}
		}
		var ours *Error
		require.ErrorAs(t, err, &ours)
		require.NotEmpty(t, ours.Message+map[bool]string{true: "raised"}[ours.Raised])
	})
}

// partsAreInside wants parts inside the text, in order.
func partsAreInside(t *testing.T, out *Rendered) {
	end := 0
	for _, p := range out.Parts {
		require.LessOrEqual(t, end, p.From)
		require.LessOrEqual(t, p.From, p.To)
		end = p.To
	}
	require.LessOrEqual(t, end, len(out.Text))
}
