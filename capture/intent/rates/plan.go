package rates

import "intentprobe/capture/intent/bound"

// Power is what a number of known items can show.
type Power struct {
	Known  int     `json:"known"`      // items
	Sets   int     `json:"sets"`       // that they are of, at least
	Excess float64 `json:"excess_lie"` // smallest that is told from 0, at 95 % two-sided with a power of 0.8, SD between sets 0.35; +Inf: none
	AUROC  float64 `json:"same_prompt_auroc"`
}

// spread is the standard deviation between sets that power is told for.
const spread = 0.35

// Plan says what can be shown if a model knows all of n items in sets of so many, half of
// them, or a fifth.
func Plan(n, perSet int) (out []Power) {
	for _, part := range []int{1, 2, 5} {
		known := n / part
		p := Power{Known: known, Sets: max(1, known/perSet)}
		d := bound.Design{Families: p.Sets, SD: spread, Least: -1, Most: 1}
		p.Excess, p.AUROC = d.Detectable(0, (1+Level)/2, 0.8), Least(p.Sets)
		out = append(out, p)
	}
	return out
}
