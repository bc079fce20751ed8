package data

import (
	"errors"
	"fmt"
	"sync/atomic"

	"intentprobe/capture/hint"
	"intentprobe/capture/label"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/storage/rundir"
)

// Set are the samples that a probe is fitted to or held against, in the order in which
// spaces read them. A set is not changed once it is open, and its spaces may be read at the
// same time.
type Set struct {
	Runs               []*Run
	Samples            []Sample
	Positive, Negative string // the classes
	Points             []string
	Rules              []Rule // of tokens
	Groups             Groups
	Notes              []string // what a reader of figures has to know, a sentence each

	Unpaired int // samples without the other half of their pair, which are left out where Options.Side is given

	opt    Options
	pairs  *pairs // nil without Options.Side
	passes atomic.Int64
}

// Passes is how often the rows of a point under a rule of tokens were read from the files, all
// points and rules together.
func (s *Set) Passes() int { return int(s.passes.Load()) }

// Sample is one with its class and group. Texts, condition, style, lengths and the
// log-probability of the response are those of the rundir.Sample; its column group, which
// is often the topic, is Sample.Sample.Group.
type Sample struct {
	*rundir.Sample
	Run      int // index into Set.Runs
	Positive bool
	Group    string // "question France": of independent units
	Text     string // name of what the model read, the same for the same text; "": nothing is known

	index int // among the chosen samples of its run
}

// Rule is a token rule, by which rows are chosen.
type Rule struct {
	Tokens  string   // an expression; empty: all rows
	Without [2]int64 // samples (negative, positive) that have no such row, or too few for Options.Score: they are left out under every rule

	sample []int32 // of each token, in the order of reading; nil where rows are samples
}

// Groups count the independent units.
type Groups struct {
	Positive int // with a positive sample
	Negative int // with a negative one
	Both     int // with samples of both classes
	All      int
}

// Of is how many samples are (negative, positive).
func (s *Set) Of() (n [2]int) {
	for i := range s.Samples {
		n[number(s.Samples[i].Positive)]++
	}
	return n
}

func number(positive bool) int {
	if positive {
		return 1
	}
	return 0
}

// Cases gives the samples to package nested; cells are those of its folds. Labels are
// exchanged within a run, or within runs that share groups.
func (s *Set) Cases(cells []int8) nested.Cases {
	c := nested.Cases{Cell: cells}
	var runs []string
	for i := range s.Samples {
		x := &s.Samples[i]
		c.Positive, c.Group = append(c.Positive, x.Positive), append(c.Group, x.Group)
		runs = append(runs, s.Runs[x.Run].Dir)
	}
	if len(s.Runs) > 1 {
		c.Stratum, _ = metric.Join(runs, c.Group) // both are as long as the samples
	}
	return c
}

// Labels gives the class of each sample by its name.
func (s *Set) Labels() (out []string) {
	for i := range s.Samples {
		if s.Samples[i].Positive {
			out = append(out, s.Positive)
		} else {
			out = append(out, s.Negative)
		}
	}
	return out
}

// ByGroup gives the group of each sample.
func (s *Set) ByGroup() (out []string) {
	for i := range s.Samples {
		out = append(out, s.Samples[i].Group)
	}
	return out
}

// BySplit gives the split of each sample, as the run has it; "" where it has none.
func (s *Set) BySplit() (out []string) {
	for i := range s.Samples {
		out = append(out, text(s.Samples[i].Split))
	}
	return out
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// By gives what a key says of each sample, "" where it says nothing: a label table, a column
// of samples or a key of the row, as label.Of has them; "run" is the name of the run. The
// error is a *hint.UsageError where no run has the key, or comes from the files.
func (s *Set) By(key string) ([]string, error) {
	var out []string
	var missing error
	found := false
	for r, run := range s.Runs {
		of := s.of(r)
		if key == "run" {
			for range of {
				out = append(out, run.Name)
			}
			continue
		}
		values, _, err := label.Of(run.Dir, of, key)
		if usage := (*hint.UsageError)(nil); errors.As(err, &usage) {
			missing, values = err, make([]string, len(of))
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", run.Dir, err)
		} else {
			found = true
		}
		out = append(out, values...)
	}
	if missing != nil && !found {
		return nil, missing
	}
	return out, nil
}

// of gives the samples of a run, which lie one after another.
func (s *Set) of(run int) (out []*rundir.Sample) {
	for i := range s.Samples {
		if s.Samples[i].Run == run {
			out = append(out, s.Samples[i].Sample)
		}
	}
	return out
}
