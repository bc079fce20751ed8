package page

import (
	"fmt"
	"html/template"
	"math"
	"slices"

	"intentprobe/capture/probe/report"
	"intentprobe/storage/plural"
)

// What is shown of samples at most.
const (
	MaxSamples = 40
	MaxTokens  = 4000 // of each
)

// samples are shown one at a time where there are scripts.
type samples struct {
	Scale template.HTML
	All   []sample
}

// sample is one with its tokens in parts: prompt, response.
type sample struct {
	ID, Title, Note string
	About           []string
	Parts           []part
	Table           *table
}

// part is a run of tokens of one phase.
type part struct {
	Phase  string
	Tokens []token
}

// samplesSection has some samples, each token coloured by its score.
func samplesSection(r *report.Report) section {
	if len(r.Samples) == 0 {
		return section{}
	}
	most := strongest(r.Samples)
	all := &samples{Scale: tokenScale(most, shown(r.Task.Positive.Name), shown(r.Task.Negative.Name))}
	for i := range r.Samples[:min(len(r.Samples), MaxSamples)] {
		all.All = append(all.All, sampleOf(&r.Samples[i], i, most))
	}
	note := "Tokens by their own scores, all samples in the same colours. A token that the rule leaves out is dim; one without a colour is near 0 or has no score. " +
		"Spaces are dots, line ends ↵; what the template or the tokenizer put there is framed; characters that cannot be seen are written as escapes."
	if n := len(r.Samples) - MaxSamples; n > 0 {
		note += fmt.Sprintf(" %s more in the report's JSON.", plural.Count(n, "sample"))
	}
	return section{ID: "samples", Title: "Samples", Blocks: []block{{Text: note}, {Samples: all}}}
}

// strongest is the score that has the strongest colour: the 98 % quantile of the sizes of all.
func strongest(all []report.Sample) float64 {
	var sizes []float64
	for _, s := range all {
		for _, x := range s.Scores {
			if finite(float64(x)) {
				sizes = append(sizes, math.Abs(float64(x)))
			}
		}
	}
	if len(sizes) == 0 {
		return 1
	}
	slices.Sort(sizes)
	if at := sizes[int(math.Ceil(0.98*float64(len(sizes))))-1]; at > 0 {
		return at
	}
	return 1
}

func sampleOf(s *report.Sample, i int, most float64) sample {
	out := sample{
		ID: fmt.Sprintf("sample-%d", i+1), Title: fmt.Sprintf("Sample %d: %s, score %s", s.ID, shown(s.Class), report.Figure(s.Score)),
		Table: &table{Head: []column{number("token"), text("text"), text("phase"), text("role"), text("in the rule"), number("score")}},
	}
	for _, a := range [][2]string{{"prompt", s.Prompt}, {"run", s.Run}, {"tokens", fmt.Sprint(len(s.Tokens))}} {
		if a[1] != "" {
			out.About = append(out.About, a[0]+" "+shown(a[1]))
		}
	}
	n := min(len(s.Tokens), MaxTokens)
	if n < len(s.Tokens) {
		out.Note = fmt.Sprintf("The first %d of %s.", n, plural.Count(len(s.Tokens), "token"))
	}
	for t := range n {
		phase := item(s.Phase, t, "")
		if len(out.Parts) == 0 || out.Parts[len(out.Parts)-1].Phase != shown(phase) {
			out.Parts = append(out.Parts, part{Phase: shown(phase)})
		}
		p := &out.Parts[len(out.Parts)-1]
		score, role := float64(item(s.Scores, t, report.Number(nan))), item(s.Roles, t, "")
		chosen := item(s.Selected, t, true)
		one := tokenOf(s.Tokens[t], role, chosen, score/most)
		one.Tip = fmt.Sprintf("%d: %s", t, report.Figure(score))
		p.Tokens = append(p.Tokens, one)
		in := "no"
		if chosen {
			in = "yes"
		}
		out.Table.Rows = append(out.Table.Rows, words(fmt.Sprint(t), tokenText(s.Tokens[t]), shown(phase), shown(role), in, report.Figure(score)))
	}
	return out
}

// item is one of a list that may be shorter than another.
func item[T any](list []T, i int, missing T) T {
	if i < len(list) {
		return list[i]
	}
	return missing
}

// tokenScale is the legend of the colours.
func tokenScale(most float64, positive, negative string) template.HTML {
	c := &canvas{width: 400, height: 46}
	w := 360.0 / (2*levels + 1)
	for i := -levels; i <= levels; i++ {
		x := 20 + float64(i+levels)*w
		c.rect("back", x, 4, w, 14)
		c.rect("cell "+levelOf(float64(i)/levels, "sp", "sn"), x, 4, w, 14)
	}
	c.text("soft", 20, 33, "-"+report.Fixed(most, 2)+" "+middle(negative, 20))
	c.text("soft mid", 200, 33, "0")
	c.text("soft end", 380, 33, middle(positive, 20)+" +"+report.Fixed(most, 2))
	return c.small("")
}
