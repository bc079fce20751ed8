package capture

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// conversation is a sample of twelve tokens: 0-1 system, 2 template, 3-5 user (4-5
// in the span claim), 6 template, 7 prefill; response: 8-9 reasoning, 10 answer, 11
// end of turn.
func conversation() []token {
	sys, user, asst := roleCode("system"), roleCode("user"), roleCode("assistant")
	claim := []string{"claim"}
	out := []token{
		{role: sys}, {role: sys}, {role: roleTemplate}, {role: user}, {role: user, spans: claim}, {role: user, spans: claim},
		{role: roleTemplate}, {role: asst, prefill: true},
		{role: asst, response: true, first: true, reasoning: true}, {role: asst, response: true, reasoning: true},
		{role: asst, response: true}, {role: asst, response: true, ends: true},
	}
	for i := range out {
		out[i].position = i
	}
	return out
}

// decisions runs a selection over a sample that is known as a whole.
func decisions(t *testing.T, expression string, tokens []token) (positions []int) {
	t.Helper()
	sel, err := ParseSelection(expression)
	require.NoError(t, err, expression)
	d := sel.root.stream()
	for i := range tokens {
		d.push(&tokens[i])
	}
	d.end()
	for i := range tokens {
		selected, ok := d.next()
		require.True(t, ok, "%s: token %d is not decided on at the end", expression, i)
		if selected {
			positions = append(positions, i)
		}
	}
	_, ok := d.next()
	require.False(t, ok)
	return positions
}

var selections = map[string][]int{
	"all":                                    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
	"prompt":                                 {0, 1, 2, 3, 4, 5, 6, 7},
	"response":                               {8, 9, 10, 11},
	"system":                                 {0, 1},
	"user":                                   {3, 4, 5},
	"assistant":                              {7, 8, 9, 10, 11},
	"template":                               {2, 6},
	"prefill":                                {7},
	"reasoning":                              {8, 9},
	"answer":                                 {10},
	"content":                                {0, 1, 3, 4, 5, 7, 8, 9, 10},
	"last":                                   {11},
	"last_content":                           {10},
	"first_generated":                        {8},
	"end_of_turn":                            {11},
	"span:claim":                             {4, 5},
	"span:other":                             nil,
	"every:4":                                {0, 4, 8},
	"response[:-1]":                          {8, 9, 10},
	"response[:-5]":                          nil,
	"response[0:20]":                         {8, 9, 10, 11},
	"response[1:3]":                          {9, 10},
	"response[-2:]":                          {10, 11},
	"response[-3:-1]":                        {9, 10},
	"response[1:-1]":                         {9, 10},
	"response[-3:2]":                         {9},
	"response[2]":                            {10},
	"response[-1]":                           {11},
	"response[-2]":                           {10},
	"response[9]":                            nil,
	"all[2:][1:3]":                           {3, 4},
	"response | user":                        {3, 4, 5, 8, 9, 10, 11},
	"span:claim,last":                        {4, 5, 11},
	"user & !span:claim":                     {3},
	"!(prompt|end_of_turn)":                  {8, 9, 10},
	"!!last":                                 {11},
	"prompt[-1] | response":                  {7, 8, 9, 10, 11},
	"user[:1]|response[:1]":                  {3, 8},
	"template & response | prefill & prompt": {7},
}

func TestWhatASelectionSelects(t *testing.T) {
	for expression, want := range selections {
		assert.Equal(t, want, decisions(t, expression, conversation()), expression)
	}
}

// What is decided early must be what is decided in the end, and everything that can
// be is decided at once where nothing counts from the end.
func TestEarlyDecisionsHold(t *testing.T) {
	tokens := conversation()
	for expression := range selections {
		sel, err := ParseSelection(expression)
		require.NoError(t, err)
		want := map[int]bool{}
		for _, at := range decisions(t, expression, tokens) {
			want[at] = true
		}
		d, at := sel.root.stream(), 0
		drain := func() {
			for x, ok := d.next(); ok; x, ok = d.next() {
				assert.Equal(t, want[at], x, "%s: token %d", expression, at)
				at++
			}
		}
		for i := range tokens {
			d.push(&tokens[i])
			drain()
			if !sel.root.lags() {
				assert.Equal(t, i+1, at, "%s waits", expression)
			}
		}
		d.end()
		drain()
		assert.Equal(t, len(tokens), at, expression)
	}
}

func TestASliceFromTheEndHoldsNoMoreThanItCounts(t *testing.T) {
	sel, err := ParseSelection("response[:-5]")
	require.NoError(t, err)
	d := sel.root.stream()
	for i := range 1000 {
		d.push(&token{position: i, response: true})
		selected, ok := d.next()
		assert.Equal(t, i >= 5, ok)
		assert.Equal(t, ok, selected)
	}
}

func TestSelectionsThatSelectNothingOfAResponse(t *testing.T) {
	for expression, want := range map[string]bool{
		"prompt": true, "user|system": true, "prompt[-3:]": true, "user & response": true, "all": false, "!response": false, "prompt | last": false, "span:x": false,
	} {
		sel, err := ParseSelection(expression)
		require.NoError(t, err)
		assert.Equal(t, want, sel.root.promptOnly(), expression)
	}
}

func TestWrongSelectionsSayWhere(t *testing.T) {
	for expression, want := range map[string]string{
		"":                        "a name is missing",
		"respones":                "nearest: response",
		"response[":               "a ] is missing",
		"response[]":              "holds nothing",
		"response[::2]":           `":2" is no whole number`,
		"response[a:]":            `"a" is no whole number`,
		"response | ":             "a name is missing",
		"(response":               "a ) is missing",
		"response)":               `")" is left over`,
		"every:0":                 "a number from 1",
		"every:":                  "a number from 1",
		"span:":                   "is not known",
		"response user":           `"user" is left over`,
		"response[1:99999999999]": "is no whole number",
	} {
		_, err := ParseSelection(expression)
		refused(t, err, want)
	}
}

func FuzzSelection(f *testing.F) {
	for expression := range selections {
		f.Add(expression)
	}
	f.Add("((((((((((((all))))))))))))[0:1]")
	f.Fuzz(func(t *testing.T, expression string) {
		sel, err := ParseSelection(expression)
		if err != nil {
			return
		}
		sel.Spans()
		decisions(t, expression, conversation())
	})
}
