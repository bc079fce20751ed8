package data

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/rows"
	"intentprobe/capture/vector"
)

// Open chooses samples, rows and groups of runs. It reads the tokens of the runs once for
// each token rule, and no activations. What cannot be used is refused by name: errors are
// *hint.UsageError, or come from the files.
func Open(ctx context.Context, dirs []string, opt Options) (*Set, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	if len(dirs) == 0 {
		return nil, hint.Usage(errors.New("there is no run"), "name one at least")
	}
	s := &Set{Positive: opt.Positive, Negative: opt.Negative, opt: opt}
	for _, dir := range dirs {
		r, err := openRun(dir, &opt)
		if err != nil {
			return nil, err
		}
		if r.chosen.Have == [2]int{} && len(dirs) > 1 {
			return nil, r.chosen.No(dir, opt.Positive+" or "+opt.Negative)
		}
		s.Runs = append(s.Runs, r)
	}
	name(s.Runs)
	if err := alike(s.Runs, &opt); err != nil {
		return nil, err
	}
	var err error
	if s.Points, err = rows.Points(s.Runs[0].Run, opt.Points); err != nil {
		return nil, err
	}
	if err := s.bothClasses(); err != nil {
		return nil, err
	}
	for _, tokens := range opt.Tokens {
		if err := s.rule(ctx, tokens); err != nil {
			return nil, err
		}
	}
	if err := s.gather(); err != nil {
		return nil, err
	}
	if err := s.pair(); err != nil {
		return nil, err
	}
	if err := s.finish(); err != nil {
		return nil, err
	}
	return s, nil
}

// finish groups the samples, and checks what depends on it.
func (s *Set) finish() error {
	notes, err := sameRounding(s.Runs, &s.opt)
	if err != nil {
		return err
	}
	s.Notes = append(s.Notes, notes...)
	for _, r := range s.Runs {
		if r.Label != s.Runs[0].Label && !s.opt.Control {
			s.Notes = append(s.Notes, fmt.Sprintf("The label is %s of %s and %s of %s.", s.Runs[0].Label, s.Runs[0].Name, r.Label, r.Name))
		}
		if len(s.Runs) > 1 && vector.TemplateOf(r.Manifest) == "" {
			s.Notes = append(s.Notes, fmt.Sprintf("%s does not say which chat template it has, so that it may be another than that of other runs.", r.Name))
		}
		if !r.Manifest.Finished() {
			s.Notes = append(s.Notes, fmt.Sprintf("%s is not finished: it has %s.", r.Name, r.Manifest.Extent()))
		}
		for class, value := range []string{s.Negative, s.Positive} {
			if len(s.Runs) > 1 && !s.opt.Control && r.Of[class] == 0 {
				s.Notes = append(s.Notes, fmt.Sprintf("%s has no sample that is %s, so that a probe may read which run a sample is of.", r.Name, value))
			}
		}
	}
	if err := s.group(); err != nil {
		return err
	}
	if s.Groups.Both == 0 && !s.opt.Control {
		s.Notes = append(s.Notes, "No group has samples of both classes, so that a probe may read what tells the groups apart: matched pairs exclude that.")
	}
	if s.opt.IgnoreSplit {
		return nil
	}
	return s.leaks()
}

// bothClasses refuses runs that together lack a class.
func (s *Set) bothClasses() error {
	if s.opt.Control {
		return nil
	}
	for class, value := range []string{rows.Positive: s.Positive, rows.Negative: s.Negative} {
		if slices.ContainsFunc(s.Runs, func(r *Run) bool { return r.chosen.Have[class] > 0 }) {
			continue
		}
		all := &rows.Chosen{What: s.Runs[0].Label, Counts: map[string]int{}}
		for _, r := range s.Runs {
			for v, n := range r.chosen.Counts {
				all.Counts[v] += n
			}
		}
		return all.No(s.runs(), value)
	}
	return nil
}

// rule chooses rows by a token rule, of which each class must have some.
func (s *Set) rule(ctx context.Context, tokens string) error {
	rule := Rule{Tokens: tokens}
	var have [2]int
	for _, r := range s.Runs {
		source, err := rows.Open(ctx, r.Run, slices.Clone(r.chosen.Samples), tokens, s.opt.pool(), s.Points)
		if err != nil {
			return err
		}
		r.sources = append(r.sources, source)
		for i := range source.Samples {
			if x := &source.Samples[i]; !s.has(source, i) {
				rule.Without[number(x.Class == rows.Positive)]++
			} else {
				have[number(x.Class == rows.Positive)]++
			}
		}
	}
	s.Rules = append(s.Rules, rule)
	of := ""
	if tokens != "" {
		of = fmt.Sprintf(" of the tokens %q", tokens)
	}
	if n := s.least(); n > 1 {
		of += fmt.Sprintf(", of which the pooling of scores needs %d", n)
	}
	return s.enough(have, of)
}

// has says whether a sample has the rows that a rule and the pooling of scores need.
func (s *Set) has(of *rows.Source, i int) bool {
	x := &of.Samples[i]
	return !x.None && of.Items(x) >= s.least()
}

// least is how many rows of a sample the pooling of scores needs.
func (s *Set) least() int {
	if s.opt.Rows == RowsToken && s.opt.Score.Kind == metric.PoolFirst {
		return 1 + s.opt.Score.After
	}
	return 1
}

// gather lists the samples that have rows under every rule, in the order of reading.
func (s *Set) gather() error {
	for number, r := range s.Runs {
		for _, x := range r.sources[0].InOrder() {
			if !slices.ContainsFunc(r.sources, func(of *rows.Source) bool { return !s.has(of, x.Index) }) {
				s.Samples = append(s.Samples, Sample{Sample: x.Sample, Run: number, Positive: x.Class == rows.Positive, index: x.Index})
			}
		}
	}
	s.place()
	if err := s.enough(s.Of(), " of every token rule"); err != nil {
		return err
	}
	if s.opt.Rows == RowsToken {
		for i := range s.Rules {
			s.Rules[i].sample = s.tokens(i)
		}
	}
	return nil
}

// tokens gives the sample of each token that a rule chooses, in the order of reading.
func (s *Set) tokens(rule int) (out []int32) {
	for _, r := range s.Runs {
		for _, x := range r.sources[rule].InOrder() {
			if at := r.index[x.Index]; at >= 0 {
				out = append(out, slices.Repeat([]int32{at}, x.Chosen())...)
			}
		}
	}
	return out
}
