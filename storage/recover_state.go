package storage

import (
	"errors"
	"fmt"

	"intentprobe/storage/rundir"
)

// ErrNothing says that a folder holds nothing that could be saved.
var ErrNothing = errors.New("nothing of a run that could be saved")

// recovery is a recovery under way.
type recovery struct {
	rundir.Recovery
	dir     string
	m       *rundir.Manifest
	listed  map[int]rundir.Group // that manifest or journal say are there
	numbers []int                // of all groups that are listed or have files
	changed bool                 // the manifest is not as it was written
	w       *Writer
}

// lose keeps what was lost.
func (r *recovery) lose(file string, samples int64, why string, args ...any) {
	r.Lost = append(r.Lost, rundir.Loss{File: file, Samples: samples, Why: fmt.Sprintf(why, args...)})
}

// planned is how many samples a group was to have; negative where nobody knows.
func (r *recovery) planned(number int) int64 {
	if r.m.Plan == nil {
		return -1
	}
	_, n := r.m.Plan.Group(number)
	return n
}

// resumable says whether all is known that it takes to decode what is missing.
func (r *recovery) resumable() bool {
	return !r.changed && r.m.HasSpec() && r.m.Plan != nil && r.m.Dataset.SHA256 != "" && (r.m.Directions == nil || r.m.Directions.SHA256 != "")
}
