package dataset

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
)

// split gives every question one split: that of its rows, or by the shares. The
// questions without one are put in an order that follows from the seed and each
// question alone, and cut by the shares, exact to one question.
func (d *Dataset) split(shares map[string]float64) error {
	type asked struct{ question, condition, style string }
	own, under := map[string]*Row{}, map[asked]*Row{}
	for i := range d.Rows {
		r := &d.Rows[i]
		if r.Split == nil {
			continue
		}
		if own[*r.Question] == nil {
			own[*r.Question] = r
		}
		how := asked{*r.Question, deref(r.Condition), deref(r.Style)}
		if first := under[how]; first == nil {
			under[how] = r
		} else if *first.Split != *r.Split {
			return hint.Usage(fmt.Errorf("%s: question %q is in the split %q here, and in %q at %s", r.Place, *r.Question, *r.Split, *first.Split, first.Place),
				"put all rows of a question into one split (but for a condition or a style that is held out), or give them a question each (key question)")
		}
	}
	var free []string
	seen := map[string]bool{}
	for i := range d.Rows {
		if q := *d.Rows[i].Question; own[q] == nil && !seen[q] {
			seen[q] = true
			free = append(free, q)
		}
	}
	drawn := drawSplits(free, shares)
	for i := range d.Rows {
		r := &d.Rows[i]
		if r.Split != nil {
			continue
		}
		if first := own[*r.Question]; first != nil {
			r.Split = first.Split
		} else if name, ok := drawn[*r.Question]; ok {
			r.Split = &name
		}
	}
	return nil
}

// drawSplits says which split each question goes to.
func drawSplits(questions []string, shares map[string]float64) map[string]string {
	seed := strconv.FormatFloat(shares[spec.SplitSeed], 'f', -1, 64)
	sums := make(map[string][sha256.Size]byte, len(questions))
	for _, q := range questions {
		sums[q] = sha256.Sum256([]byte(seed + "\x00" + q))
	}
	questions = slices.Clone(questions)
	slices.SortFunc(questions, func(a, b string) int {
		x, y := sums[a], sums[b]
		return slices.Compare(x[:], y[:])
	})
	out := make(map[string]string, len(questions))
	for _, part := range sizes(len(questions), shares) {
		for _, q := range questions[:part.n] {
			out[q] = part.name
		}
		questions = questions[part.n:]
	}
	return out
}

// part is how many questions a split gets.
type part struct {
	name string
	n    int
	rest float64 // of its share, beyond n
}

// sizes divides so many questions by the shares: each gets its whole part, and the
// largest remainders get one more.
func sizes(n int, shares map[string]float64) []part {
	var parts []part
	left := n
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		if name == spec.SplitSeed {
			continue
		}
		exact := shares[name] * float64(n)
		whole := math.Floor(exact + 1e-9) // 0.6 of 5 is 3
		parts = append(parts, part{name, int(whole), exact - whole})
		left -= int(whole)
	}
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(parts[b].rest, parts[a].rest) })
	for i := 0; i < left && len(parts) > 0; i++ {
		parts[order[i%len(order)]].n++
	}
	return parts
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
