package decode

import "intentprobe/storage/rundir"

// Watched is a token of a response that was read and may have a row, or the end of a sample.
// Samples that are decoded together are told of by turns.
type Watched struct {
	Sample   int64 // id
	PromptID string
	Arm      string // empty without arms
	Followup string // name; empty of others
	Row      rundir.Row
	Ended    bool // no token: the sample has ended
}

// watch tells whoever watches the run of a token, nil for the end of the sample.
func (r *Runner) watch(s *sequence, row *rundir.Row) {
	if r.Watch == nil || row != nil && s.phase(int(row.Position)-s.start) != phaseResponse {
		return
	}
	w := Watched{Sample: s.sink.ID(), PromptID: s.job.ID(), Ended: row == nil}
	if row != nil {
		w.Row = *row
	}
	if s.job.Arm != nil {
		w.Arm = s.job.Arm.Name
	}
	if s.job.Followup != nil {
		w.Followup = s.job.Followup.Name
	}
	r.Watch(w)
}
