package jinja

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)

func render(source string, vars map[string]any) (*Rendered, error) {
	t, err := Parse(source)
	if err != nil {
		return nil, err
	}
	return t.Render(vars, now, DefaultLimits)
}

// testdata/python.jsonl holds templates and what Python's Jinja 3.1.6 makes of
// them in the sandbox that Hugging Face's transformers sets up.
func TestTemplatesRenderAsPythonDoes(t *testing.T) {
	f, err := os.Open("testdata/python.jsonl")
	require.NoError(t, err)
	defer f.Close()
	n := 0
	for in := bufio.NewScanner(f); in.Scan(); n++ {
		var want struct{ Template, Text, Error string }
		require.NoError(t, json.Unmarshal(in.Bytes(), &want))
		out, err := render(want.Template, nil)
		if want.Error != "" {
			var ours *Error
			assert.ErrorAs(t, err, &ours, "%s\nwant %s", want.Template, want.Error)
			continue
		}
		if assert.NoError(t, err, want.Template) {
			assert.Equal(t, want.Text, out.Text, want.Template)
		}
	}
	require.Greater(t, n, 100)
}

// Chains as long as a template may be, of what does not nest, render.
func TestLongChains(t *testing.T) {
	for source, want := range map[string]string{
		"{{ 1" + strings.Repeat(" + 1", 1e5) + " }}":     "100001",
		"{{ x" + strings.Repeat(" or x", 1e5) + " }}":    "",
		"{{ 'a'" + strings.Repeat(" ~ 'a'", 999) + " }}": strings.Repeat("a", 1000),
	} {
		out, err := render(source, nil)
		require.NoError(t, err)
		assert.Equal(t, want, out.Text)
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for source, want := range map[string]string{
		"a\n{{ x.y }}":                      "line 2: 'x' is undefined",
		"a\n\n{% if %}":                     "line 3: unexpected '%}'",
		"{{ 1 }}\n{% if x %}":               "line 2: the template ends, but 'endif' is missing",
		"\n{{ raise_exception('not so') }}": "not so",
		"{% include 'x' %}":                 "line 1: 'include'",
		"{{ {'a': 1}.b.c }}":                "'dict object' has no attribute 'b'",
		"{{ 1 | nosuch }}":                  "No filter named 'nosuch'.",
		"{% set x = [] %}{{ x.append(1) }}": "access to attribute 'append' of 'list' object is unsafe.",
		"{{ 'a' + none }}":                  `can only concatenate str (not "NoneType") to str`,
		"{% for i in 3 %}{% endfor %}":      "'int' object is not iterable",
	} {
		_, err := render(source, nil)
		assert.ErrorContains(t, err, want, source)
	}
}

// Where the parts of a marked text come to lie, whatever was done to it.
func TestRuns(t *testing.T) {
	const content = "  <think>Hm</think> It is, is it?\n"
	for source, want := range map[string][]string{
		"{{ x }}":                                         {content},
		"{{ x | trim }}":                                  {"<think>Hm</think> It is, is it?"},
		"{{ x.split('</think>')[-1] }}":                   {" It is, is it?\n"},
		"{{ x.replace('is', 'was') }}":                    {"  <think>Hm</think> It ", ", ", " it?\n"},
		"a{{ 'is' ~ x ~ 'is' }}":                          {content},
		"{{ x[3:8] }}{{ x[3:8] }}":                        {"think", "think"},
		"{{ x.split() | join('_') }}":                     {"<think>Hm</think>", "It", "is,", "is", "it?"},
		"{% for c in x %}{{ c }}{% endfor %}":             {content},
		"{% set y %}[{{ x }}]{% endset %}{{ y | trim }}":  {content},
		"{% macro m(a) %}{{ a }}{% endmacro %}{{ m(x) }}": {content},
		"{{ '%s|%s' % (x, 1) }}":                          {content},
		"{{ '{}'.format(x) }}":                            {content},
		"{{ x | upper }}":                                 {content},
		"{{ x | length }}":                                nil,
		"{{ {'a': x[2:9]} | tojson }}":                    {"<think>"},
		"{{ {'a': x} | tojson }}":                         {"  <think>Hm</think> It is, is it?"},
		"{{ x.replace('>', '\\'') | tojson }}":            {"  <think", "Hm</think", " It is, is it?"},
		"{{ [x[2:9]] }}":                                  nil,
		"{{ 'is' in x }}{{ x == x }}":                     nil,
		"{{ x.strip('?') | indent(2) }}":                  {"  <think>Hm</think> It is, is it?", ""},
	} {
		out, err := render(source, map[string]any{"x": Marked(content, 7, 0)})
		require.NoError(t, err, source)
		var got []string
		for _, r := range out.Runs {
			assert.Equal(t, 7, r.Source)
			part := content[r.At : r.At+r.To-r.From]
			assert.Equal(t, strings.ToLower(part), strings.ToLower(out.Text[r.From:r.To]), source)
			got = append(got, part)
		}
		assert.Equal(t, want, got, source)
	}
}
