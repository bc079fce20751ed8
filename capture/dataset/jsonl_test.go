package dataset

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestJSONLines(t *testing.T) {
	r := rows(t, "a.jsonl", "\ufeff\r\n{\"id\":\"x\",\"prompt\":\"one\"}\r\n\n   \n{\"prompt\":\"zwei \\u00fc\\n\",\"response\":\" yes\"}")
	require.Len(t, r, 2)
	assert.Equal(t, []string{"x", "1"}, []string{r[0].ID, r[1].ID})
	assert.Equal(t, []string{"one", "zwei ü\n"}, []string{r[0].Prompt, r[1].Prompt})
	assert.Nil(t, r[0].Response)
	assert.Equal(t, ptr(" yes"), r[1].Response, "white space belongs to the response")
	assert.Contains(t, r[1].Place, "a.jsonl:5")
}

func TestNumbersAndTruthValuesAsText(t *testing.T) {
	r := rows(t, "a.ndjson", `{"id": 12, "prompt": "x", "label": 1, "group": 2.50, "split": true, "pair": 12345678901234567890}`)[0]
	assert.Equal(t, "12", r.ID)
	assert.Equal(t, []*string{ptr("1"), ptr("2.50"), ptr("true"), ptr("12345678901234567890")}, []*string{r.Label, r.Group, r.Split, r.Pair})
}

func TestNullIsNoValue(t *testing.T) {
	r := rows(t, "a.jsonl", `{"id":null,"prompt":"x","response":null,"label":null,"group":null,"split":null,"pair":null}`)[0]
	assert.Equal(t, "0", r.ID)
	assert.Equal(t, []*string{nil, nil, nil, nil, nil}, []*string{r.Response, r.Label, r.Group, r.Split, r.Pair})
	assert.Equal(t, "{}", r.Meta)
}

// Tables written by pandas give every row all keys, null where there is nothing.
func TestNullBesidePromptOrMessagesIsNoValue(t *testing.T) {
	r := rows(t, "a.jsonl", `{"prompt":"x","messages":null}`+"\n"+`{"prompt":null,"messages":[{"role":"user","content":"y"}]}`)
	require.Len(t, r, 2)
	assert.Equal(t, "x", r[0].Prompt)
	assert.Len(t, r[1].Messages, 1)
}

func TestAnEmptyResponseIsGiven(t *testing.T) {
	r := rows(t, "a.jsonl", `{"prompt":"x","response":""}`)[0]
	assert.Equal(t, ptr(""), r.Response)
}

func TestUnknownKeysAreKeptAsMetadata(t *testing.T) {
	r := rows(t, "a.jsonl", `{"prompt":"x","Topic":"<b>","n":12345678901234567890,"deep":{"A":[1,null,{"b":2.50}]},"none":null}`)[0]
	assert.JSONEq(t, `{"Topic":"<b>","n":12345678901234567890,"deep":{"A":[1,null,{"b":2.50}]},"none":null}`, r.Meta)
	assert.Contains(t, r.Meta, "12345678901234567890", "large numbers keep their digits")
}

func TestBrokenLinesTellFileAndLine(t *testing.T) {
	const good = "{\"prompt\":\"a\"}\n\n"
	for text, part := range map[string]string{
		`{"prompt":"x"`:                   "ends inside",
		`{"prompt":"x`:                    "ends inside",
		`{"prompt":'x'}`:                  "invalid character",
		`prompt: x`:                       "invalid character",
		`{"prompt":"x"} {"prompt":"y"}`:   "more than one value",
		`{"prompt":"x"},`:                 "more than one value",
		`["x"]`:                           "not a JSON object",
		`"x"`:                             "not a JSON object",
		`null`:                            "null",
		`{"id":"a","label":"b"}`:          "neither prompt nor messages",
		`{"prompt":null}`:                 "prompt",
		`{}`:                              "neither prompt nor messages",
		`{"prompt":7}`:                    "want text, got a number",
		`{"prompt":["x"]}`:                "message 0: want {role, content}, got text",
		`{"prompt":"x","response":1}`:     `"response"`,
		`{"prompt":"x","id":{}}`:          `"id"`,
		`{"prompt":"x","label":["a"]}`:    `"label"`,
		`{"prompt":"x","spans":"a"}`:      `"spans"`,
		`{"prompt":"x","stage":"later"}`:  `"later" is no stage`,
		`{"prompt":""}`:                   "empty",
		`{"prompt":" \n\t"}`:              "empty",
		`{"prompt":"x","messages":"hi"}`:  `"messages"`,
		`{"messages":[]}`:                 "empty",
		`{"messages":[{"role":"user"}]}`:  "content",
		`{"messages":["hi"]}`:             "message 0",
		`{"messages":[{"content":"hi"}]}`: "role",
	} {
		t.Run(text, func(t *testing.T) { badRows(t, "a.jsonl", good+text+"\n", "a.jsonl:3:", part) })
	}
}

func TestMissingPromptListsTheKeys(t *testing.T) {
	hint := badRows(t, "a.jsonl", `{"text":"x","label":"l"}`)
	assert.Contains(t, hint, "label, text")
}

func TestIDsAreUnique(t *testing.T) {
	badRows(t, "a.jsonl", `{"id":"q","prompt":"x"}`+"\n"+`{"prompt":"y"}`+"\n\n"+`{"id":"q","prompt":"z"}`, "a.jsonl:4:", `"q"`, "a.jsonl:1")
	badRows(t, "b.jsonl", `{"id":"1","prompt":"x"}`+"\n"+`{"prompt":"y"}`, "b.jsonl:2:", `"1"`) // the number given to a row
	badRows(t, "c.jsonl", `{"id":1,"prompt":"x"}`+"\n"+`{"id":"1","prompt":"y"}`, "c.jsonl:2:", `"1"`)
}

func TestMessagesOfARow(t *testing.T) {
	for text, parts := range map[string][]string{
		`{"messages":[{"role":"critic","content":"x"}]}`:                                                    {"messages[0]", `"critic"`},
		`{"messages":[{"role":"user","content":"x"},{"role":"template","content":"y"}]}`:                    {"messages[1]", `"template"`},
		`{"messages":[{"role":"User","content":"x"}]}`:                                                      {"messages[0]", `"User"`},
		`{"messages":[{"role":"user","content":"x"},{"role":"user","content":null}]}`:                       {"message 1", "content", "null"},
		`{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}`:                                   {"message 0", "content", "part 0", "image_url"},
		`{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y","tool_calls":[{}]}]}`: {"messages[1]", "calls tools"},
		`{"prompt":"x","messages":[{"role":"user","content":"y"}]}`:                                         {"both prompt and messages"},
		`{"messages":{"role":"user","content":"x"}}`:                                                        {"messages", "an object"},
	} {
		t.Run(text, func(t *testing.T) { badRows(t, "a.jsonl", text, append(parts, "a.jsonl:1:")...) })
	}
}

func TestTheLastMessageMayBeTheAssistants(t *testing.T) {
	r := rows(t, "a.jsonl", `{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}],"response":"z"}`)[0]
	assert.Equal(t, "assistant", r.Messages[1].Role)
}

func TestMessagesWithEarlierTurns(t *testing.T) {
	r := rows(t, "a.jsonl", `{"messages":[{"role":"system","content":""},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}`)[0]
	assert.Len(t, r.Messages, 4)
}
