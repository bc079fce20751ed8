package verdict

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/metric"
)

// interval is one of 120 samples in 60 groups.
func interval(value, low, high float64) metric.Interval {
	return metric.Interval{Value: value, Low: low, High: high, Level: 0.95, N: 120, Groups: 60, DF: 59, Method: metric.ByScore}
}

// good are figures that separate.
func good() Figures {
	base := func(name, kind string) Baseline {
		return Baseline{Name: name, Kind: kind, AUROC: interval(0.52, 0.42, 0.62), Difference: interval(0.39, 0.29, 0.49)}
	}
	return Figures{Positive: "lie", Negative: "mistake", Groups: [2]int{60, 60}, AUROC: interval(0.912, 0.861, 0.948), P: 0.001, Draws: 999,
		Baselines: []Baseline{base("words of the prompt", Prompt), base("words", Text), base("length", Text), base("logprob", Likelihood), base("style", Topic)},
		LeftOut:   []LeftOut{{By: "style", Value: "terse", AUROC: interval(0.83, 0.71, 0.92)}}}
}

// told joins all that a verdict says.
func told(v Verdict) string {
	return strings.Join(append(append([]string{v.Word, v.Text}, v.Because...), v.Change...), "\n")
}

func TestEachRule(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(f *Figures)
		word   string
		says   []string // figures that must be told
	}{
		{"separates", func(*Figures) {}, "separates lie from mistake beyond text, likelihood and prompt",
			[]string{"0.912 (95 % 0.861 to 0.948; 120 samples, 60 groups)", "p 0.001 of 999", "60 groups with a lie and 60 with a mistake can tell", "0.390 (95 % 0.290 to 0.490)", "style terse held out", "0.862 or more"}},
		{"few groups", func(f *Figures) { f.Groups = [2]int{6, 6} }, Undecided,
			[]string{"6 groups with a lie and 6 with a mistake cannot tell", "0.912 is not judged", "14 groups of each class", "8 more with a lie and 8 more with a mistake"}},
		{"one group of a class", func(f *Figures) { f.Groups = [2]int{1, 1} }, Undecided, []string{"1 group with a lie and 1 with a mistake cannot tell"}},
		{"no group of a class", func(f *Figures) { f.Groups = [2]int{0, 90} }, Undecided, []string{"90 groups with a lie and 0 with a mistake", "0 more with a lie and 14 more with a mistake"}},
		{"no AUROC", func(f *Figures) {
			f.AUROC = metric.Interval{Value: math.NaN(), Low: 0, High: 1, Level: 0.95, Note: "all rows are of one class"}
		}, Undecided, []string{"all rows are of one class"}},
		{"another level", func(f *Figures) { f.AUROC.Level = 0.9 }, Undecided, []string{"level 0.9, and the rules are for 0.95"}},
		{"an impossible AUROC", func(f *Figures) { f.AUROC = interval(1.2, 1.1, 1.3) }, Undecided, []string{"1.2 (1.1 to 1.3) is not possible"}},
		{"fixed scores", func(f *Figures) { f.Of = "labels against the same scores" }, Separates("lie", "mistake"), []string{"p 0.001 of 999 permutations of labels against the same scores: above chance"}},
		{"not held out", func(f *Figures) { f.NotHeldOut = "the file says nothing of it" }, Undecided, []string{"AUROC 0.912, on samples that the probe may have been fitted to: the file says nothing of it", "trained as the method `mean`"}},
		{"no permutations", func(f *Figures) { f.P, f.Draws = math.NaN(), 0 }, Undecided, []string{"no permutations were made", "Set permutations to 99 or more"}},
		{"at chance", func(f *Figures) { f.AUROC, f.P = interval(0.51, 0.41, 0.61), 0.4 }, AtChance,
			[]string{"0.510 (95 % 0.410 to 0.610", "p 0.4 of 999", "at most 0.61", "ends at 0.610, which is at most 0.65", "0.6 needs 130 groups of each class: 70 more"}},
		{"at chance, of few groups", func(f *Figures) { f.Groups, f.AUROC, f.P = [2]int{30, 30}, interval(0.45, 0.3, 0.6), 0.7 }, Undecided,
			[]string{"at chance, and with so few groups one that reads a difference might be, too", "tell an AUROC of 0.70 from 0.5, and 0.65 is asked for", "57 groups of each class tell 0.65 from 0.5: 27 more with a lie and 27 more"}},
		{"above chance by almost nothing", func(f *Figures) { f.AUROC, f.P = interval(0.503, 0.501, 0.505), 0.003 }, AtChance, []string{"ends at most at 0.55", "a coin is as good to within 0.05"}},
		{"above chance by almost nothing, of few groups", func(f *Figures) { f.Groups, f.AUROC = [2]int{30, 30}, interval(0.503, 0.501, 0.505) }, Undecided, nil},
		{"below chance", func(f *Figures) { f.AUROC, f.P = interval(0.3, 0.2, 0.42), 1 }, AtChance, []string{"point the wrong way"}},
		{"chance not shown", func(f *Figures) { f.AUROC, f.P = interval(0.56, 0.42, 0.69), 0.2 }, Undecided,
			[]string{"0.560 (95 % 0.420 to 0.690", "an AUROC of 0.69", "If the AUROC is 0.560 as measured: 668 groups, 608 more than here, tell it from 0.5", "If there is no difference: 93 groups, 33 more than here, show that the AUROC is at most 0.65"}},
		{"interval against p", func(f *Figures) { f.P = 0.03 }, Undecided, []string{"do not agree", "from 0.861", "p 0.03"}},
		{"p against interval", func(f *Figures) { f.AUROC, f.P = interval(0.58, 0.49, 0.645), 0.004 }, Undecided, []string{"do not agree"}},
		{"too few draws", func(f *Figures) { f.P, f.Draws = 0.05, 19 }, Undecided, []string{"Set permutations to 99 or more: 19 cannot give a p of 0.01"}},
		{"a confound, and no permutations", func(f *Figures) {
			f.P, f.Draws = math.NaN(), 0
			f.Baselines[0].AUROC, f.Baselines[0].Difference = interval(0.9, 0.85, 0.94), interval(0.012, -0.03, 0.05)
		}, Undecided, []string{"more of the same would end in `reads the prompt`", "words of the prompt (prompt): AUROC 0.9, the probe's 0.912", "Before anything else: prompts that do not tell", "Set permutations to 99"}},
		{"a confound in few groups", func(f *Figures) {
			f.Groups, f.AUROC = [2]int{3, 3}, metric.Interval{Value: 1, Low: math.NaN(), High: math.NaN(), Level: 0.95}
			f.Baselines[0].Name, f.Baselines[0].AUROC = "condition", metric.Interval{Value: 1, Low: math.NaN(), High: math.NaN(), Level: 0.95}
		}, Undecided, []string{"Before anything else: the condition gives the label away", "within one condition", "14 groups of each class"}},
		{"prompt", func(f *Figures) {
			f.Baselines[0].AUROC, f.Baselines[0].Difference = interval(0.9, 0.85, 0.94), interval(0.012, -0.03, 0.05)
		}, ReadsPrompt, []string{"words of the prompt (prompt): AUROC 0.900 (95 % 0.850 to 0.940", "0.012 (95 % -0.030 to 0.050)", "above 0.950", "Prompts that do not tell the classes apart"}},
		{"prompt before text", func(f *Figures) {
			for i := range f.Baselines[:2] {
				f.Baselines[i].AUROC, f.Baselines[i].Difference = interval(0.97, 0.95, 0.99), interval(-0.06, -0.1, -0.02)
			}
		}, ReadsPrompt, []string{"words (text)", "No probe can be 0.05 above an AUROC of 0.970", "Beside that: answers that are alike"}},
		{"text", func(f *Figures) {
			f.Baselines[2].AUROC, f.Baselines[2].Difference = interval(0.9, 0.85, 0.94), interval(0.05, 0.01, 0.09)
		}, ReadsText, []string{"length (text): AUROC 0.900", "0.050 (95 % 0.010 to 0.090)"}},
		{"likelihood", func(f *Figures) {
			f.Baselines[3].AUROC, f.Baselines[3].Difference = interval(0.9, 0.85, 0.94), interval(0.012, -0.03, 0.05)
		}, ReadsText, []string{"logprob (likelihood): AUROC 0.900", "how likely the answer is"}},
		{"topic", func(f *Figures) {
			f.Baselines[4].AUROC, f.Baselines[4].Difference = interval(0.9, 0.85, 0.94), interval(0.012, -0.03, 0.05)
		}, ReadsTopic, []string{"style (topic): AUROC 0.900"}},
		{"a style held out", func(f *Figures) { f.LeftOut[0].AUROC = interval(0.52, 0.42, 0.63) }, ReadsTopic,
			[]string{"style terse held out from training: AUROC 0.520 (95 % 0.420 to 0.630", "at chance where it has not"}},
		{"a style held out, turned round", func(f *Figures) { f.LeftOut[0].AUROC = interval(0.13, 0.08, 0.2) }, ReadsTopic,
			[]string{"style terse held out from training: AUROC 0.130 (95 % 0.080 to 0.200", "points the other way where it has not"}},
		{"a small style held out says little", func(f *Figures) { f.LeftOut[0].AUROC = interval(0.6, 0.4, 0.78) }, "separates lie from mistake beyond text, likelihood and prompt", []string{"not surely above chance"}},
		{"each style held out, unclear", func(f *Figures) { f.LeftOut = []LeftOut{{By: "style", AUROC: interval(0.6, 0.4, 0.78)}} }, Undecided, []string{"With each style held out from training: AUROC 0.600", "57 groups of each class: there are as many"}},
		{"each style held out, not measured", func(f *Figures) { f.LeftOut = []LeftOut{{By: "style", AUROC: interval(math.NaN(), 0, 1)}} }, "separates lie from mistake beyond text, likelihood and prompt", []string{"it has no value"}},
		{"a baseline not surely beaten", func(f *Figures) {
			f.Baselines[1].AUROC, f.Baselines[1].Difference = interval(0.8, 0.7, 0.88), interval(0.11, -0.02, 0.24)
		}, Undecided, []string{"words (text): AUROC 0.800", "0.110 (95 % -0.020 to 0.240)", "576 groups, 516 more than here, show that it is above 0.05"}},
		{"a baseline that is beaten by little", func(f *Figures) {
			f.Baselines[1].AUROC, f.Baselines[1].Difference = interval(0.8, 0.7, 0.88), interval(0.11, 0.03, 0.19)
		}, Undecided, []string{"not surely above 0.05"}},
		{"a baseline that is no better than chance", func(f *Figures) { f.Baselines[1].Difference = interval(-0.01, -0.2, 0.2) }, Undecided, []string{"more groups alone will not"}},
		{"a baseline without a number", func(f *Figures) { f.Baselines[1].Difference.Value = math.NaN() }, Undecided, []string{"words (text) cannot be used", "open whether it does so beyond: words (not measured)"}},
		{"a kind that is missing", func(f *Figures) {
			f.Baselines = append(f.Baselines[:3:3], f.Baselines[4])
			f.Missing = []string{"likelihood: the run has no log-probabilities"}
		}, Undecided, []string{"Not measured: likelihood: the run has no log-probabilities", "A run with log-probabilities"}},
		{"a kind that nobody speaks of", func(f *Figures) { f.Baselines = f.Baselines[1:] }, Undecided, []string{"prompt: no baseline of this kind is given"}},
		{"no baselines", func(f *Figures) { f.Baselines = nil }, Undecided, []string{"prompt (not measured), text (not measured), likelihood (not measured)"}},
		{"a topic that could not be measured", func(f *Figures) { f.Missing = []string{"topic: rows have no style"} }, Undecided, []string{"topic (not measured)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := good()
			c.change(&f)
			v := Of(f)
			assert.Equal(t, c.word, v.Word, told(v))
			assert.NotEmpty(t, v.Text)
			assert.NotEmpty(t, v.Because)
			assert.NotEmpty(t, v.Change)
			for _, s := range c.says {
				assert.Contains(t, told(v), s)
			}
			for _, s := range []string{"NaN", "%!", "+Inf", "  "} {
				assert.NotContains(t, told(v), s)
			}
			assert.Equal(t, v, Of(f), "a pure function")
			_, err := json.Marshal(v)
			require.NoError(t, err)
		})
	}
}

// draw makes figures of any kind, possible or not.
func draw(r *rand.Rand) Figures {
	any := func(least float64) metric.Interval {
		v := least + (1-least)*r.Float64()
		i := interval(v, max(least, v-0.3*r.Float64()), min(1, v+0.3*r.Float64()))
		if r.IntN(60) == 0 {
			i.Value = []float64{math.NaN(), math.Inf(1), 2}[r.IntN(3)]
		}
		if r.IntN(60) == 0 {
			i.Low = math.NaN()
		}
		return i
	}
	f := Figures{Positive: "a", Negative: "b", Groups: [2]int{r.IntN(120), r.IntN(120)}, AUROC: any(0.5), P: r.Float64() * r.Float64() * r.Float64() * 0.03, Draws: 999}
	for _, kind := range []string{Prompt, Text, Likelihood, Topic} {
		if r.IntN(12) > 0 {
			b := Baseline{Name: kind, Kind: kind, AUROC: any(0.3)}
			b.Difference = any(0)
			f.Baselines = append(f.Baselines, b)
		}
	}
	if r.IntN(3) == 0 {
		f.LeftOut = []LeftOut{{By: "style", AUROC: any(0.4)}}
	}
	return f
}

// What speaks against a probe never makes it separate.
func TestWorseFiguresNeverSeparate(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 1))
	worse := []struct {
		name string
		do   func(f *Figures)
	}{
		{"p", func(f *Figures) { f.P += r.Float64() * 0.1 }},
		{"groups", func(f *Figures) { f.Groups[r.IntN(2)] /= 2 }},
		{"interval", func(f *Figures) { f.AUROC.Low -= r.Float64() * 0.3 }},
		{"baseline", func(f *Figures) {
			if len(f.Baselines) == 0 {
				return
			}
			b := &f.Baselines[r.IntN(len(f.Baselines))]
			by := r.Float64() * 0.3
			for _, x := range []*float64{&b.AUROC.Value, &b.AUROC.Low, &b.AUROC.High} {
				*x += by
			}
			for _, x := range []*float64{&b.Difference.Value, &b.Difference.Low, &b.Difference.High} {
				*x -= by
			}
		}},
		{"missing", func(f *Figures) { f.Missing = append(f.Missing, "topic: none") }},
		{"fewer baselines", func(f *Figures) {
			if len(f.Baselines) > 0 && f.Baselines[len(f.Baselines)-1].Kind != Topic {
				f.Baselines = f.Baselines[:len(f.Baselines)-1]
			}
		}},
		{"left out", func(f *Figures) {
			for i := range f.LeftOut {
				f.LeftOut[i].AUROC.Value -= 0.2
				f.LeftOut[i].AUROC.Low -= 0.2
				f.LeftOut[i].AUROC.High -= 0.2
			}
		}},
	}
	words, lost := map[string]int{}, map[string]int{}
	for range 8000 {
		f := draw(r)
		was := Of(f)
		words[was.Word]++
		assert.NotContains(t, told(was), "NaN")
		w := worse[r.IntN(len(worse))]
		w.do(&f)
		is := Of(f)
		if is.Word == Separates("a", "b") {
			require.Equal(t, was.Word, is.Word, "%s: %+v", w.name, f)
		} else if was.Word == Separates("a", "b") {
			lost[w.name]++
		}
	}
	assert.Len(t, words, 6, "all words occur: %v", words)
	assert.Len(t, lost, len(worse), "each change matters somewhere: %v", lost)
}

// More groups with the same figures never take a verdict back.
func TestMoreGroupsNeverUndecide(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 2))
	for range 3000 {
		f := draw(r)
		was := Of(f)
		f.Groups[0], f.Groups[1] = f.Groups[0]+r.IntN(50), f.Groups[1]+r.IntN(50)
		if is := Of(f); was.Word != Undecided {
			require.Equal(t, was.Word, is.Word)
		}
	}
}

func TestArticles(t *testing.T) {
	for class, want := range map[string]string{"lie": "a lie", "honest": "an honest", "error": "an error", "unit": "a unit", "True": "a True", "": "a "} {
		assert.Equal(t, want, article(class))
	}
}
