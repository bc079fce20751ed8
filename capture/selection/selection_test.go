package selection

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
)

// conversation is a sample of twelve tokens: 0-1 system, 2 template, 3-5 user (4-5
// in the span claim), 6 template, 7 prefill; Response: 8-9 reasoning, 10 answer, 11
// end of turn.
func conversation() []Token {
	claim := []string{"claim"}
	out := []Token{
		{Role: "system"}, {Role: "system"}, {Role: "template"}, {Role: "user"}, {Role: "user", Spans: claim}, {Role: "user", Spans: claim},
		{Role: "template"}, {Role: "assistant", Prefill: true},
		{Role: "assistant", Response: true, First: true, Reasoning: true}, {Role: "assistant", Response: true, Reasoning: true},
		{Role: "assistant", Response: true}, {Role: "assistant", Response: true, Ends: true},
	}
	for i := range out {
		out[i].Position = i
	}
	return out
}

// decisions runs a selection over a sample that is known as a whole.
func decisions(t *testing.T, expression string, tokens []Token) (positions []int) {
	t.Helper()
	sel, err := Parse(expression)
	require.NoError(t, err, expression)
	d := sel.Start()
	for i := range tokens {
		d.Push(&tokens[i])
	}
	d.End()
	for i := range tokens {
		selected, ok := d.Next()
		require.True(t, ok, "%s: token %d is not decided on at the end", expression, i)
		if selected {
			positions = append(positions, i)
		}
	}
	_, ok := d.Next()
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
		sel, err := Parse(expression)
		require.NoError(t, err)
		want := map[int]bool{}
		for _, at := range decisions(t, expression, tokens) {
			want[at] = true
		}
		d, at := sel.Start(), 0
		drain := func() {
			for x, ok := d.Next(); ok; x, ok = d.Next() {
				assert.Equal(t, want[at], x, "%s: token %d", expression, at)
				at++
			}
		}
		for i := range tokens {
			d.Push(&tokens[i])
			drain()
			if !sel.Lags() {
				assert.Equal(t, i+1, at, "%s waits", expression)
			}
		}
		d.End()
		drain()
		assert.Equal(t, len(tokens), at, expression)
	}
}

func TestASliceFromTheEndHoldsNoMoreThanItCounts(t *testing.T) {
	sel, err := Parse("response[:-5]")
	require.NoError(t, err)
	d := sel.Start()
	for i := range 1000 {
		d.Push(&Token{Position: i, Response: true})
		selected, ok := d.Next()
		assert.Equal(t, i >= 5, ok)
		assert.Equal(t, ok, selected)
	}
}

func TestSelectionsThatSelectNothingOfAResponse(t *testing.T) {
	for expression, want := range map[string]bool{
		"prompt": true, "user|system": true, "prompt[-3:]": true, "user & response": true, "all": false, "!response": false, "prompt | last": false, "span:x": false,
	} {
		sel, err := Parse(expression)
		require.NoError(t, err)
		assert.Equal(t, want, sel.PromptOnly(), expression)
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
		_, err := Parse(expression)
		var usage *hint.UsageError
		require.ErrorAs(t, err, &usage, expression)
		assert.ErrorContains(t, err, want)
		assert.NotEmpty(t, usage.Hint())
	}
}

func FuzzSelection(f *testing.F) {
	for expression := range selections {
		f.Add(expression)
	}
	f.Add("((((((((((((all))))))))))))[0:1]")
	f.Fuzz(func(t *testing.T, expression string) {
		sel, err := Parse(expression)
		if err != nil {
			return
		}
		sel.Spans()
		decisions(t, expression, conversation())
	})
}

func TestErrorsNameTheKey(t *testing.T) {
	_, err := ParseKey("controls.tokens", "responses")
	assert.ErrorContains(t, err, `controls.tokens "responses", at character 1`)
}

// Where all is known, the answers are those of a Decider; where less is, those that are no
// more than that remain.
func TestAnswersAreThoseOfADecider(t *testing.T) {
	draw := rand.New(rand.NewPCG(3, 4))
	for _, text := range []string{
		"all", "!template", "last", "last_content | prompt[0]", "response[:-2]", "response[1:-1] & !reasoning", "(user | response)[-3:][0]", "!(content[1:3])", "span:a[0] | answer[-2]", "every:3 & response[2:]", "all[5:2]", "all[-2:-1]",
	} {
		s, err := Parse(text)
		require.NoError(t, err)
		for range 200 {
			n, prompt := draw.IntN(12), draw.IntN(6)
			known, partly := make([][]Token, n), make([][]Token, n)
			d := s.Start()
			for i := range n {
				t := drawn(draw, i, prompt)
				d.Push(&t)
				known[i] = []Token{t}
				partly[i] = known[i]
				if draw.IntN(2) == 0 {
					partly[i] = []Token{drawn(draw, i, prompt), t, drawn(draw, i, prompt)}
				}
			}
			d.End()
			all, some := s.Answers(known), s.Answers(partly)
			for i := range n {
				selected, ok := d.Next()
				require.True(t, ok)
				require.Equal(t, truth(selected), all[i], "%s, %d", text, i)
				require.Contains(t, []Answer{all[i], Unknown}, some[i], "%s, %d", text, i)
			}
		}
	}
}

func drawn(draw *rand.Rand, i, prompt int) Token {
	t := Token{Position: i, Response: i >= prompt, First: i == prompt, Role: "assistant", Reasoning: draw.IntN(3) == 0}
	if !t.Response {
		t.Role = []string{"template", "user"}[draw.IntN(2)]
	}
	if draw.IntN(3) == 0 {
		t.Spans = []string{"a"}
	}
	return t
}
