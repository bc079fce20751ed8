package plan

import (
	"slices"

	"intentprobe/capture/arm"
	"intentprobe/capture/dataset"
	"intentprobe/capture/prompt"
	"intentprobe/capture/selection"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/arrowfile"
)

// Prepared is a spec met with its dataset and model: all that is known before
// anything is decoded.
type Prepared struct {
	Spec    spec.Spec // resolved: with the numbers that were chosen where they were left open
	Dataset *dataset.Dataset
	Facts   models.Facts
	Points  []hooks.Located // in column order
	Arms    *arm.Set        // nil without interventions
	Probes  []hooks.Score   // of each captured row, in column order
	Notices []string        // what the user should know before the run, a line each
	Jobs    []Job           // one a sample, in order of their ids
	Context int             // tokens of context that one sample needs at most
	Solo    bool            // each sample is decoded alone, one sequence in the cache

	Tokenizer  prompt.Tokenizer
	SpanSets   *prompt.SpanSets // what the marks of tokens count
	FamilySize int              // a sample and its follow-ups
	Unit       int              // samples that no group parts: those of all arms, with their follow-ups
	PromptRows bool             // tokens of prompts may be selected

	sources     *swapSources
	endOfTurn   models.Token // -1 where there is none
	selection   *selection.Selection
	tokensAfter int // tokens that are decoded in branches after one sample, at most
	branches    int // alternatives of several tokens after one place of a sample, at most
}

// HasPattern says whether attention patterns are captured.
func (p *Prepared) HasPattern() bool { return p.HasSite(hooks.Pattern) }

// HasSite says whether a point of this kind is captured.
func (p *Prepared) HasSite(s hooks.Site) bool {
	return slices.ContainsFunc(p.Points, func(l hooks.Located) bool { return l.Site == s })
}

// Columns gives the columns of activations, a point's name each. The largest
// logits have a second one, the tokens that they belong to.
func (p *Prepared) Columns() []arrowfile.Column {
	var out []arrowfile.Column
	for _, l := range p.Points {
		if l.Site == hooks.Logits {
			k := []int{min(p.Spec.Capture.TopLogits, p.Facts.Vocabulary)}
			out = append(out, arrowfile.Column{Name: l.Point.String(), Shape: k, DType: arrowfile.Float32},
				arrowfile.Column{Name: l.Point.String() + ".token_id", Shape: k, DType: arrowfile.Int32})
			continue
		}
		out = append(out, arrowfile.Column{Name: l.Point.String(), Shape: l.Shape, DType: arrowfile.DType(p.Spec.Capture.DType)})
	}
	return out
}

// OptionalColumns lists the columns of the files that only runs with interventions have.
func (p *Prepared) OptionalColumns() (names []string) {
	if p.Arms == nil {
		return nil
	}
	names = []string{"arm", "edited_tokens", "edit_norm", "edit_ratio", "kl", "edited"}
	if slices.ContainsFunc(p.Arms.Edits, func(e hooks.Edit) bool { return e.Op == hooks.EditScore }) {
		names = append(names, "scores")
	}
	return names
}

// HookPlan locates the points in the engine's own graphs: the context that was
// surveyed for the choice of points may have computed attention in another way.
func (p *Prepared) HookPlan(m *hooks.Map) (*hooks.Plan, error) {
	plan := &hooks.Plan{Half: p.Spec.Capture.DType == "float16"}
	for _, want := range p.Points {
		if want.Site == hooks.Logits {
			continue // not copied, but chosen from
		}
		at, ok := m.Find(want.Point)
		if !ok {
			return nil, &hooks.AbsentPointError{Point: want.Point, Why: m.Absent[want.Point]}
		}
		at.Shape = want.Shape
		plan.Reads = append(plan.Reads, at)
	}
	for _, s := range p.Probes {
		at, ok := m.Find(s.Point)
		if !ok {
			return nil, &hooks.AbsentPointError{Point: s.Point, Why: m.Absent[s.Point]}
		}
		s.Located = at
		plan.Scores = append(plan.Scores, s)
	}
	if p.Arms == nil {
		return plan, nil
	}
	for _, e := range p.Arms.Edits {
		at, ok := m.Find(e.Point)
		if !ok {
			return nil, &hooks.AbsentPointError{Point: e.Point, Why: m.Absent[e.Point]}
		}
		e.Located = at
		plan.Edits = append(plan.Edits, e)
	}
	return plan, nil
}
