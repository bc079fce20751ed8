package decode

import (
	"context"
	"io"

	"intentprobe/capture/plan"
)

// Source gives a Runner its work. The groups of a planned run are one source
// (PlannedGroups); a queue of requests can be another.
type Source interface {
	// Samples is how many samples are to come in all, 0 where that is not known. It is
	// asked before the first Next, for Progress.
	Samples() int

	// Next gives the next group, and io.EOF after the last one. It may wait, but no
	// longer than until ctx ends. The Runner calls it only between groups: all that it
	// was given before is committed, and stays so whatever Next returns. An error but
	// io.EOF ends the run, and Runner.Run gives it back.
	Next(ctx context.Context) (*JobGroup, error)
}

// JobGroup is the samples that are decoded together and committed together. The Runner
// reads it until it asks for the next one. The follow-ups of a sample come right after
// it. Jobs are planned for the Runner's Prepared: no longer than its Context, with no
// more follow-ups and alternatives than it has room for.
type JobGroup struct {
	Number int   // of the group in the run
	First  int64 // id of the first sample
	Jobs   []plan.Job
}

// PlannedGroups is the source of these groups of a planned run, in this order.
func PlannedGroups(p *plan.Prepared, numbers []int) Source { return &plannedGroups{p, numbers} }

// plannedGroups is what is left of a planned run.
type plannedGroups struct {
	p    *plan.Prepared
	left []int // numbers of groups
}

func (s *plannedGroups) Samples() (n int) {
	for _, number := range s.left {
		jobs, _ := s.p.Group(number)
		n += len(jobs)
	}
	return n
}

func (s *plannedGroups) Next(context.Context) (*JobGroup, error) {
	if len(s.left) == 0 {
		return nil, io.EOF
	}
	number := s.left[0]
	s.left = s.left[1:]
	jobs, first := s.p.Group(number)
	return &JobGroup{Number: number, First: first, Jobs: jobs}, nil
}
