package effect

import (
	"cmp"
	"math"
	"slices"

	"intentprobe/storage/rundir"
)

// key is what a sample of an arm and its partner in none have in common.
type key struct {
	question string
	prompt   string
	sample   int32
}

func (k key) compare(other key) int {
	return cmp.Or(cmp.Compare(k.question, other.question), cmp.Compare(k.prompt, other.prompt), cmp.Compare(k.sample, other.sample))
}

// unit is a sample of one arm.
type unit struct {
	key
	scores
	id int64
	kl float64 // NaN where it was not taken
	of *rundir.Sample

	logprobs int // of the alternatives

}

// scored says whether the alternatives were scored, whatever came out.
func (u *unit) scored() bool { return u.logprobs >= 2 }

// frame holds the samples of a run by arms.
type frame struct {
	arms  map[string]map[key]*unit
	texts map[string]map[key]float64 // nats a token of the given responses that Options.Text names
}

// keyOf gives the key of a sample; a sample without a question is one by itself.
func keyOf(s *rundir.Sample) key {
	k := key{prompt: s.PromptID, sample: s.Sample, question: s.PromptID}
	if s.Question != nil {
		k.question = *s.Question
	}
	return k
}

// frameOf sorts samples into arms: chosen are those that are compared, all those of the
// run.
func frameOf(all []rundir.Sample, chosen []*rundir.Sample, alt *alternatives, text string) *frame {
	f := &frame{arms: map[string]map[key]*unit{}, texts: map[string]map[key]float64{}}
	byID := map[int64]*unit{}
	for _, s := range chosen {
		if s.Arm == nil || s.Stage != nil || s.ParentSampleID != nil || text != "" && isText(s, text) {
			continue
		}
		u := &unit{key: keyOf(s), scores: noScores, id: s.SampleID, kl: orNaN(s.KL), of: s}
		if f.arms[*s.Arm] == nil {
			f.arms[*s.Arm] = map[key]*unit{}
		}
		f.arms[*s.Arm][u.key], byID[s.SampleID] = u, u
	}
	for i := range all {
		s := &all[i]
		if text != "" && isText(s, text) {
			f.addText(s)
		}
		if alt == nil || !alt.scored(s) {
			continue
		}
		of := s.SampleID
		if alt.followup {
			of = *s.ParentSampleID
		}
		if u := byID[of]; u != nil {
			_, logprobs := alt.of(s)
			u.scores, u.logprobs = scoresOf(logprobs), len(logprobs)
		}
	}
	return f
}

// isText says whether a sample is a given response of a group or condition.
func isText(s *rundir.Sample, name string) bool {
	named := s.Group != nil && *s.Group == name || s.Condition != nil && *s.Condition == name
	return named && s.ParentSampleID == nil && s.Stage == nil && s.FinishReason == "given"
}

// addText takes a given response into the perplexity of its arm.
func (f *frame) addText(s *rundir.Sample) {
	if s.Arm == nil || s.Logprob == nil || s.ResponseTokens < 1 {
		return
	}
	if f.texts[*s.Arm] == nil {
		f.texts[*s.Arm] = map[key]float64{}
	}
	f.texts[*s.Arm][keyOf(s)] = -*s.Logprob / float64(s.ResponseTokens)
}

// pair is a sample of an arm and its partner in none.
type pair struct{ arm, none *unit }

// change is D of the arm less D of none, NaN where either has none.
func (p pair) change() float64 { return p.arm.d - p.none.d }

// pairs gives the samples of an arm with their partners in none, in order of their keys,
// and how many samples of either have no partner.
func (f *frame) pairs(arm string) (out []pair, missing int) {
	none, units := f.arms[rundir.ArmNone], f.arms[arm]
	for k, u := range units {
		if n := none[k]; n != nil {
			out = append(out, pair{u, n})
		}
	}
	slices.SortFunc(out, func(a, b pair) int { return a.arm.compare(b.arm.key) })
	return out, len(none) + len(units) - 2*len(out)
}

// valuesOf measures every pair.
func valuesOf(pairs []pair, measure func(pair) float64) []value {
	out := make([]value, len(pairs))
	for i, p := range pairs {
		out[i] = value{p.arm.question, measure(p)}
	}
	return out
}

func orNaN(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}
