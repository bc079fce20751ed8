package plan

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/internal/fake"
	"intentprobe/models"
)

// textPrompts makes prompts of which each letter is a token.
func textPrompts(prompts ...string) (out [][]models.Token) {
	for _, p := range prompts {
		var tokens []models.Token
		for _, c := range p {
			tokens = append(tokens, c)
		}
		out = append(out, tokens)
	}
	return out
}

func TestWhatNeighboursShare(t *testing.T) {
	const system = "abcdefghijklmnopqrst" // 20 tokens
	for name, c := range map[string]struct {
		prompts []string
		across  bool
		limit   int
		want    [][]int
	}{
		"nothing":                            {[]string{}, true, 512, [][]int{}},
		"one":                                {[]string{system}, true, 512, [][]int{nil}},
		"a prompt of one token":              {[]string{"a", "a"}, true, 512, [][]int{nil, nil}},
		"samples of a prompt":                {[]string{"abc", "abc", "abc"}, true, 512, [][]int{{2}, {2}, {2}}},
		"samples without others":             {[]string{"abc", "abc"}, false, 512, [][]int{{2}, {2}}},
		"two prompts":                        {[]string{system + "1", system + "2"}, true, 512, [][]int{{20}, {20}}},
		"two prompts that must not":          {[]string{system + "1", system + "2"}, false, 512, [][]int{nil, nil}},
		"too little in common":               {[]string{system[:15] + "1", system[:15] + "2"}, true, 512, [][]int{nil, nil}},
		"just enough":                        {[]string{system[:16] + "1", system[:16] + "2"}, true, 512, [][]int{{16}, {16}}},
		"the last token is never shared":     {[]string{system, system + "1"}, true, 512, [][]int{{19}, {19}}},
		"samples of two prompts":             {[]string{system + "1x", system + "1x", system + "2y", system + "2y"}, true, 512, [][]int{{20, 21}, {20, 21}, {20, 21}, {20, 21}}},
		"samples of one of two":              {[]string{system + "1x", system + "2y", system + "2y"}, true, 512, [][]int{{20}, {20, 21}, {20, 21}}},
		"samples that only share the system": {[]string{system + "1", system + "1", system + "2"}, true, 512, [][]int{{20}, {20}, {20}}},
		"other prompts between":              {[]string{"abc", "xyz", "abc"}, true, 512, [][]int{nil, nil, nil}},
		"two groups": {[]string{system + "1", system + "2", "Z" + system + "1", "Z" + system + "2"}, true, 512,
			[][]int{{20}, {20}, {21}, {21}}},
		"a closer pair behind a group":           {[]string{system + "1", system + "2uu", system + "2uv"}, true, 512, [][]int{{20}, {20}, {20}}},
		"a closer pair before one more":          {[]string{system + "2uu", system + "2uv", system + "1"}, true, 512, [][]int{{22}, {22}, nil}},
		"no more than the limit":                 {[]string{system + "1", system + "2"}, true, 18, [][]int{{18}, {18}}},
		"samples no more than the limit":         {[]string{system, system}, true, 7, [][]int{{7}, {7}}},
		"both at the limit are one":              {[]string{system + "1x", system + "1x", system + "2y"}, true, 18, [][]int{{18}, {18}, {18}}},
		"prompts of the limit's length and more": {[]string{"abc", "abc"}, true, 2, [][]int{{2}, {2}}},
	} {
		assert.Equal(t, c.want, PrefixLengths(textPrompts(c.prompts...), c.across, slices.Repeat([]int{c.limit}, len(c.prompts))), name)
	}
}

// Whatever the prompts: lengths grow, stay below the limit and leave the last
// token; jobs beside each other that share a length begin alike.
func TestWhatIsSharedIsInCommon(t *testing.T) {
	for seed := range uint64(200) {
		var prompts []string
		for i := range 12 {
			sum := fake.Checksum([]models.Token{models.Token(seed), models.Token(i)}, "share")
			head := "abcdefghijklmnopqrstuvwxyz"[:10+sum%16]
			prompts = append(prompts, []string{head, head + "1", head + "12", fmt.Sprint(head, sum%3)}[sum/16%4])
		}
		jobs, limit := textPrompts(prompts...), 12+int(seed%20)
		lengths := PrefixLengths(jobs, seed%2 == 0, slices.Repeat([]int{limit}, len(jobs)))
		used := map[string]int{}
		for i, of := range lengths {
			before := 0
			for _, n := range of {
				assert.Greater(t, n, before, prompts)
				assert.LessOrEqual(t, n, limit)
				assert.Less(t, n, len(jobs[i]))
				used[tokenKey(jobs[i][:n])]++
				before = n
			}
			assert.LessOrEqual(t, len(of), 2)
		}
		for key, n := range used {
			assert.Greater(t, n, 1, "%s is shared with nobody", key)
		}
	}
}

func tokenKey(tokens []models.Token) string { return fmt.Sprint(tokens) }

// Samples of one prompt whose rows are edited from some token on share what is before it.
func TestWhatArmsShare(t *testing.T) {
	for name, c := range map[string]struct {
		limits []int
		want   [][]int
	}{
		"none and edits of the last token":           {[]int{10, 9, 9}, [][]int{{9}, {9}, {9}}},
		"one that edits all of it":                   {[]int{10, 9, 9, 0}, [][]int{{9}, {9}, {9}, nil}},
		"one that edits all of it, first":            {[]int{0, 9, 9}, [][]int{nil, {9}, {9}}},
		"later and later tokens":                     {[]int{1, 2, 3, 8}, [][]int{{1}, {2}, {3}, {8}}},
		"earlier and earlier ones":                   {[]int{9, 9, 9, 9, 3, 2}, [][]int{{9}, {9}, {9}, {9}, nil, nil}},
		"few that would cost the others too much":    {[]int{9, 2, 9, 9}, [][]int{{9}, nil, {9}, {9}}},
		"a little less for all is more than for few": {[]int{9, 8, 8, 8, 8}, [][]int{{8}, {8}, {8}, {8}, {8}}},
	} {
		prompts := slices.Repeat(textPrompts("abcdefghijk"), len(c.limits))
		assert.Equal(t, c.want, PrefixLengths(prompts, true, c.limits), name)
	}
	const system = "abcdefghijklmnopqrst" // 20 tokens
	prompts := textPrompts(system+"1x", system+"1x", system+"2y", system+"2y", system+"2y")
	assert.Equal(t, [][]int{{20, 21}, {20, 21}, {20, 21}, {20, 21}, nil}, PrefixLengths(prompts, true, []int{22, 21, 22, 21, 3}))
}
