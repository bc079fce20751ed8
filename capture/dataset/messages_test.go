package dataset

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

// conversations that data sets have, and what they are as messages.
func TestConversationsOfDataSets(t *testing.T) {
	for text, want := range map[string]string{
		`{"messages":[{"role":"developer","content":"d"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"name":"Bob"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"b\": 1, \"a\": 2}"}}]},{"role":"tool","tool_call_id":"1","content":"{}"}]}`: "",
		`{"messages":[{"role":"assistant","reasoning_content":"hm","content":"x","tool_calls":[{"function":{"arguments":{"b":1.0,"a":2}}}]},{"role":"user","content":"y"}],"tools":[{"b":1,"a":{"d":1e3,"c":null}}],"documents":[{"title":"t","text":"x"}]}`:                                                                                            "",
		`{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"},{"from":"human","value":"c","weight":0}]}`:                                                                                                                                                                                                                           `{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c","weight":0}]}`,
		`{"conversations":[{"from":"human","value":"a"}],"system":"s","x":1}`: `{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"}],"x":1}`,
		`{"conversations":[{"role":"user","content":"a"}]}`:                   `{"messages":[{"role":"user","content":"a"}]}`,
		`{"conversations":[{"from":"system","value":"s"},{"from":"function_call","value":"{\"name\": \"f\", \"arguments\": {\"z\": 1, \"a\": 2}}"},{"from":"observation","value":"o"}]}`: `{"messages":[{"role":"system","content":"s"},{"role":"assistant","content":"","tool_calls":[{"type":"function","function":{"name":"f","arguments":{"z":1,"a":2}}}]},{"role":"tool","content":"o"}]}`,
		`{"conversations":[{"from":"Human","value":"a"},{"from":"Function_Call","value":"{\"name\": \"f\"}"},{"from":"observation","value":"o"}]}`:                                       `{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"type":"function","function":{"name":"f"}}]},{"role":"tool","content":"o"}]}`,
		`{"prompt":[{"role":"user","content":"a"}]}`:                                           `{"messages":[{"role":"user","content":"a"}]}`,
		`{"messages":[{"role":"user","content":"a"}],"tools":"[{\"b\": 1, \"a\": 2}]"}`:        `{"messages":[{"role":"user","content":"a"}],"tools":[{"b":1,"a":2}]}`,
		`{"messages":"[{\"role\": \"user\", \"content\": \"a\"}]","prompt":null,"tools":null}`: `{"messages":[{"role":"user","content":"a"}]}`,
	} {
		if want == "" {
			want = text
		}
		d, err := Read(spec.Prompts{File: expect.File(t, "a.jsonl", text)})
		require.NoError(t, err, text)
		object, err := chat.ReadObject(d.Text())
		require.NoError(t, err)
		wanted, err := chat.ReadObject(json.RawMessage(want))
		require.NoError(t, err)
		for _, key := range wanted.Keys() {
			assert.Equal(t, string(wanted.Get(key)), string(object.Get(key)), "%s of %s", key, text)
		}
		assert.Equal(t, wanted.Len()+1, object.Len(), "%s", d.Text()) // the id
		again, err := Read(spec.Prompts{File: expect.File(t, "kept.jsonl", string(d.Text()))})
		require.NoError(t, err)
		assert.Equal(t, d.SHA256, again.SHA256, "as a run keeps it, it is the same")
	}
}

func TestConversationsThatAreRefused(t *testing.T) {
	for text, parts := range map[string][]string{
		`{"conversations":[{"from":"narrator","value":"a"}]}`:                                              {"message 0", `from is "narrator"`},
		`{"conversations":[{"from":"human","value":null}]}`:                                                {"message 0", "value: want text, got null"},
		`{"conversations":[{"from":"human"}]}`:                                                             {"value: want text"},
		`{"conversations":[{"value":"a"}]}`:                                                                {"role: want text, got null"},
		`{"conversations":[{"from":"function_call","value":"f(1)"}]}`:                                      {"want {name, arguments} as JSON"},
		`{"conversations":[{"from":"system","value":"a"}],"system":"b"}`:                                   {"both the key system and"},
		`{"conversations":[],"messages":null}`:                                                             {"empty"},
		`{"conversations":[{"from":"human","value":"a"}],"messages":[{"role":"user","content":"a"}]}`:      {"messages under another key"},
		`{"conversations":"a talk"}`:                                                                       {`"conversations"`, "want a list, got text"},
		`{"messages":[{"role":"user","content":"a"}],"tools":{"name":"f"}}`:                                {`"tools"`, "want a list, got an object"},
		`{"messages":[{"role":"user","content":"a"}],"tools":["f"]}`:                                       {`"tools"`, "[0]: want an object, got text"},
		`{"messages":[{"role":"user","content":"a"}],"documents":[null]}`:                                  {`"documents"`, "[0]: want an object or text, got null"},
		`{"messages":[null]}`:                                                                              {"message 0", "got null"},
		`{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{}]}]}`: {"messages[1]", "calls tools"},
	} {
		t.Run(text, func(t *testing.T) { badRows(t, "a.jsonl", text, append(parts, "a.jsonl:1:")...) })
	}
}

func TestAnyKeyMayHoldThePrompts(t *testing.T) {
	for text, want := range map[string]string{
		`{"turns":[{"role":"user","content":"a"}],"prompt":"old","id":"x"}`: `{"id":"x","messages":[{"role":"user","content":"a"}],"prompt_column":"old"}`,
		`{"turns":[{"from":"human","value":"a"}],"messages":[1],"id":"x"}`:  `{"id":"x","messages":[{"role":"user","content":"a"}],"messages_column":[1]}`,
		`{"turns":"a","conversations":3,"id":"x"}`:                          `{"conversations_column":3,"id":"x","prompt":"a"}`,
	} {
		for _, name := range []string{"a.jsonl", "a.json"} {
			d, err := Read(spec.Prompts{File: expect.File(t, name, text), Column: "turns"})
			require.NoError(t, err, text)
			assert.Equal(t, want+"\n", string(d.Text()))
		}
	}
	_, err := Read(spec.Prompts{File: expect.File(t, "a.jsonl", `{"turn":"a"}`), Column: "turns"})
	assert.Contains(t, expect.Refused(t, err, "a.jsonl:1", `no key "turns"`), "nearest: turn")
}

func TestParquetFilesThatAreNone(t *testing.T) {
	badRows(t, "a.parquet", "id,prompt\n", "a.parquet", "not a Parquet file")
	badRows(t, "a.parquet", "", "a.parquet", "not a Parquet file")
}
