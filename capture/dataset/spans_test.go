package dataset

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/spec"
)

func TestSpansOfARow(t *testing.T) {
	r := rows(t, "a.jsonl", `{"prompt":"x","spans":{"b":"tea","a":"tin"}}`+"\n"+`{"prompt":"x","spans":[{"name":"n","regex":"[0-9]","in":1,"all":true},{"name":"r","range":[0,3],"in":"user"}]}`+"\n"+`{"prompt":"x","spans":null}`)
	assert.Equal(t, []spec.SpanRule{{Name: "a", Text: "tin"}, {Name: "b", Text: "tea"}}, r[0].Spans)
	assert.Equal(t, []spec.SpanRule{{Name: "n", Regex: "[0-9]", In: "1", All: true}, {Name: "r", Range: []int{0, 3}, In: "user"}}, r[1].Spans)
	assert.Nil(t, r[2].Spans)
	for spans, part := range map[string]string{
		`5`: "a number", `[5]`: "span 0", `{"a":1}`: "a: want text", `[{"nam":"a"}]`: `unknown key "nam"`, `[{"name":"a"}]`: "0 of text", `{"a":""}`: "0 of text",
		`[{"name":"a","range":["x",1]}]`: "span 0", `[{"name":"a","text":"x","in":[]}]`: "span 0", `{"a/b":"x"}`: "/", `[{"name":"a","text":"x","all":1}]`: "span 0",
	} {
		badRows(t, "a.jsonl", `{"prompt":"x","spans":`+spans+`}`, "a.jsonl:1:", `key "spans"`, part)
	}
}
