package verify

import (
	"context"
	"fmt"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// verifySpec is the part of the spec that says what rows there must be. A run
// whose spec does not say is held to less.
type verifySpec struct {
	Generate struct {
		Seed *int64 `json:"seed"`
	} `json:"generate"`
	Capture struct {
		Tokens   string   `json:"tokens"`
		Logprobs string   `json:"logprobs"`
		Reduce   []string `json:"reduce"`
		Rows     *bool    `json:"rows"`
	} `json:"capture"`
}

// noRows says that rows were reduced and not written.
func (s *verifySpec) noRows() bool { return s.Capture.Rows != nil && !*s.Capture.Rows }

// maxProblems is how many problems a verification lists; it counts the rest.
const maxProblems = 100

// Problem is one promise of docs/format.md that a run does not keep.
type Problem struct {
	File  string `json:"file"`
	Where string `json:"where"` // column, row of the file, sample; as far as known
	What  string `json:"what"`
	Kind  Kind   `json:"-"`
}

// Kind tells problems apart that call for something else to be done.
type Kind int

// The kinds of problems.
const (
	Broken   Kind = iota // something is not as promised
	Checksum             // the bytes of a file are others than when it was written; what they are now may be as promised
)

// String gives the problem as a line: file, place, what is wrong.

func (p Problem) String() string {
	if p.Where == "" {
		return p.File + ": " + p.What
	}
	return p.File + ": " + p.Where + ": " + p.What
}

// Report is what Run found.
type Report struct {
	Path     string    `json:"path"`
	Status   string    `json:"status"` // of the manifest; Unfinished where the journal speaks for it
	OK       bool      `json:"ok"`
	Problems []Problem `json:"problems"`
	More     int       `json:"more_problems,omitempty"` // found and not listed
	Files    int       `json:"files"`                   // data files of the manifest
	Rows     int64     `json:"rows"`                    // of activations, as the manifest counts them
	Samples  int64     `json:"samples"`                 // likewise
	Planned  *int64    `json:"planned_samples"`         // that the run, or its shard, is to have; null where nobody knows
	Finished bool      `json:"finished"`                // all of them are there
	Bytes    int64     `json:"bytes"`                   // of the data files that are there
	Labels   int       `json:"labels"`                  // label tables that are whole
	Foreign  []string  `json:"foreign"`                 // what lies there beside the run: files of others, folders with "/"

	Manifest *rundir.Manifest `json:"-"` // nil where it cannot be read
}

// verifier is a verification under way.
type verifier struct {
	ctx   context.Context
	dir   string
	quick bool
	m     *rundir.Manifest
	spec  verifySpec
	out   Report

	shapeless bool // a hook has no shape, so that no schema can be promised
	unlike    bool // the reductions of the manifest are not those of the spec

	armAt         map[string]int // places of the manifest's arms, by name
	interventions [][]string     // names of each arm's, in order

	probes []probe // of the manifest

	files   map[string]rundir.FileInfo // that are listed and there
	groups  []rundir.Group
	columns []arrowfile.Column // of the first activations file; the others must have the same
	prompts map[promptSample]struct{}
	seeds   map[promptSample]int64 // of samples, whatever their arm; math.MinInt64 for null
	ids     []arrowfile.Span       // of the samples that are there
	infs    []int64                // float16 infinities by column
	samples int64
	rows    int64
}

// add keeps a problem while there is room.
func (v *verifier) add(file, where, what string, args ...any) {
	v.keep(Problem{File: file, Where: where, What: fmt.Sprintf(what, args...)})
}

func (v *verifier) keep(p Problem) {
	if len(v.out.Problems) == maxProblems {
		v.out.More++
		return
	}
	v.out.Problems = append(v.out.Problems, p)
}

// guard turns a panic into a problem of the file: no damage may end the program.
func (v *verifier) guard(file string, check func()) {
	defer func() {
		if p := recover(); p != nil {
			v.add(file, "", "damaged: %v", p)
		}
	}()
	check()
}
