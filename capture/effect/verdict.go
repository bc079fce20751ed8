package effect

import (
	"fmt"
	"slices"
)

// The words for what an arm shows.
const (
	BeyondControls = "as predicted, beyond controls"
	NoControls     = "as predicted, no controls"
	NoMoreRandom   = "no more than random"
	NoMoreControls = "no more than controls"
	Opposed        = "against the prediction"
	Damages        = "damages the model"
	Unpredicted    = "effect, nothing predicted"
	NoEffect       = "no effect shown"
	NotEnough      = "not enough data"
)

// Verdict is a word and the numbers that it follows from.
type Verdict struct {
	Word string `json:"word"`
	Why  string `json:"why"`

	// NeedQuestions and NeedControls say how many would resolve it, where the word is
	// NotEnough; 0 where they are enough.
	NeedQuestions int `json:"need_questions,omitempty"`
	NeedControls  int `json:"need_controls,omitempty"`
}

// judge corrects the p values of the tested arms, those that are no controls, and finds
// the word of each.
func (r *Report) judge() {
	var tested []*Arm
	var p []float64
	for _, a := range r.Arms {
		if a.Kind != kindEdit {
			continue
		}
		if a.Change != nil && a.Change.P != nil {
			tested, p = append(tested, a), append(p, *a.Change.P)
		}
	}
	for i, corrected := range Holm(p) {
		tested[i].Corrected = &corrected
	}
	r.Tested = len(tested)
	for _, a := range r.Arms {
		if a.Kind == kindEdit {
			a.Verdict = r.verdict(a)
		}
	}
}

// verdict goes through the rules in their order; the first that fits is the word.
func (r *Report) verdict(a *Arm) *Verdict {
	l := r.Limits
	switch {
	case r.Alternatives == "":
		return &Verdict{Word: NotEnough, Why: "no alternatives are scored"}
	case a.Change == nil:
		return &Verdict{Word: NotEnough, Why: "no pair of samples with none", NeedQuestions: l.MinQuestions}
	case a.Change.Questions < l.MinQuestions:
		return &Verdict{Word: NotEnough, Why: fmt.Sprintf("%d questions; at least %d are judged", a.Change.Questions, l.MinQuestions), NeedQuestions: r.needed(a.Change)}
	}
	if why := r.damage(a); why != "" {
		return &Verdict{Word: Damages, Why: why}
	}
	if v := r.unshown(a.Change, *a.Corrected); v != nil {
		return v
	}
	effect := fmt.Sprintf("change %+.3g, p %.2g after Holm over %d", a.Change.Mean, *a.Corrected, r.Tested)
	if a.Predict != "" && a.Predict == Up == (a.Change.Mean > 0) {
		return r.beyond(a, effect)
	}
	if v := r.beyond(a, ""); v.Word == NoMoreRandom || v.Word == NoMoreControls {
		effect += ", " + v.Word
	}
	if a.Predict == "" {
		return &Verdict{Word: Unpredicted, Why: effect}
	}
	return &Verdict{Word: Opposed, Why: effect + ", predicted " + a.Predict}
}

// unshown gives the word for an effect that is too small, or for which the data are too
// few; nil where it is shown.
func (r *Report) unshown(e *Estimate, corrected float64) *Verdict {
	m := r.Limits.Margin
	low, high := e.Mean, e.Mean // all questions have this value
	if e.Low != nil {
		low, high = *e.Low, *e.High
	}
	p := fmt.Sprintf("p %.2g after Holm, and the interval [%.3g, %.3g]", corrected, low, high)
	switch {
	case low > -m && high < m:
		return &Verdict{Word: NoEffect, Why: fmt.Sprintf("%s lies within ±%v nats", p, m)}
	case corrected > r.Limits.Alpha:
		return &Verdict{Word: NotEnough, Why: fmt.Sprintf("%s reaches beyond ±%v nats", p, m), NeedQuestions: r.needed(e)}
	}
	return nil
}

// needed is how many questions would resolve an effect: as many as narrow the interval down
// to ± the margin, and at least as many as are judged.
func (r *Report) needed(e *Estimate) int {
	n := r.Limits.MinQuestions
	switch {
	case e.Agree: // the exact test needs 2 · 0.5ⁿ <= alpha / arms
		for p := 2.0 / float64(int(1)<<n); p*float64(max(1, r.Tested)) > r.Limits.Alpha; p /= 2 {
			n++
		}
	case e.SD != nil:
		n = max(n, questionsFor(*e.SD, r.Limits.Margin, r.Level))
	}
	return n
}

// damage says by which rule an arm damages the model; empty where by none.
func (r *Report) damage(a *Arm) string {
	l := r.Limits
	if a.MassChange.significant(-1, l.Alpha) && *a.Mass < l.MassLeft**a.MassNone {
		return fmt.Sprintf("the options' mass fell from %.3g to %.3g, below %v of it", *a.MassNone, *a.Mass, l.MassLeft)
	}
	if t := a.Text; t != nil && t.Nats.significant(1, l.Alpha) && t.Ratio > l.Perplexity {
		return fmt.Sprintf("the perplexity of the text rose %.3g times, above %v", t.Ratio, l.Perplexity)
	}
	return ""
}

// beyond compares an arm that does what was predicted with its controls. To ask for it in
// words is no control of what the arm's direction means: how far that goes is reported.
func (r *Report) beyond(a *Arm, effect string) *Verdict {
	controls := slices.DeleteFunc(slices.Clone(a.Controls), func(c *Against) bool { return c.Kind == kindPrompt })
	if len(controls) == 0 {
		return &Verdict{Word: NoControls, Why: effect}
	}
	few := false
	for _, c := range controls {
		switch {
		case c.Beyond:
		case ranked(c.Kind) && len(c.Arms) < r.Limits.MinControls && *c.Rank <= 1/float64(1+len(c.Arms))+1e-9 && c.Difference.significant(sign(a.Change.Mean), r.Limits.Alpha):
			few = true // beyond all that there are
		case ranked(c.Kind):
			return &Verdict{Word: NoMoreRandom, Why: fmt.Sprintf("%s; against %s: rank p %.2g, difference %s", effect, c.Kind, *c.Rank, c.Difference)}
		default:
			return &Verdict{Word: NoMoreControls, Why: fmt.Sprintf("%s; against %s: difference %s", effect, c.Kind, c.Difference)}
		}
	}
	if few {
		return &Verdict{Word: NotEnough, Why: effect + "; beyond all its random controls, which are too few to be ranked", NeedControls: r.Limits.MinControls}
	}
	return &Verdict{Word: BeyondControls, Why: effect + ", and beyond every kind of control"}
}

// String writes an estimate for people: the mean, and its interval.
func (e *Estimate) String() string {
	switch {
	case e == nil:
		return "-"
	case e.Low == nil:
		return fmt.Sprintf("%.3g", e.Mean)
	}
	return fmt.Sprintf("%.3g [%.3g, %.3g]", e.Mean, *e.Low, *e.High)
}
