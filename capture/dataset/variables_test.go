package dataset

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
)

func fillIn(t *testing.T, text string) (string, error) {
	t.Helper()
	parsed, err := spec.ParseTemplate("prompts.prompt", text)
	if err != nil {
		return "", err
	}
	row := rows(t, "a.jsonl", `{"id":"r","prompt":"P","label":0,"statement":"tin \"x\" {y}","n":1.50,"big":12345678901234567890,"yes":true,"none":null,"list":[1],"object":{},"Case":"c"}`)[0]
	return fill(parsed, &scope{place: "a.jsonl:1", row: &rowVariables{row: &row}, vars: []map[string]string{{"who": "style"}, {"who": "condition", "where": "here", "statement": "never"}}})
}

func TestVariables(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "plain": "plain", "{statement}": `tin "x" {y}`, "a{n}b{n}": "a1.50b1.50", "{big}{yes}": "12345678901234567890true",
		"{id} {prompt} {label} {Case}": "r P 0 c", "{who} {where}": "style here", "{{n}} {{{n}}} }}{{": "{n} {1.50} }{",
	} {
		got, err := fillIn(t, text)
		require.NoError(t, err, "%q", text)
		assert.Equal(t, want, got, "%q", text)
	}
}

func TestVariablesThatAreNotThere(t *testing.T) {
	for text, nearest := range map[string]string{"{statment}": "statement", "{case}": "Case", "{response}": "", "{messages}": "", `{"a": 1}`: "", "{whe}": "where, who|who, where"} {
		_, err := fillIn(t, text)
		hint := expect.Refused(t, err, "a.jsonl:1: prompts.prompt: no variable "+text)
		assert.Regexp(t, `nearest variables: (`+nearest+`)`, hint)
		assert.Contains(t, hint, "{{")
	}
}

// A key that is there is not offered as the nearest of itself.
func TestVariablesThatAreNoTexts(t *testing.T) {
	for text, what := range map[string]string{"{list}": "{list} is no text", "{object}": "{object} is no text", "{none}": "{none} is null"} {
		_, err := fillIn(t, text)
		hint := expect.Refused(t, err, "a.jsonl:1", what)
		assert.NotContains(t, hint, "nearest")
		assert.Contains(t, hint, text[1:len(text)-1])
	}
	_, err := fillIn(t, "{lists}")
	assert.NotRegexp(t, `\blist\b|none|object`, expect.Refused(t, err, "no variable {lists}"))
}
