package rows

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
	"intentprobe/capture/selection"
	"intentprobe/storage/rundir"
)

const endToken = 2

// truth is a sample with all its tokens, and what a run writes of it.
type truth struct {
	sample rundir.Sample
	tokens []selection.Token
}

func role(name string) int8 { return int8(slices.Index(rundir.Roles, name)) }

// rows are those that an expression writes, in a run that knows its end tokens.
func (x *truth) rows(tokens string) (out []rundir.Row) {
	for i, chosen := range decided(tokens, x.tokens) {
		if t := x.tokens[i]; chosen {
			r := rundir.Row{Position: int32(t.Position), Role: role(t.Role), Reasoning: t.Reasoning, Stop: t.Stop, Spans: t.Spans, TokenID: 7}
			if t.Ends {
				r.TokenID = endToken
			}
			out = append(out, r)
		}
	}
	return out
}

// decided are the tokens that an expression selects while they come.
func decided(text string, tokens []selection.Token) (out []bool) {
	s, err := selection.Parse(text)
	if err != nil {
		panic(err)
	}
	d := s.Start()
	for i := range tokens {
		d.Push(&tokens[i])
	}
	d.End()
	for x, ok := d.Next(); ok; x, ok = d.Next() {
		out = append(out, x)
	}
	return out
}

// spelled makes a sample: s system, u user, t template, p prefill of the prompt; after the
// bar r reasoning, a answer, e the end of the turn, x a stop token. A capital letter lies
// in the span "claim".
func spelled(text, finish string) *truth {
	x := &truth{sample: rundir.Sample{FinishReason: finish, FirstPosition: 10}}
	before, after, _ := strings.Cut(text, "|")
	x.sample.PromptTokens = int32(len(before))
	for i, c := range before + after {
		t := selection.Token{Position: 10 + i, Response: i >= len(before), First: i == len(before)}
		switch low := strings.ToLower(string(c)); {
		case t.Response:
			t.Role, t.Reasoning, t.Ends, t.Stop = "assistant", low == "r", low == "e", low == "x"
			if t.Stop {
				x.sample.StopTokens++
			} else {
				x.sample.ResponseTokens++
			}
		default:
			t.Role = map[string]string{"s": "system", "u": "user", "t": "template", "p": "assistant"}[low]
		}
		if c < 'a' {
			t.Spans = []string{"claim"}
		}
		x.tokens = append(x.tokens, t)
	}
	return x
}

func decides(t *testing.T, x *truth, wrote, asked string, old bool) ([]bool, error) {
	t.Helper()
	run := &rundir.Run{Dir: "runs/x", Manifest: &rundir.Manifest{Spec: fmt.Appendf(nil, `{"capture":{"tokens":%q}}`, wrote)}}
	if !old {
		run.Manifest.Model.EndTokens = []int32{endToken}
	}
	return Selected(run, &x.sample, x.rows(wrote), asked)
}

func TestTokensAreChosenAsTheRunWould(t *testing.T) {
	for _, c := range []struct{ text, finish, wrote, asked, want string }{
		{"tut|aaae", "given", "all", "last_content", ".....a."},
		{"tut|aae", "stop", "all", "last_content", "....a."},
		{"tut|aae", "given", "all", "end_of_turn", ".....e"},
		{"tut|aae", "given", "all", "content", ".u.aa."},
		{"tut|raae", "stop", "all", "answer", "....aa."},
		{"tut|aa", "length", "response", "last_content", ".a"},
		{"tut|aaxx", "stop", "all", "last_content | stop", "....axx"},
		// What the run chose by says what the tokens are of which it has no row.
		{"tut|aae", "given", "content", "last_content", "..a"},
		{"tut|aae", "stop", "last_content", "last_content", "a"},
		{"tut|aaae", "given", "answer", "answer[:-2]", "a.."},
		{"tut|raae", "stop", "answer", "answer[1:]", ".a"},
		{"tut|aa", "given", "answer", "answer[:-1]", "a."},
		{"tut|aae", "stop", "last_content | end_of_turn", "last_content", "a."},
		{"tut|aae", "given", "user | response", "prompt[1]", "u..."},
		{"tut|aae", "given", "response[0] | last", "response[0]", "a."},
	} {
		x := spelled(c.text, c.finish)
		got, err := decides(t, x, c.wrote, c.asked, false)
		require.NoError(t, err, "%+v", c)
		var shown strings.Builder
		for i, r := range x.rows(c.wrote) {
			letter := "."
			if got[i] {
				letter = string(strings.Replace(c.text, "|", "", 1)[r.Position-10])
			}
			shown.WriteString(letter)
		}
		if c.wrote == "all" {
			c.want = strings.Repeat(".", max(0, shown.Len()-len(c.want))) + c.want
		}
		assert.Equal(t, c.want, shown.String(), "%+v", c)
	}
}

func TestChoicesThatDependOnWhatARunDoesNotSay(t *testing.T) {
	for _, c := range []struct {
		wrote, asked, says string
		old                bool
	}{
		{"response[:-1]", "last_content", "tokens that have no row", false},
		{"response", "user[-1] | all[3]", "", false}, // rows of the prompt are not there, and count by place
		{"template[0] | response", "(user | response)[1]", "tokens that have no row", false},
		{"all", "last_content", "which tokens end an answer", true},
		{"all", "answer", "which tokens end an answer", true},
		{"all", "response[-1]", "", true},
	} {
		_, err := decides(t, spelled("tut|aae", "given"), c.wrote, c.asked, c.old)
		if c.says == "" {
			require.NoError(t, err, "%+v", c)
			continue
		}
		var usage *hint.UsageError
		require.ErrorAs(t, err, &usage, "%+v", c)
		require.ErrorContains(t, err, "runs/x, sample 0: ")
		require.ErrorContains(t, err, c.says)
	}
}

// Whatever a run wrote, rows that are chosen among its rows are those that it would have
// chosen, or none are.
func TestTokensAreChosenAsTheRunWouldOrRefused(t *testing.T) {
	expressions := []string{
		"all", "prompt", "response", "last", "last_content", "content", "answer", "reasoning", "end_of_turn", "first_generated", "stop",
		"user | response", "response[:-2]", "response[0:3]", "template[-1] | response", "answer[-1]", "span:claim", "span:claim[0] | last", "!template", "every:3", "content[1:3]", "user[-1]",
	}
	draw := rand.New(rand.NewPCG(1, 2))
	pick := func(from string, n int) string {
		var s strings.Builder
		for range n {
			c := string(from[draw.IntN(len(from))])
			if draw.IntN(4) == 0 {
				c = strings.ToUpper(c)
			}
			s.WriteString(c)
		}
		return s.String()
	}
	answered, refused := 0, 0
	for range 300 {
		text := "tst" + pick("u", 1+draw.IntN(3)) + "t|" + pick("r", draw.IntN(3)) + pick("a", 1+draw.IntN(4))
		finish := []string{"given", "stop", "length"}[draw.IntN(3)]
		switch {
		case finish == "stop" && draw.IntN(3) == 0:
			text += "xx"
		case finish != "length":
			text += "e"
		}
		x := spelled(text, finish)
		for _, wrote := range expressions {
			for _, asked := range expressions {
				got, err := decides(t, x, wrote, asked, false)
				if err != nil {
					require.NotEqual(t, "all", wrote)
					refused++
					continue
				}
				answered++
				var want []bool
				all := decided(asked, x.tokens)
				for _, r := range x.rows(wrote) {
					want = append(want, all[r.Position-10])
				}
				require.True(t, slices.Equal(want, got), "%s (%s): %q of %q: %v, not %v", text, finish, asked, wrote, got, want)
			}
		}
	}
	t.Log(answered, "answered,", refused, "refused")
	require.Greater(t, answered, 5*refused)
}
