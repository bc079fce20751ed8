package rundir

import "fmt"

// Plan says which samples the run has and how they are grouped.
type Plan struct {
	Samples      int64 `json:"samples"`       // of the whole run, with all its shards
	GroupSamples int   `json:"group_samples"` // of each group but the last
}

// Groups is how many groups the plan has.
func (p Plan) Groups() int {
	return int((p.Samples + int64(p.GroupSamples) - 1) / int64(p.GroupSamples))
}

// mostGroups is how many groups have names.
const mostGroups = 1_000_000_000

// Group gives the samples of a group: the id of the first, and how many.
func (p Plan) Group(number int) (first, samples int64) {
	first = int64(number) * int64(p.GroupSamples)
	return first, min(int64(p.GroupSamples), p.Samples-first)
}

// Shard is a share of a run: every Of-th of its groups, from the Index-th on.
type Shard struct {
	Index int `json:"index"` // from 1
	Of    int `json:"of"`
}

// Holds says whether a group is of this shard; a nil shard holds all.
func (s *Shard) Holds(group int) bool { return s == nil || group%s.Of == s.Index-1 }

// String gives the shard as it is written on command lines: 2/4.
func (s *Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }
