package baseline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/verdict"
	"intentprobe/capture/rows"
	"intentprobe/storage/rundir"
)

// Of makes the baselines of a set whose probe reads the tokens of a rule: those of [All], and
// the mean embeddings of prompts and answers. Notes say what of them was not made; it is missing
// where words cannot stand for it. It reads what rows carry beside their activations, three
// times, and the embeddings once.
func Of(ctx context.Context, s *data.Set, tokens string) (all []Baseline, missing, notes []string, err error) {
	items, err := Read(ctx, s, tokens)
	if err != nil {
		return nil, nil, nil, err
	}
	all, missing = All(items)
	said := slices.ContainsFunc(items, func(i Item) bool { return i.Place.Said })
	for _, of := range []meant{ofPrompts, ofAnswers} {
		mean, why, err := of.embedding(ctx, s, items)
		if err != nil {
			return nil, nil, nil, err
		}
		if why == "" {
			all = append(all, *mean)
			continue
		}
		if of.tokens == ofAnswers.tokens {
			notes = append(notes, "The mean embedding of the answer was not measured: "+why+". A run with --hooks resid_post,embed and --tokens \"prompt[-1] | response\" measures it.")
		}
		if of.tokens == ofAnswers.tokens && !said { // the probe does not read it
			continue
		}
		if blind := of.blind(s, items); blind != "" {
			missing = append(missing, fmt.Sprintf("%s: %s, and the mean embedding was not measured (%s)", verdict.Meaning, blind, why))
		}
	}
	return all, missing, notes, nil
}

// Read gives the items of a set, in the order of its samples.
func Read(ctx context.Context, s *data.Set, tokens string) ([]Item, error) {
	items := make([]Item, len(s.Samples))
	for i := range s.Samples {
		x := &s.Samples[i]
		items[i] = Item{Sample: x.Sample, Group: x.Group, Answer: Answer{First: math.NaN(), Least: math.NaN(), Entropy: math.NaN()}}
	}
	for r, run := range s.Runs {
		if err := before(s, r, run.Run, items); err != nil {
			return nil, err
		}
		if err := answered(ctx, s, r, items); err != nil {
			return nil, err
		}
	}
	err := s.EachToken(ctx, tokens, func(sample int, row *rundir.Row) error {
		x := &items[sample]
		x.Place.Rows++
		at := int(row.Position) - x.promptTokens()
		x.Place.Mean += float64(at)
		x.Place.Said = x.Place.Said || at >= 0
		return nil
	})
	if usage := (*hint.UsageError)(nil); errors.As(err, &usage) { // reductions: it is not known of which positions
		for i := range items {
			if n := items[i].ReducedTokens; n != nil {
				items[i].Place = Place{Rows: int(*n), Said: true}
			}
		}
		return items, nil
	}
	for i := range items {
		if p := &items[i].Place; p.Rows > 0 {
			p.Mean /= float64(p.Rows)
		}
	}
	return items, err
}

// before finds what follow-ups continue.
func before(s *data.Set, number int, run *rundir.Run, items []Item) error {
	of := func(i int) bool { return s.Samples[i].Run == number && items[i].ParentSampleID != nil }
	if !slices.ContainsFunc(indices(len(items)), of) {
		return nil
	}
	samples, err := run.Samples()
	if err != nil {
		return err
	}
	byID := map[int64]*rundir.Sample{}
	for i := range samples {
		byID[samples[i].SampleID] = &samples[i]
	}
	for i := range items {
		if !of(i) {
			continue
		}
		for at := items[i].ParentSampleID; at != nil; {
			parent := byID[*at]
			if parent == nil || len(items[i].Before) > len(samples) {
				break // of a shard that has the follow-up alone, or damaged
			}
			items[i].Before = append(items[i].Before, parent)
			at = parent.ParentSampleID
		}
		slices.Reverse(items[i].Before)
	}
	return nil
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// sourceOf gives all rows of a run's samples, and of each the place among the items; nil
// where the run has no rows.
func sourceOf(ctx context.Context, s *data.Set, number int, tokens, pool string, points []string) (*rows.Source, []int, error) {
	var samples []rows.Sample
	var places []int
	some := false
	for i := range s.Samples {
		if x := &s.Samples[i]; x.Run == number {
			samples, places = append(samples, rows.Sample{Sample: x.Sample, Index: len(samples)}), append(places, i)
			some = some || x.Rows > 0
		}
	}
	if !some {
		return nil, nil, nil
	}
	source, err := rows.Open(ctx, s.Runs[number].Run, samples, tokens, pool, points)
	return source, places, err
}

// answered reads the scalars of the answers of a run.
func answered(ctx context.Context, s *data.Set, number int, items []Item) error {
	source, places, err := sourceOf(ctx, s, number, "", rows.PoolNone, nil)
	if source == nil || err != nil {
		return err
	}
	entropies := make([]int, len(places))
	err = source.EachToken(ctx, func(x *rows.Sample, row *rundir.Row) error {
		a := &items[places[x.Index]].Answer
		at := int(row.Position - x.FirstPosition - x.PromptTokens) // in the answer
		if at < 0 || at >= int(x.ResponseTokens) {
			return nil
		}
		if p := float64(row.Logprob); !math.IsNaN(p) {
			if at == 0 {
				a.First = p
			}
			if a.Rows == 0 || p < a.Least {
				a.Least = p
			}
			a.Rows++
		}
		if e := float64(row.Entropy); !math.IsNaN(e) {
			if entropies[x.Index] == 0 {
				a.Entropy = 0
			}
			a.Entropy += e
			entropies[x.Index]++
		}
		return nil
	})
	for i, n := range entropies {
		if n > 0 {
			items[places[i]].Answer.Entropy /= float64(n)
		}
	}
	return err
}
