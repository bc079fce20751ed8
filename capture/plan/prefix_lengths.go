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
// last token among the samples of one. No length is above the sample's limit: where these
// differ, samples with too low a one share nothing, if that saves more tokens, and lengths
// grow from sample to sample, so that what is there can be gone on with. The result
// depends on the prompts, their order and the limits alone.
func PrefixLengths(prompts [][]models.Token, acrossPrompts bool, limits []int) [][]int {
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
	across := make([]bool, len(firsts)) // runs that share a beginning with others
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
		first, last := firsts[from], end(to-1)
		length := commonLength(limits[first:last], common)
		for i := first; length > 0 && i < last; i++ {
			if limits[i] >= length {
				out[i] = append(out[i], length)
			}
		}
		for run := from; run < to; run++ {
			across[run] = length > 0
		}
		from = to
	}
	for run, first := range firsts {
		if end(run)-first == 1 {
			continue
		}
		for k, whole := range growingLengths(limits[first:end(run)], len(prompt(run))-1) {
			i := first + k
			if n := len(out[i]); whole > 0 && (n == 0 && !across[run] || n > 0 && out[i][n-1] < whole) {
				out[i] = append(out[i], whole)
			}
		}
	}
	return out
}

// commonLength is the one length, at most so many, that saves most tokens where samples
// with these limits share it.
func commonLength(limits []int, most int) (best int) {
	lengths := capped(limits, most)
	saved := 0
	for i, length := range lengths { // ascending: this one and all after it can share it
		if now := (len(lengths) - i - 1) * length; now > saved {
			best, saved = length, now
		}
	}
	return best
}

// growingLengths gives each of these samples a length, at most so many and its limit, none
// less than an earlier one's; 0 where sharing would cost the later ones more than it saves.
func growingLengths(limits []int, most int) []int {
	best, saved := make([]int, len(limits)), 0
	for _, least := range slices.Compact(capped(limits, most)) {
		now, sum, next := make([]int, len(limits)), 0, most
		for i := len(limits) - 1; i >= 0; i-- {
			if length := min(limits[i], most); length >= least {
				next = min(next, length)
				now[i] = next
				sum += next
			}
		}
		if sum -= slices.Max(now); sum > saved {
			best, saved = now, sum
		}
	}
	return best
}

// capped gives limits, none above a length, in ascending order.
func capped(limits []int, most int) []int {
	out := make([]int, len(limits))
	for i, limit := range limits {
		out[i] = min(limit, most)
	}
	slices.Sort(out)
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
