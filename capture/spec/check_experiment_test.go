package spec

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"intentprobe/capture/internal/expect"
)

func TestExperimentsThatCannotBeMeant(t *testing.T) {
	for text, parts := range map[string][]string{
		"conditions: [{name: a}, {name: b}, {name: a}]":                           {`conditions[2]: the name "a" stands there twice`, "conditions[0]"},
		"conditions: [{system: x}]":                                               {"conditions[0].name", "names nothing"},
		"styles: [{name: a/b}]":                                                   {"styles[0].name", "/"},
		`styles: [{name: "a\nb"}]`:                                                {"control characters"},
		"conditions: [{name: a, system: '{x'}]":                                   {`system of condition "a"`, "not closed"},
		"styles: [{name: a, suffix: '}'}]":                                        {`suffix of style "a"`, "closes nothing"},
		"chat: none\nconditions: [{name: a, system: x}]":                          {"chat.template is none"},
		"chat: none\nstyles: [{name: a, prefill: x}]":                             {"chat.template is none"},
		"chat: none\nknowledge: {system: x}":                                      {"knowledge.system"},
		"pairs: {differ: [users]}":                                                {`"users"`},
		"pairs: {differ: ['span:']}":                                              {`"span:"`},
		"spans: [{name: a}]":                                                      {`"a"`, "0 of text, regex and range"},
		"spans: [{name: a, text: x, regex: y}]":                                   {"2 of text"},
		"spans: [{name: a, regex: '('}]":                                          {"missing closing"},
		"spans: [{name: a, range: [4, 4]}]":                                       {"range"},
		"spans: [{name: a, range: [4]}]":                                          {"range"},
		"spans: [{name: a, text: x, in: users}]":                                  {"in is \"users\""},
		"spans: [{name: a, text: x, in: -1}]":                                     {"in is \"-1\""},
		"spans: [{name: a, text: '{'}]":                                           {`text of span "a"`},
		"spans: [{name: a, text: x}, {name: a, text: y}]":                         {"twice"},
		"followups: [{name: a, ask: ' '}]":                                        {"followups[0] (a) asks nothing"},
		"followups: [{name: a, ask: x}, {name: a, ask: y}]":                       {"twice"},
		"followups: [{name: a, ask: x, max_tokens: -1}]":                          {"followups[0].max_tokens"},
		"followups: [{name: a, ask: x, response: y, max_tokens: 1}]":              {"both a response and max_tokens"},
		"followups: [{name: a, ask: x, alternatives: [y]}]":                       {"followups[0].alternatives has 1"},
		"alternatives: [{name: a, options: []}]":                                  {"alternatives[0].options has 0"},
		"alternatives: [{name: a, options: [x, '']}]":                             {"alternatives[0].options[1] is empty"},
		"alternatives: [{name: a, options: [x, y, x]}]":                           {`"x" stands there twice`},
		"alternatives: [{name: a, options: [x, y], at: start}]":                   {`alternatives[0].at is "start"`},
		"alternatives: [{name: a, options: [x, y]}, {name: '', options: [x, y]}]": {"alternatives[1].name"},
	} {
		t.Run(text, func(t *testing.T) {
			spec := validSpec()
			applySpec(t, &spec, text+"\n")
			expect.Refused(t, spec.Validate(), parts...)
		})
	}
}

func TestKeysInsideListsAreChecked(t *testing.T) {
	for text, parts := range map[string][]string{
		"conditions:\n  - {name: a}\n  - {nam: b}\n":                         {"bad.yaml:3:", `"conditions[1].nam"`},
		"styles: [{name: a, System: x}]\n":                                   {"bad.yaml:1:", `"styles[0].System"`},
		"spans:\n- name: a\n  regexp: x\n":                                   {"bad.yaml:3:", `"spans[0].regexp"`},
		"followups: [{name: a, question: x}]\n":                              {`"followups[0].question"`},
		"alternatives: [{name: a, option: [x]}]\n":                           {`"alternatives[0].option"`},
		"pairs: {differs: [x]}\n":                                            {`"pairs.differs"`},
		"a: &x {nam: a}\n":                                                   {`"a"`},
		"styles: [&x {name: a, vars: {b: c}}]\nconditions: [*x, {nme: a}]\n": {"bad.yaml:2:", `"conditions[1].nme"`},
		"conditions: {name: a}\n":                                            {"bad.yaml:1: conditions is not a list"},
		"conditions: [a]\n":                                                  {"conditions[0] is not a mapping"},
		"followups: [[]]\n":                                                  {"followups[0] is not a mapping"},
		"conditions: [{name: a, name: b}]\n":                                 {`"conditions[0].name" stands there twice`},
		"conditions: [{name: [a]}]\n":                                        {"bad.yaml:1: conditions: a list, where a text is wanted"},
	} {
		t.Run(text, func(t *testing.T) { badSpec(t, text, parts...) })
	}
}

func TestANearerFileReplacesTheLists(t *testing.T) {
	spec := validSpec()
	applySpec(t, &spec, "conditions: [{name: a}]\nstyles: [{name: s}]\nsplit: {x: 1}\nprompts: {text: [p]}\nchat: {vars: {A: 1}}\n")
	applySpec(t, &spec, "conditions: [{name: B, vars: {Key: 007}, label: 1}]\nstyles: []\nprompts: {rows: [{prompt: q}]}\n")
	assert.Equal(t, []Variant{{Name: "B", Vars: map[string]string{"Key": "007"}, Label: ptr("1")}}, spec.Conditions)
	assert.Empty(t, spec.Styles)
	assert.Equal(t, map[string]float64{"x": 1}, spec.Split)
	assert.Nil(t, spec.Prompts.Text)
	assert.Len(t, spec.Prompts.Rows, 1)
	assert.Equal(t, Vars{"A": json.RawMessage("1")}, spec.Chat.Vars)
	applySpec(t, &spec, "prompts: {file: x.txt}\n")
	assert.Nil(t, spec.Prompts.Rows)
}

func TestDefaultsOfKnowledge(t *testing.T) {
	f := readSpec(t, "knowledge: {samples: 3, knows: 1}\n")
	assert.Equal(t, &Knowledge{Samples: 3, Temperature: 1, MaxTokens: 24, Knows: 1, DoesNotKnow: 0.2}, f.Knowledge)
	assert.Nil(t, readSpec(t, "knowledge:\n").Knowledge)
	badSpec(t, "knowledge: {sample: 3}\n", "bad.yaml:1:", `"knowledge.sample"`)
}
