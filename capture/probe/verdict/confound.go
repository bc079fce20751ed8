package verdict

import (
	"fmt"
	"math"
)

// order is that in which kinds explain a probe, with the word and what makes the baseline useless.
var order = []struct{ kind, word, what, cure string }{
	{Prompt, ReadsPrompt, "the prompt", "Prompts that do not tell the classes apart: give both classes the same ones (matched pairs, or many samples of one prompt labelled afterwards), or train and evaluate within one condition."},
	{Text, ReadsText, "the text of the answer", "Answers that are alike in words and length: match or force them (given answers that both classes share), or take tokens before the answer (the prompt's last)."},
	{Likelihood, ReadsText, "how likely the answer is", "Answers that are as likely in both classes: match them by log-probability, or give both classes the same answers. A false answer is often an unlikely one."},
	{Topic, ReadsTopic, "topic and style", "The same topics and styles in both classes, in equal shares, or folds that hold out each of them."},
}

// Where the condition alone gives the label away, nothing but other labels helps.
const (
	givesAway      = 0.99
	otherwiseLabel = "The condition gives the label away: every probe of such a label can read the prompt. Label the answers by what they say (whether they are true, for example), and train and evaluate within one condition."
)

// explained is rule 4: a baseline that is as good says what the probe reads.
func (r *reading) explained() *Verdict {
	var v *Verdict
	for _, o := range order {
		b := r.best(o.kind, r.explains)
		if b == nil {
			continue
		}
		r.found("Baseline %s (%s): AUROC %s; probe less baseline %s, which is at most %g: it explains the probe.", b.Name, b.Kind, show(b.AUROC), signed(b.Difference), Explained)
		if v != nil { // only the first kind names the word
			v.Change = append(v.Change, "Beside that: "+lower(o.cure))
			continue
		}
		v = &Verdict{Word: o.word,
			Text: fmt.Sprintf("The baseline %s, which knows %s alone, tells %s from %s as well, to within %g. The probe may hold more, but these data cannot show it.", b.Name, o.what, r.Positive, r.Negative, Explained),
			Change: []string{cureFor(b, o.cure),
				fmt.Sprintf("Beside this baseline the probe needs an AUROC above %.3f, and a difference that is surely above %g.", b.AUROC.Value+Explained, Explained),
				"A control run in which the baseline speaks for one class and the label for the other."}}
		if b.AUROC.Value+Explained >= 1 {
			v.Change[1] = fmt.Sprintf("No probe can be %g above an AUROC of %.3f: only other data can show that it holds more.", Explained, b.AUROC.Value)
		}
	}
	return v
}

// confounded adds to a verdict that there is too little which baselines are as good as the
// probe already: more samples of this kind, or permutations, would only show that surely.
func (r *reading) confounded(v *Verdict) {
	var cures []string
	for _, o := range order {
		b := r.best(o.kind, r.mayExplain)
		if b == nil {
			continue
		}
		r.found("Baseline %s (%s): AUROC %s, the probe's %s: as these figures stand, it explains the probe.", b.Name, b.Kind, number(b.AUROC.Value), number(r.AUROC.Value))
		if cures == nil {
			v.Text += fmt.Sprintf(" As the figures stand, the baseline %s, which knows %s alone, tells %s from %s as well: more of the same would end in `%s`.", b.Name, o.what, r.Positive, r.Negative, o.word)
		}
		cures = append(cures, "Before anything else: "+lower(cureFor(b, o.cure)))
	}
	v.Change = append(cures, v.Change...)
}

// best is the baseline of a kind with the largest AUROC among those that count; nil if none does.
func (r *reading) best(kind string, counts func(Baseline) bool) *Baseline {
	var best *Baseline
	for i := range r.Baselines {
		b := &r.Baselines[i]
		if b.Kind == kind && counts(*b) && (best == nil || b.AUROC.Value > best.AUROC.Value) {
			best = b
		}
	}
	return best
}

// explains says whether a baseline is above 0.5, and the probe at most Explained above it.
func (r *reading) explains(b Baseline) bool {
	return faultOf(b.AUROC, 0) == "" && faultOf(b.Difference, -1) == "" && b.AUROC.Low > 0.5 && b.Difference.Value <= Explained
}

// mayExplain says whether a baseline explains a probe, or would if there were intervals: its
// AUROC is an Effect, and as large as the probe's, which is one, too.
func (r *reading) mayExplain(b Baseline) bool {
	a, of := b.AUROC.Value, r.AUROC.Value
	possible := !math.IsNaN(a) && !math.IsNaN(of) && a <= 1 && of <= 1
	return possible && a >= Effect && of >= Effect && a >= of-Explained
}

// cureFor is what makes a baseline useless.
func cureFor(b *Baseline, cure string) string {
	if b.Name == "condition" && b.AUROC.Value >= givesAway {
		return otherwiseLabel
	}
	return cure
}
