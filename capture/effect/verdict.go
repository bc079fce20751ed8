package effect

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"intentprobe/storage/plural"
)

// The words for what an arm shows. Opposed and Unpredicted are followed by a comma and what
// the controls say: one of the constants below.
const (
	BeyondControls = "as predicted, beyond controls"
	NoControls     = "as predicted, no controls"
	NoMoreRandom   = "no more than random"
	NoMoreControls = "no more than controls"
	Opposed        = "against the prediction"
	Damages        = "damages the model"
	Unpredicted    = "effect, nothing predicted"
	TooSmall       = "too small to count"
	NoEffect       = "no effect shown"
	NotEnough      = "not enough data"
)

// What the controls of an arm say, where that is no word by itself.
const (
	controlsBeyond = "beyond controls"
	controlsNone   = "no controls"
	controlsFew    = "too few controls"
)

// Verdict is a word and the numbers that it follows from.
type Verdict struct {
	Word string `json:"word"`
	Why  string `json:"why"`

	// NeedQuestions and NeedControls say how many would resolve it, where the questions or
	// the random controls are too few; 0 where they are enough.
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
	if why := r.damage(a); why != "" {
		return &Verdict{Word: Damages, Why: why}
	}
	l := r.Limits
	switch {
	case r.Alternatives == "":
		return &Verdict{Word: NotEnough, Why: "no alternatives are scored, so there is no D"}
	case a.Change == nil:
		return &Verdict{Word: NotEnough, Why: a.unmeasured(), NeedQuestions: l.MinQuestions}
	case a.Change.Questions < l.MinQuestions:
		return &Verdict{Word: NotEnough, Why: fmt.Sprintf("%s; fewer than %d are not judged", plural.Count(a.Change.Questions, "question"), l.MinQuestions), NeedQuestions: r.needed(a.Change)}
	}
	if v := r.unshown(a.Change, *a.Corrected); v != nil {
		return v
	}
	effect := fmt.Sprintf("change %+.3g nats, p %.2g after Holm over %s", a.Change.Mean, *a.Corrected, plural.Count(r.Tested, "arm"))
	switch controls, why := r.beyond(a); {
	case a.Predict == "":
		return r.withControls(Unpredicted, effect+why, controls)
	case a.Predict == Up != (a.Change.Mean > 0):
		return r.withControls(Opposed, effect+", predicted "+a.Predict+why, controls)
	case controls == controlsBeyond:
		return &Verdict{Word: BeyondControls, Why: effect + why}
	case controls == controlsNone:
		return &Verdict{Word: NoControls, Why: effect + why}
	case controls == controlsFew:
		return &Verdict{Word: NotEnough, Why: effect + why, NeedControls: l.MinControls}
	default:
		return &Verdict{Word: controls, Why: effect + why}
	}
}

// withControls is a word that says what the controls say too.
func (r *Report) withControls(word, why, controls string) *Verdict {
	v := &Verdict{Word: word + ", " + controls, Why: why}
	if controls == controlsFew {
		v.NeedControls = r.Limits.MinControls
	}
	return v
}

// unmeasured says why an arm has no change.
func (a *Arm) unmeasured() string {
	switch {
	case a.Pairs == 0:
		return "no sample pairs with one of none"
	case a.NotFinite == 0:
		return "the alternatives are scored in no pair"
	default:
		return fmt.Sprintf("D is no finite number in %s", plural.Count(a.NotFinite, "pair"))
	}
}

// unshown gives the word for an effect that is too small, or for which the data are too
// few; nil where it is shown.
func (r *Report) unshown(e *Estimate, corrected float64) *Verdict {
	m := r.Limits.Margin
	low, high := e.Mean, e.Mean
	where := fmt.Sprintf("the change is %.3g nats in every question", e.Mean)
	if e.Low != nil {
		low, high = *e.Low, *e.High
		where = fmt.Sprintf("change %+.3g nats, interval [%.3g, %.3g]", e.Mean, low, high)
	}
	where += fmt.Sprintf(", p %.2g after Holm", corrected)
	sure, within := corrected <= r.Limits.Alpha, low > -m && high < m
	switch {
	case within && sure:
		return &Verdict{Word: TooSmall, Why: fmt.Sprintf("%s: other than 0, and below the margin of %v nats, from which on a change counts", where, m)}
	case within:
		return &Verdict{Word: NoEffect, Why: fmt.Sprintf("%s: not told from 0, and below the margin of %v nats, from which on a change counts", where, m)}
	case !sure:
		return &Verdict{Word: NotEnough, Why: fmt.Sprintf("%s: not told from 0, and it may be %v nats or more", where, m), NeedQuestions: r.needed(e)}
	}
	return nil
}

// needed is how many questions would resolve an effect whose mean and spread stay as they
// are: the interval lies within the margin, or the change is significant after a correction
// over all arms. At least as many as are judged.
func (r *Report) needed(e *Estimate) int {
	least, tested := r.Limits.MinQuestions, float64(max(1, r.Tested))
	enough := func(n int) bool { return true } // of one question nothing is known
	switch {
	case e.Agree: // the exact test needs 2 · 0.5ⁿ <= alpha / arms
		enough = func(n int) bool { return 2*math.Pow(0.5, float64(n))*tested <= r.Limits.Alpha }
	case e.SD != nil:
		enough = func(n int) bool {
			later := &Estimate{Mean: e.Mean, DF: n - 1}
			later.interval(*e.SD/math.Sqrt(float64(n)), r.Level)
			return *later.P*tested <= r.Limits.Alpha || *later.Low > -r.Limits.Margin && *later.High < r.Limits.Margin
		}
	}
	const most = 1e9
	return least + sort.Search(most-least, func(more int) bool { return enough(least + more) })
}

// damage says by which rule an arm damages the model; empty where by none.
func (r *Report) damage(a *Arm) string {
	l := r.Limits
	if a.MassChange.significant(-1, l.Alpha) && a.MassChange.Questions >= l.MinQuestions && *a.Mass < l.MassLeft**a.MassNone {
		return fmt.Sprintf("the options' mass fell from %.3g to %.3g, to less than %v of what it was", *a.MassNone, *a.Mass, l.MassLeft)
	}
	if t := a.Text; t != nil && t.Nats.significant(1, l.Alpha) && t.Ratio > l.Perplexity {
		return fmt.Sprintf("the perplexity of the text rose to %.3g times what it was, more than %v", t.Ratio, l.Perplexity)
	}
	return ""
}

// beyond compares the change of an arm with its controls, and says why. To ask for it in
// words is no control of what the arm's direction means: how far that goes is reported.
func (r *Report) beyond(a *Arm) (says, why string) {
	controls := slices.DeleteFunc(slices.Clone(a.Controls), func(c *Against) bool { return c.Kind == kindPrompt })
	if len(controls) == 0 {
		return controlsNone, "; it has no controls" + r.elsewhere(a)
	}
	few := ""
	for _, c := range controls {
		switch {
		case c.Beyond:
		case ranked(c.Kind) && len(c.Arms) < r.Limits.MinControls && *c.Rank <= 1/float64(1+len(c.Arms))+1e-9 && c.Difference.significant(sign(a.Change.Mean), r.Limits.Alpha):
			few = fmt.Sprintf("; beyond its %s, which are too few to be ranked", plural.Count(len(c.Arms), c.Kind+" control"))
		case ranked(c.Kind):
			return NoMoreRandom, fmt.Sprintf("; against %s: rank p %.2g, difference %s", c.Kind, *c.Rank, c.Difference)
		default:
			return NoMoreControls, fmt.Sprintf("; against %s: difference %s", c.Kind, c.Difference)
		}
	}
	if few != "" {
		return controlsFew, few
	}
	return controlsBeyond, "; beyond every kind of control"
}

// elsewhere says which dose of an arm's intervention has controls; empty where none.
func (r *Report) elsewhere(a *Arm) string {
	name := curveName(a.Name)
	for _, other := range r.Arms {
		of := func(c *Arm) bool { return c.Of == other.Name }
		if other.Kind == kindEdit && name != a.Name && curveName(other.Name) == name && slices.ContainsFunc(r.Arms, of) {
			return " (" + other.Name + " has some)"
		}
	}
	return ""
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
