package lexer

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhiteSpaceAtTags(t *testing.T) {
	for source, want := range map[string][]string{
		"a\n  {% if x %}\nb":           {"a\n", "b"},     // trim_blocks and lstrip_blocks
		"a\n  {%- if x -%}\n b":        {"a", "b"},       // all of it
		"a\n  {%+ if x +%}\nb":         {"a\n  ", "\nb"}, // none of it
		"a\n  {{ x }}\nb":              {"a\n  ", "\nb"}, // tags that print keep it
		"a {# b #}\nc":                 {"a ", "c"},      // comments are blocks
		"{% raw %}{{ x }}{% endraw %}": {"{{ x }}"},      // no tags in here
	} {
		tokens, err := Lex(source)
		require.NoError(t, err, source)
		var data []string
		for _, token := range tokens {
			if token.Kind == Data {
				data = append(data, token.Text)
			}
		}
		assert.Equal(t, want, data, source)
	}
}

func TestTokensOfATag(t *testing.T) {
	tokens, err := Lex("\n{{ a_1 // 0x1F + 1_0.5e2 ~ 'b\\n\\u00e9' }}")
	require.NoError(t, err)
	assert.Equal(t, []Token{
		{Data, "\n", 1}, {Print, "{{", 2}, {Name, "a_1", 2}, {Op, "//", 2}, {Int, "0x1F", 2}, {Op, "+", 2},
		{Float, "10.5e2", 2}, {Op, "~", 2}, {String, "b\né", 2}, {PrintEnd, "}}", 2}, {EOF, "", 2},
	}, tokens)
}

func TestErrorsNameTheLine(t *testing.T) {
	for source, want := range map[string]string{
		"\n{{ x":        "line 2: a tag is not closed: '}}' is missing",
		"\n\n{{ x ) }}": "line 3: unexpected ')'",
		"{{ 'x }}":      "line 1: a text in quotes is not closed",
		"{# x":          "line 1: a comment is not closed",
		"{% raw %}\n x": "line 1: a raw block is not closed",
		"{{ '\\x4' }}":  `line 1: the escape '\\x4' is not a character`,
		"\xff":          "line 1: the template is not UTF-8",
	} {
		_, err := Lex(source)
		assert.EqualError(t, err, want, source)
		assert.IsType(t, &Error{}, err)
	}
}
