package verdict

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"intentprobe/capture/probe/metric"
	"intentprobe/storage/plural"
)

// Of gives the verdict of the first rule that fits. What cannot be used (NaN, intervals of a
// lower level) counts as not measured.
func Of(f Figures) Verdict {
	r := &reading{Figures: f}
	for _, rule := range []func(*reading) *Verdict{
		(*reading).few, (*reading).unusable, (*reading).chance, (*reading).explained, (*reading).collapses, (*reading).unresolved,
	} {
		if v := rule(r); v != nil {
			if v.Word == Undecided {
				r.confounded(v)
			}
			v.Because = r.because
			return *v
		}
	}
	v := r.separates()
	v.Because = r.because
	return *v
}

// reading is figures, and what the rules have found in them so far.
type reading struct {
	Figures
	because []string
}

func (r *reading) found(format string, of ...any) {
	r.because = append(r.because, fmt.Sprintf(format, of...))
}

// few is rule 1: groups that cannot resolve a large effect decide nothing.
func (r *reading) few() *Verdict {
	neg, pos := r.Groups[0], r.Groups[1]
	if least := r.least(); least <= Effect {
		r.found("%s with %s and %d with %s can tell an AUROC of %.2f from 0.5 (level %g, power %g).", plural.Count(pos, "group"), article(r.Positive), neg, article(r.Negative), least, Level, Power)
		return nil
	}
	r.found("%s with %s and %d with %s cannot tell an AUROC of %g from 0.5 (level %g, power %g).", plural.Count(pos, "group"), article(r.Positive), neg, article(r.Negative), Effect, Level, Power)
	n := needed(Effect)
	return &Verdict{Word: Undecided,
		Text: fmt.Sprintf("There are too few independent groups for any figure to mean something; the AUROC of %s is not judged.", number(r.AUROC.Value)),
		Change: []string{
			fmt.Sprintf("%d groups of each class tell %g from 0.5: %s.", n, Effect, r.more(n)),
			"More rows of the same groups do not help: rows of one group are not independent.",
		}}
}

// least is the AUROC that these groups can tell from 0.5; +Inf where none.
func (r *reading) least() float64 {
	least, err := metric.Design{Positive: r.Groups[1], Negative: r.Groups[0], Level: Level, Power: Power}.Resolvable(0.5)
	if err != nil {
		return math.Inf(1)
	}
	return least
}

// unusable is rule 2: without samples that were held out, the AUROC, its interval and
// permutations there is nothing to judge.
func (r *reading) unusable() *Verdict {
	if r.NotHeldOut != "" {
		r.found("AUROC %s, on samples that the probe may have been fitted to: %s.", number(r.AUROC.Value), r.NotHeldOut)
		return &Verdict{Word: Undecided, Text: "It is not known whether the samples were held out: a probe that was fitted to them tells even random labels apart.",
			Change: []string{"A probe that was trained with folds, whose file says which questions it has seen. A difference of class means is trained as the method `mean`."}}
	}
	if fault := faultOf(r.AUROC, 0); fault != "" {
		r.found("The probe's AUROC cannot be used: %s.", fault)
		return &Verdict{Word: Undecided, Text: "The probe has no AUROC with an interval over groups.",
			Change: []string{fmt.Sprintf("An AUROC of held-out samples with its %s interval over groups.", percent(Level))}}
	}
	if !(r.P >= 0 && r.P <= 1) || r.Draws < 1 {
		r.found("AUROC %s; no permutations were made.", show(r.AUROC))
		return &Verdict{Word: Undecided, Text: "Without permutations nothing says what chance gives, the search over candidates included.",
			Change: []string{fmt.Sprintf("Set permutations to %d or more: fewer cannot give a p of %g.", leastDraws, MostP)}}
	}
	return nil
}

// leastDraws can give a p of MostP.
var leastDraws = int(math.Round(1/MostP)) - 1

// smallEffect is an AUROC that the groups of most runs miss.
const smallEffect = 0.6

// chance is rule 3: what is not surely above 0.5 is at chance, or undecided.
func (r *reading) chance() *Verdict {
	a := r.AUROC
	figures := fmt.Sprintf("AUROC %s; p %s of %s of %s", show(a), number(r.P), plural.Count(r.Draws, "permutation"), cmp.Or(r.Of, "labels"))
	coin := a.High <= 0.5+Explained
	switch {
	case coin:
		r.found("%s: the interval ends at most at %g, and a coin is as good to within %g.", figures, 0.5+Explained, Explained)
	case r.P <= MostP && a.Low > 0.5:
		r.found("%s: above chance.", figures)
		return nil
	default:
		r.found("%s: above chance needs p <= %g and an interval above 0.5.", figures, MostP)
	}
	low := coin || a.Low <= 0.5 && a.High <= Chance && r.P > MostP
	if low && r.least() <= Chance {
		r.found("The interval ends at %.3f, which is at most %g.", a.High, Chance)
		return r.atChance()
	}
	v := &Verdict{Word: Undecided, Text: fmt.Sprintf("The figures allow both no difference and an AUROC of %.2f.", a.High)}
	if low { // a probe of so few samples fails where a better one would not
		n := needed(Chance)
		v.Text = fmt.Sprintf("The probe is at chance, and with so few groups one that reads a difference might be, too: they can tell an AUROC of %.2f from 0.5, and %g is asked for.", r.least(), Chance)
		v.Change = []string{fmt.Sprintf("%d groups of each class tell %g from 0.5: %s.", n, Chance, r.more(n))}
		return v
	}
	if a.Low > 0.5 || r.P <= MostP {
		v.Text = fmt.Sprintf("The interval (from %.3f) and the permutations (p %s) do not agree that there is a difference.", a.Low, number(r.P))
	}
	if r.Draws < leastDraws {
		v.Change = append(v.Change, fmt.Sprintf("Set permutations to %d or more: %d cannot give a p of %g.", leastDraws, r.Draws, MostP))
	}
	if a.Value > 0.5 {
		v.Change = append(v.Change, fmt.Sprintf("If the AUROC is %.3f as measured: %s tell it from 0.5.", a.Value, scaled(a, a.Value-a.Low, a.Value-0.5)))
	}
	v.Change = append(v.Change, fmt.Sprintf("If there is no difference: %s show that the AUROC is at most %g.", scaled(a, a.High-a.Value, Chance-0.5), Chance))
	return v
}

// atChance says how much there can be at most.
func (r *reading) atChance() *Verdict {
	small, high := needed(smallEffect), r.AUROC.High
	text := fmt.Sprintf("On other groups of this kind this probe's AUROC is at most %.2f.", high)
	if high < 0.5 {
		text += " Its scores point the wrong way on samples that it was not trained on, so what it learnt does not carry over."
	}
	return &Verdict{Word: AtChance, Text: text + " It says nothing of other points, tokens, methods or labels.",
		Change: []string{
			fmt.Sprintf("An effect as small as an AUROC of %g needs %d groups of each class: %s.", smallEffect, small, r.more(small)),
			"Other points, token rules or methods as candidates; then the permutations are of that search.",
			"Labels that are verified: wrong ones push every probe to chance.",
		}}
}

// collapses is rule 5: a probe at chance on a style or topic that it has not seen reads those.
func (r *reading) collapses() *Verdict {
	for _, l := range r.LeftOut {
		if faultOf(l.AUROC, 0) != "" || l.AUROC.Low > 0.5 || l.AUROC.High > Chance {
			continue
		}
		r.found("With %s held out from training: AUROC %s; the interval is not above 0.5 and ends at most at %g.", l.name(), show(l.AUROC), Chance)
		there := "is at chance"
		if l.AUROC.High < 0.5 {
			there = "points the other way"
		}
		return &Verdict{Word: ReadsTopic,
			Text: fmt.Sprintf("The probe works where it has seen the %s in training and %s where it has not.", l.By, there),
			Change: []string{fmt.Sprintf("Training samples of more values of %s; then hold out each of them again.", l.By),
				fmt.Sprintf("Held out, an AUROC of %.2f needs %d groups of each class to be told from 0.5.", Chance, needed(Chance))}}
	}
	return nil
}

// unresolved is rule 6: a baseline that the probe does not surely beat, or that was not
// measured, leaves it open.
func (r *reading) unresolved() *Verdict {
	v := &Verdict{Word: Undecided}
	var open []string
	for _, b := range r.Baselines {
		fault := faultOf(b.AUROC, 0)
		if fault == "" {
			fault = faultOf(b.Difference, -1)
		}
		switch {
		case fault != "":
			r.found("Baseline %s (%s) cannot be used: %s.", b.Name, b.Kind, fault)
			open = append(open, b.Name+" (not measured)")
			v.Change = append(v.Change, fmt.Sprintf("The baseline %s, measured on the same samples.", b.Name))
		case b.Difference.Low <= Explained:
			r.found("Baseline %s (%s): AUROC %s; probe less baseline %s: not surely above %g.", b.Name, b.Kind, show(b.AUROC), signed(b.Difference), Explained)
			open = append(open, b.Name)
			v.Change = append(v.Change, r.toBeat(b))
		default:
			r.found("Baseline %s (%s): AUROC %s; probe less baseline %s: above %g.", b.Name, b.Kind, show(b.AUROC), signed(b.Difference), Explained)
		}
	}
	for _, l := range r.LeftOut {
		switch {
		case faultOf(l.AUROC, 0) != "":
			r.found("With %s held out from training: %s.", l.name(), faultOf(l.AUROC, 0))
		case l.AUROC.Low > 0.5:
			r.found("With %s held out from training: AUROC %s: above chance.", l.name(), show(l.AUROC))
		default:
			r.found("With %s held out from training: AUROC %s: not surely above chance.", l.name(), show(l.AUROC))
			if l.Value == "" { // of all values together there are as many groups as for the probe
				open = append(open, l.name()+" held out")
				n := needed(max(l.AUROC.Value, Chance))
				v.Change = append(v.Change, fmt.Sprintf("With %s held out, an AUROC of %.2f needs %d groups of each class: %s.", l.name(), max(l.AUROC.Value, Chance), n, r.more(n)))
			}
		}
	}
	for _, m := range r.missing() {
		r.found("Not measured: %s.", m)
		open = append(open, kindOf(m)+" (not measured)")
		v.Change = append(v.Change, cureOf(kindOf(m)))
	}
	if len(open) == 0 {
		return nil
	}
	v.Text = fmt.Sprintf("The probe tells %s from %s, but it is open whether it does so beyond: %s.", r.Positive, r.Negative, strings.Join(open, ", "))
	return v
}

// missing are the kinds that were not measured; those of the word must be.
func (r *reading) missing() []string {
	out := slices.Clone(r.Missing)
	for _, kind := range []string{Prompt, Text, Likelihood} {
		if !slices.ContainsFunc(r.Baselines, func(b Baseline) bool { return b.Kind == kind }) &&
			!slices.ContainsFunc(out, func(m string) bool { return kindOf(m) == kind }) {
			out = append(out, kind+": no baseline of this kind is given")
		}
	}
	return out
}

func (r *reading) separates() *Verdict {
	closest := r.Baselines[0] // there is one of each kind of the word
	for _, b := range r.Baselines {
		if b.Difference.Low < closest.Difference.Low {
			closest = b
		}
	}
	v := &Verdict{Word: Separates(r.Positive, r.Negative),
		Text: fmt.Sprintf("On groups that it was not trained on, the probe ranks %s above %s in %s of pairs. The nearest baseline, %s, is %s below it.",
			article(r.Positive), article(r.Negative), percent(r.AUROC.Value), closest.Name, signed(closest.Difference)),
		Change: []string{
			fmt.Sprintf("A baseline with an AUROC of %.3f or more (the probe's less %g): try other features of the text and the prompt.", max(0.5, r.AUROC.Value-Explained), Explained),
			fmt.Sprintf("Labels that are wrong in a way the model can see; a control set on which the probe fires without %s.", article(r.Positive)),
			"It is a correlation: to show that the model uses the direction, erase or steer along it against random directions.",
		}}
	if len(r.LeftOut) == 0 {
		v.Change = append(v.Change, "No style, topic or template was held out from training: one at which the probe is at chance would make it `"+ReadsTopic+"`.")
	}
	return v
}
