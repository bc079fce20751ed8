package effect

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"

	"intentprobe/capture/hint"
	"intentprobe/storage/rundir"
)

// scores are what the alternatives of one sample say; NaN where it has none.
type scores struct {
	d    float64 // log p(first) - log sum p(others)
	mass float64 // sum of all probabilities
	pd   float64 // p(first) - sum p(others)
}

var noScores = scores{math.NaN(), math.NaN(), math.NaN()}

// scoresOf computes the scores of log-probabilities, the first option's first.
func scoresOf(logprobs []float64) scores {
	if len(logprobs) < 2 {
		return noScores
	}
	first, others := logprobs[0], floats.LogSumExp(logprobs[1:])
	return scores{d: first - others, mass: math.Exp(first) + math.Exp(others), pd: math.Exp(first) - math.Exp(others)}
}

// alternatives are those that are analysed: declared ones, or those of a follow-up.
type alternatives struct {
	name     string
	followup bool
	options  []string // of the first sample that has them
	differ   bool     // other samples have others
}

// of gives the options' names and log-probabilities in a sample, which is the follow-up
// where they are a follow-up's.
func (a *alternatives) of(s *rundir.Sample) (options []string, logprobs []float64) {
	for i, full := range s.Alternatives[:min(len(s.Alternatives), len(s.AlternativeLogprobs))] {
		name, option, _ := strings.Cut(full, ":")
		if a.followup {
			name, option = a.name, full
		}
		if name == a.name {
			options, logprobs = append(options, option), append(logprobs, s.AlternativeLogprobs[i])
		}
	}
	return options, logprobs
}

// scored says whether a sample is one that the alternatives are scored in.
func (a *alternatives) scored(s *rundir.Sample) bool {
	if s.ParentSampleID == nil || s.Followup == nil {
		return !a.followup
	}
	return a.followup && *s.Followup == a.name
}

// Difference gives a function that computes D of a sample, log p(first option) - log Σ p(other
// options) in nats, by the alternatives of a name; without a name by the only ones. It gives
// NaN for samples in which these are not scored. The error is a *hint.UsageError.
func Difference(samples []rundir.Sample, name string) (d func(*rundir.Sample) float64, err error) {
	a, err := findAlternatives(samples, name)
	if err == nil && a == nil {
		err = hint.Usage(errors.New("no alternatives are scored in this run"), "declare alternatives in the spec: what the model should say, and what else it might")
	}
	if err != nil {
		return nil, err
	}
	return func(s *rundir.Sample) float64 {
		if !a.scored(s) {
			return math.NaN()
		}
		_, logprobs := a.of(s)
		return scoresOf(logprobs).d
	}, nil
}

// findAlternatives finds the alternatives of a name among samples; of no name, the only
// ones, and nil where there are none at all.
func findAlternatives(samples []rundir.Sample, name string) (*alternatives, error) {
	there := map[string]*alternatives{}
	for i := range samples {
		s := &samples[i]
		for _, full := range s.Alternatives {
			of, _, _ := strings.Cut(full, ":")
			a := alternatives{name: of}
			if s.ParentSampleID != nil && s.Followup != nil {
				a = alternatives{name: *s.Followup, followup: true}
			}
			if there[a.name] == nil {
				a.options, _ = a.of(s)
				there[a.name] = &a
			}
		}
	}
	names := slices.Sorted(maps.Keys(there))
	a := there[name]
	switch {
	case name == "" && len(names) == 0:
		return nil, nil
	case len(names) == 0:
		return nil, hint.Usage(errors.New("no alternatives are scored in this run"), "declare alternatives in the spec and run it again")
	case name == "" && len(names) > 1:
		return nil, hint.Usage(fmt.Errorf("the run has several alternatives: %s", strings.Join(names, ", ")), "name one with ", hint.Option("alternatives"))
	case name == "":
		a = there[names[0]]
	case a == nil:
		return nil, hint.Usage(fmt.Errorf("the run has no alternatives %q", name), "there are: "+strings.Join(names, ", "))
	}
	for i := range samples {
		options, _ := a.of(&samples[i])
		if a.scored(&samples[i]) && len(options) > 0 && !slices.Equal(options, a.options) {
			a.differ = true
			break
		}
	}
	if len(a.options) < 2 {
		return nil, hint.Usage(fmt.Errorf("the alternatives %q have one option: nothing to compare it with", a.name), "declare two or more options")
	}
	return a, nil
}
