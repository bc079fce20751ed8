package plan

import (
	"slices"

	"intentprobe/models"
)

// leastShared is how many tokens different prompts must have in common at their
// beginning to be decoded once for all.
const leastShared = 16

// PrefixLengths gives for each sample the lengths of the beginnings of its prompt, the shorter
// first, that neighbours have in common and that are decoded once for all of
// them: that of different prompts (where asked for), and all of a prompt but its
// last token among the samples of one. No length is above limit. The result
// depends on the prompts and their order alone.
func PrefixLengths(prompts [][]models.Token, acrossPrompts bool, limit int) [][]int {
	out := make([][]int, len(prompts))
	var firsts []int // of each run of equal prompts
	for i := range prompts {
		if i == 0 || !slices.Equal(prompts[i], prompts[i-1]) {
			firsts = append(firsts, i)
		}
	}
	end := func(run int) int {
		if run+1 < len(firsts) {
			return firsts[run+1]
		}
		return len(prompts)
	}
	prompt := func(run int) []models.Token { return prompts[firsts[run]] }
	for from := 0; acrossPrompts && from+1 < len(firsts); {
		common := commonPrefix(prompt(from), prompt(from+1))
		to := from + 2
		for to < len(firsts) && commonPrefix(prompt(from), prompt(to)) >= common {
			to++
		}
		if common < leastShared {
			from++
			continue
		}
		for i := firsts[from]; i < end(to-1); i++ {
			out[i] = append(out[i], min(common, limit))
		}
		from = to
	}
	for run, first := range firsts {
		whole := min(len(prompt(run))-1, limit)
		for i := first; end(run)-first > 1 && i < end(run); i++ {
			if n := len(out[i]); whole > 0 && (n == 0 || out[i][n-1] < whole) {
				out[i] = append(out[i], whole)
			}
		}
	}
	return out
}

// commonPrefix counts the tokens that two prompts begin with, of each but its last,
// which every sample decodes itself.
func commonPrefix(a, b []models.Token) int {
	n := 0
	for n < min(len(a), len(b))-1 && a[n] == b[n] {
		n++
	}
	return n
}
