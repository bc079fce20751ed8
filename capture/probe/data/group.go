package data

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/label"
	"intentprobe/capture/probe/metric"
	"intentprobe/storage/rundir"
)

// templateKey is the key of a data set's row that says which wording a prompt has.
const templateKey = "template"

// group groups the samples, and counts the groups.
func (s *Set) group() error {
	names, keys, err := s.keys()
	if err != nil {
		return err
	}
	joined, err := metric.Join(keys...)
	if err != nil {
		return err
	}
	if len(s.opt.Group) == 0 && len(keys) > 1 && one(joined) && !one(keys[0]) {
		s.Notes = append(s.Notes, "The templates cross the questions, so that both together make one group: groups are questions. Hold templates out to see whether a probe reads them.")
		names, keys = names[:1], keys[:1]
	}
	if s.pairs != nil {
		names, keys = append(names, "pair"), append(keys, s.byPair())
	}
	if joined, err = metric.Join(keys...); err != nil {
		return err
	}
	texts, err := s.sameTexts(joined)
	if err != nil {
		return err
	}
	if joined, err = metric.Join(append(slices.Clone(keys), texts)...); err != nil {
		return err
	}
	called := map[string]string{}
	for i := range s.Samples {
		if called[joined[i]] == "" {
			called[joined[i]] = s.called(i, names, keys)
		}
		s.Samples[i].Group, s.Samples[i].Text = called[joined[i]], texts[i]
	}
	s.count()
	if len(s.opt.Group) == 0 && s.Groups.All == len(s.Samples) && len(s.Samples) > 1 {
		s.Notes = append(s.Notes, "No two samples share a question: each is a group of its own. Where several are of one thing (a statement and its denial, say), give the key of the rows that names it as group, so that no fold learns from the one about the other.")
	}
	return nil
}

// byPair names the pair of each sample.
func (s *Set) byPair() (out []string) {
	for i := range s.Samples {
		out = append(out, strconv.Itoa(min(i, int(s.pairs.partner[i]))))
	}
	return out
}

// one says whether there is one group alone.
func one(group []string) bool {
	for _, g := range group {
		if g != group[0] {
			return false
		}
	}
	return true
}

// called names a group after its first sample.
func (s *Set) called(i int, names []string, keys [][]string) string {
	for k, key := range keys {
		if key[i] != "" && names[k] == "" {
			return key[i]
		}
		if key[i] != "" {
			return names[k] + " " + key[i]
		}
	}
	return fmt.Sprintf("sample %d of %s", s.Samples[i].SampleID, s.Runs[s.Samples[i].Run].Name)
}

// keys gives what samples are grouped by: of each key the value of each sample, "" where it
// has none.
func (s *Set) keys() (names []string, keys [][]string, err error) {
	if len(s.opt.Group) == 0 {
		var of []string
		for i := range s.Samples {
			of = append(of, questionOf(s.Samples[i].Sample))
		}
		names, keys = []string{""}, [][]string{of}
		template, err := s.By(templateKey)
		if usage := (*hint.UsageError)(nil); errors.As(err, &usage) {
			return names, keys, nil
		}
		return append(names, templateKey), append(keys, template), err
	}
	for _, key := range s.opt.Group {
		var of []string
		for r, run := range s.Runs {
			values, _, err := label.Of(run.Dir, s.of(r), key)
			if err != nil {
				return nil, nil, err
			}
			of = append(of, values...)
		}
		names, keys = append(names, key), append(keys, of)
	}
	return names, keys, nil
}

// questionOf names what a sample asks.
func questionOf(s *rundir.Sample) string {
	switch {
	case text(s.Question) != "":
		return "question " + *s.Question
	case text(s.Pair) != "":
		return "pair " + *s.Pair
	}
	return "prompt " + strings.TrimSuffix(s.PromptID, "/"+text(s.Followup)) // that of the answer
}

// count counts the groups.
func (s *Set) count() {
	have := map[string][2]bool{}
	for i := range s.Samples {
		x := &s.Samples[i]
		of := have[x.Group]
		of[number(x.Positive)] = true
		have[x.Group] = of
	}
	s.Groups = Groups{All: len(have)}
	for _, of := range have {
		switch {
		case of[0] && of[1]:
			s.Groups.Both++
			fallthrough
		case of[1]:
			s.Groups.Positive++
		}
		if of[0] {
			s.Groups.Negative++
		}
	}
}

// leaks refuses groups that have samples in two splits.
func (s *Set) leaks() error {
	first := map[string]int{}
	for i := range s.Samples {
		x := &s.Samples[i]
		if text(x.Split) == "" {
			continue
		}
		at, there := first[x.Group]
		if !there {
			first[x.Group] = i
			continue
		}
		if y := &s.Samples[at]; *y.Split != *x.Split {
			return hint.Usage(fmt.Errorf("the group %q is on two sides of a split: %s is in %s, %s in %s", x.Group, s.says(y), *y.Split, s.says(x), *x.Split),
				"split by group, since a probe that has seen a question knows its answer; leave samples out by a condition; or ignore the splits of the runs")
		}
	}
	return nil
}
