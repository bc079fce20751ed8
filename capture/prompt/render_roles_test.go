package prompt

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/dataset"
	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/storage/rundir"
)

func TestTheWordsOfToolsAndDevelopers(t *testing.T) {
	const template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% if m.tool_calls %}{{ m.tool_calls | tojson }}{% endif %}{% endfor %}{{ tools | tojson }}"
	r := rows(t, "a.jsonl", `{"messages":[{"role":"developer","content":"d"},{"role":"user","content":"u"},{"role":"assistant","content":null,"tool_calls":[{"b":1,"a":2}]},{"role":"tool","content":"t"}],"tools":[{"z":1,"a":1.0}]}`)
	out, err := rendererOf(t, spec.Chat{Template: "auto"}, template).Render(r[0])
	require.NoError(t, err)
	assert.Equal(t, `<developer>d<user>u<assistant>None[{"b": 1, "a": 2}]<tool>t[{"z": 1, "a": 1.0}]`, out.Text)
	var roles []string
	for _, s := range out.spans {
		roles = append(roles, rundir.Roles[s.role])
	}
	assert.Equal(t, []string{"developer", "user", "tool"}, roles)
	for _, template := range []string{"{% for m in messages %}{{ m.content }}{{ m.tool_calls }}{% endfor %}", "{% for m in messages %}{{ m.content }}{{ tools }}{% endfor %}"} {
		_, err := rendererOf(t, spec.Chat{Template: "auto"}, template).Render(r[0])
		expect.Refused(t, err, "a.jsonl:1", "of which the chat template knows nothing")
	}
	_, err = rendererOf(t, spec.Chat{Template: "none"}, "").Render(dataset.Row{Prompt: "x", Tools: json.RawMessage(`[{"a":1}]`), Place: "a.jsonl:1"})
	expect.Refused(t, err, "a.jsonl:1: tools")
	out, err = rendererOf(t, spec.Chat{Template: "none"}, "").Render(dataset.Row{Prompt: "x", Tools: json.RawMessage("[]"), Documents: json.RawMessage("[]")})
	require.NoError(t, err, "an empty list is none, as a table has it in the rows without tools")
	assert.Equal(t, "x", out.Text)
}

func TestRolesThatTheTemplateRefuses(t *testing.T) {
	r := rows(t, "a.jsonl", `{"messages":[{"role":"user","content":"u"},{"role":"tool","content":"t"}]}`)
	_, err := rendererOf(t, spec.Chat{Template: "auto"}, "{% for m in messages %}{% if m.role not in ['user'] %}{{ raise_exception('no ' + m.role) }}{% endif %}{{ m.content }}{% endfor %}").Render(r[0])
	expect.Refused(t, err, "a.jsonl:1: ", "no tool")
}
