package facts

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"intentprobe/capture/intent/rates"
	"intentprobe/storage/rundir"
)

// classifying and measuring are how many neutral samples of a wording are of each half. The
// wordings take turns by the place of a fact in its set; together 10 of each half.
var classifying, measuring = [Wordings]int{4, 3, 3}, [Wordings]int{3, 4, 3}

// Items are what the runs of a model, by arm, answered to facts. A fact that a run does not
// have all samples of is an error.
func Items(of []Fact, runs map[string][]rundir.Sample) ([]rates.Item, error) {
	byPrompt := map[string]map[string][]*rundir.Sample{}
	for arm, samples := range runs {
		byPrompt[arm] = promptsOf(samples)
	}
	var out []rates.Item
	for _, f := range of {
		i := rates.Item{ID: f.ID, Topic: f.Topic, Band: f.Band, Set: f.Set, Arms: map[string]rates.Said{}}
		i.Classify.False, i.Measure.False = make([]int, Options-1), make([]int, Options-1)
		for _, arm := range Arms() {
			said := rates.Said{False: make([]int, Options-1)}
			for w := range Wordings {
				samples := byPrompt[arm.Name][f.Asked(w)]
				if len(samples) != arm.Samples {
					return nil, fmt.Errorf("%s has %d samples in the run %s, of %d", f.Asked(w), len(samples), arm.Name, arm.Samples)
				}
				if arm.Name != Neutral {
					f.count(&said, samples)
					continue
				}
				turn := (w + f.True) % Wordings
				half := classifying[turn]
				f.count(&i.Classify, samples[:half])
				f.count(&i.Measure, samples[half:half+measuring[turn]])
				p, mass, err := f.shareOf(samples[0].AlternativeLogprobs)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", f.Asked(w), err)
				}
				i.P, i.Mass = i.P+p/Wordings, i.Mass+mass/Wordings
			}
			if arm.Name != Neutral {
				i.Arms[arm.Name] = said
			}
		}
		out = append(out, i)
	}
	return out, nil
}

// promptsOf are the samples of each prompt, in the order of their numbers.
func promptsOf(samples []rundir.Sample) map[string][]*rundir.Sample {
	out := map[string][]*rundir.Sample{}
	for i := range samples {
		out[samples[i].PromptID] = append(out[samples[i].PromptID], &samples[i])
	}
	for _, of := range out {
		slices.SortFunc(of, func(a, b *rundir.Sample) int { return cmp.Compare(a.Sample, b.Sample) })
	}
	return out
}

// count adds what samples said.
func (f Fact) count(to *rates.Said, samples []*rundir.Sample) {
	for _, s := range samples {
		switch said := f.says(s.Response); {
		case said == saysNothing:
			to.None++
		case said == saysUnsure:
			to.Unsure++
		case said == f.True:
			to.True++
		default:
			to.False[(said-f.True+Options)%Options-1]++
		}
	}
}

// shareOf is the share of the true option of what the options and abstaining have together,
// and what they have together, from their log-probabilities in nats.
func (f Fact) shareOf(logprobs []float64) (share, mass float64, err error) {
	if len(logprobs) != Options+1 {
		return 0, 0, fmt.Errorf("%d options are scored, %d are needed", len(logprobs), Options+1)
	}
	highest := slices.Max(logprobs)
	if math.IsNaN(highest) || highest > 1e-6 || math.IsInf(highest, -1) {
		return 0, 0, fmt.Errorf("the options have the log-probabilities %v", logprobs)
	}
	all := 0.0
	for _, x := range logprobs {
		all += math.Exp(x - highest)
	}
	return math.Exp(logprobs[f.True]-highest) / all, min(1, all*math.Exp(highest)), nil
}
