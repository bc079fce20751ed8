package patch

import (
	"fmt"
	"slices"

	"intentprobe/capture/arm"
	"intentprobe/capture/hint"
	"intentprobe/capture/plan"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
)

// Sweep says what is swapped, in an arm of its own each: every point with every position.
type Sweep struct {
	At    []string // selectors of points, as in capture.hooks; resid_post
	Last  int      // positions: so many of the prompt, counted from its end; 0: from the first at which a pair differs
	Spans []string // spans instead of single positions
	Align string   // one of spec.Alignments; token
}

// mostArms bounds a sweep: a run has a sample for each arm and prompt.
const mostArms = 20_000

// Plan adds the sweep to a spec that was planned for a model without it: interventions,
// earlier positions first, so that arms share what is before. The spec captures little where
// it leaves open what: what counts are the alternatives.
func (w Sweep) Plan(s spec.Spec, p *plan.Prepared, offer *hooks.Map) (spec.Spec, error) {
	switch {
	case s.HasArms():
		return s, hint.Usage(fmt.Errorf("the spec has interventions or controls of its own"), "leave them out: the sweep makes its own; `capture run` runs a spec with interventions")
	case len(s.Alternatives) == 0:
		return s, hint.Usage(fmt.Errorf("the spec has no alternatives, by which effects are measured"), `add for example alternatives: [{name: answer, options: [" {answer}", " {wrong}"]}]`)
	}
	switch {
	case w.Last < 0:
		return s, hint.Usage(fmt.Errorf("%d positions: there cannot be fewer than none", w.Last), "count them from the end of the prompt: 1 is its last token alone")
	case w.Last > 0 && len(w.Spans) > 0:
		return s, hint.Usage(fmt.Errorf("positions are given as the last %d and as spans", w.Last), "choose one")
	}
	at := w.At
	if len(at) == 0 {
		at = []string{"resid_post"}
	}
	points, err := offer.Select(at)
	if err != nil {
		return s, err
	}
	tokens, names, align, err := w.positions(p)
	if err != nil {
		return s, err
	}
	if n := len(points) * len(tokens); n > mostArms {
		return s, hint.Usage(fmt.Errorf("%d points and %d positions are %d arms; a sweep has at most %d", len(points), len(tokens), n, mostArms), "sweep over fewer layers or positions")
	}
	for i, expression := range tokens {
		for _, point := range points {
			if err := hooks.CheckWritable(point.Site, point.Point.String()); err != nil {
				return s, hint.Usage(err, "sweep over another point")
			}
			s.Interventions = append(s.Interventions, spec.Intervention{
				Name: fmt.Sprintf("%s-%d-%s", point.Site, point.Layer, names[i]), At: spec.Words{point.Point.String()}, Do: "swap",
				From: spec.Origin{Pair: true}, Align: align, Tokens: expression,
			})
		}
	}
	if !slices.ContainsFunc(s.Alternatives, func(a spec.Alternatives) bool { return a.At == "end" }) {
		s.Generate.MaxTokens = 0 // what would be sampled is not looked at
	}
	if slices.Equal(s.Capture.Hooks, spec.Default().Capture.Hooks) && s.Capture.Tokens == "all" {
		s.Capture.Hooks, s.Capture.Tokens = []string{"resid_post:-1"}, "prompt[-1]"
	}
	return s, s.Validate()
}

// positions gives an expression for each position, and what arms call it.
func (w Sweep) positions(p *plan.Prepared) (tokens, names []string, align string, err error) {
	align = w.Align
	if align == "" {
		align = "token"
	}
	if len(w.Spans) > 0 {
		for i, name := range w.Spans {
			tokens, names = append(tokens, "span:"+name), append(names, fmt.Sprintf("span%d", i))
		}
		return tokens, names, "span", nil
	}
	n, err := w.length(p)
	for k := n; k > 0; k-- {
		tokens, names = append(tokens, fmt.Sprintf("prompt[-%d]", k)), append(names, fmt.Sprintf("end-%d", k))
	}
	return tokens, names, align, err
}

// length counts the positions: those of the shortest prompt, of all pairs at least those
// from the first token that differs.
func (w Sweep) length(p *plan.Prepared) (int, error) {
	first := map[string]*plan.Job{}
	shortest, differs := 1<<30, 0
	for i := range p.Jobs {
		j := &p.Jobs[i]
		if j.Followup != nil || j.Sample > 0 || j.Row.Neutral() {
			continue
		}
		if j.Row.Pair == nil {
			return 0, hint.Usage(fmt.Errorf("%s: the row is of no pair, and is swapped with the other half of its pair", j.Row.Place), `give both rows of a pair the same "pair", or use conditions`)
		}
		shortest = min(shortest, len(j.Tokens()))
		other := first[*j.Row.Pair]
		if other == nil {
			first[*j.Row.Pair] = j
			continue
		}
		same := 0
		for same < min(len(j.Tokens()), len(other.Tokens())) && j.Tokens()[same] == other.Tokens()[same] {
			same++
		}
		differs = max(differs, max(len(j.Tokens()), len(other.Tokens()))-same)
	}
	switch n := min(shortest, differs); {
	case len(first) == 0:
		return 0, hint.Usage(fmt.Errorf("there are no pairs"), `give both rows of a pair the same "pair", or use conditions`)
	case w.Last > 0:
		return min(w.Last, shortest), nil
	case n == 0:
		return 0, hint.Usage(fmt.Errorf("no pair differs in any token"), "look at the pairs with a dry run")
	default:
		return n, nil
	}
}

// Labels gives the texts of tokens by their distance from the end of the prompt, 1 for the
// last; empty where prompts differ.
func Labels(p *plan.Prepared) map[int]string {
	out := map[int]string{}
	seen := map[int]bool{}
	for i := range p.Jobs {
		j := &p.Jobs[i]
		if j.Followup != nil || j.Sample > 0 || j.Row.Neutral() || j.Arm != nil && j.Arm.Kind != arm.None {
			continue
		}
		texts := p.Planned(i).Texts
		for k := 1; k <= len(texts); k++ {
			text := texts[len(texts)-k]
			if !seen[k] {
				seen[k], out[k] = true, text
			} else if out[k] != text {
				out[k] = ""
			}
		}
	}
	return out
}
