package verify

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

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

// Report is what Verify found.
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

// Run checks a run directory against every promise of docs/format.md. Each
// file is read once, front to back; memory holds a few MiB and some tens of
// bytes a sample. With quick nothing is checked that would need activations to be
// read: neither the rows of these files nor their sha256.
//
// The error is not about damage, which is listed in the Verification: it wraps
// ErrNoRecord, is a *FormatError, comes from the folder itself, or is that of the
// context.
func Run(ctx context.Context, dir string, quick bool) (*Report, error) {
	if !disk.Exists(dir, rundir.ManifestName) && !disk.Exists(dir, rundir.JournalName) {
		if _, err := os.Stat(dir); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w and no %s in %s", rundir.ErrNoRecord, rundir.JournalName, dir)
	}
	if err := rundir.Readable(dir); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	v := &verifier{ctx: ctx, dir: dir, quick: quick, out: Report{Path: dir, Problems: []Problem{}, Foreign: []string{}}}
	v.guard(rundir.ManifestName, func() {
		if v.manifest() {
			v.folder()
			v.beside(entries)
			v.dataset()
			v.data()
			v.labels()
		}
	})
	v.out.OK = len(v.out.Problems) == 0
	return &v.out, ctx.Err()
}

// NotFinished gives the error that the run does not hold all its samples; nil where
// it does, or where its manifest cannot be read.
func (v *Report) NotFinished() *rundir.NotFinishedError {
	if v.Manifest == nil || v.Finished {
		return nil
	}
	return rundir.NotFinished(v.Path, v.Manifest)
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

	files   map[string]rundir.FileInfo // that are listed and there
	groups  []rundir.Group
	columns []arrowfile.Column // of the first activations file; the others must have the same
	prompts map[promptSample]struct{}
	ids     []arrowfile.Span // of the samples that are there
	infs    []int64          // float16 infinities by column
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

// data checks the data files, of each group the samples first: they say what
// the activations must be.
func (v *verifier) data() {
	v.prompts = map[promptSample]struct{}{}
	v.infs = make([]int64, len(v.m.Hooks))
	for _, g := range v.groups {
		if v.ctx.Err() != nil {
			break
		}
		var samples *sampleTable
		name := rundir.GroupFile("samples", g.Number)
		first := v.samples
		switch {
		case v.m.Plan != nil:
			first = g.FirstSample
		case v.m.Status == rundir.Recovered: // groups may be lost between the others
			if samples, err := rundir.ReadSamples(filepath.Join(v.dir, name)); err == nil && len(samples) > 0 {
				first = max(first, samples[0].SampleID)
			}
		}
		if info, ok := v.files[name]; ok {
			v.guard(name, func() { samples = v.samplesFile(info, first, rundir.GroupFile("activations", g.Number)) })
		}
		v.ids = append(v.ids, arrowfile.Span{From: first, To: first + g.Samples})
		name = rundir.GroupFile("activations", g.Number)
		if info, ok := v.files[name]; ok && !v.shapeless {
			v.guard(name, func() { v.activationsFile(info, samples) })
		}
	}
	if v.ctx.Err() != nil || len(v.out.Problems) > 0 {
		return // counts would only repeat what is wrong
	}
	if v.samples != v.m.Samples {
		v.add(rundir.ManifestName, "samples", "is %d; the files hold %d", v.m.Samples, v.samples)
	}
	if v.rows != v.m.Rows {
		v.add(rundir.ManifestName, "rows", "is %d; the files hold %d", v.m.Rows, v.rows)
	}
	for i, n := range v.infs {
		if h := v.m.Hooks[i]; n > h.Float16Overflows {
			v.add(rundir.ManifestName, "hooks", "%s has %d float16 overflows; the files hold %d infinite values", h.Name, h.Float16Overflows, n)
		}
	}
}
