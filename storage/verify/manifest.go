package verify

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// dataFile matches the names that a manifest may list.
var (
	dataFile = regexp.MustCompile(`^(samples|activations)-\d{5,9}\.arrow$`)
)

// manifest reads and checks the manifest by itself; false where it cannot be
// read, so that nothing else can be checked.
func (v *verifier) manifest() bool {
	info, err := os.Lstat(filepath.Join(v.dir, rundir.ManifestName))
	if os.IsNotExist(err) {
		return v.journal()
	}
	if err != nil || !info.Mode().IsRegular() {
		v.add(rundir.ManifestName, "", "is not a plain file")
		return false
	}
	m, err := rundir.ReadManifest(v.dir)
	if err != nil {
		v.add(rundir.ManifestName, "", "%s", disk.Cause(err))
	}
	if m == nil {
		return false
	}
	if !slices.Contains([]string{rundir.Complete, rundir.Interrupted, rundir.Failed, rundir.Recovered}, m.Status) {
		v.add(rundir.ManifestName, "status", "is %q; it must be complete, interrupted, failed or recovered", m.Status)
	}
	if (m.Status == rundir.Failed) != (m.Error != "") {
		v.add(rundir.ManifestName, "error", "is %q; the status is %q", m.Error, m.Status)
	}
	v.described(m)
	return true
}

// journal reads what the journal of a run without a manifest says of it.
func (v *verifier) journal() bool {
	j, err := rundir.ReadJournal(v.dir)
	if err != nil {
		v.add(rundir.JournalName, "", "%s", disk.Cause(err))
	}
	if j == nil || j.Manifest == nil {
		return false
	}
	j.Manifest.Status = rundir.Unfinished
	j.Manifest.Hold(j.Groups)
	v.described(j.Manifest)
	return true
}

// described checks what a manifest says, by itself.
func (v *verifier) described(m *rundir.Manifest) {
	v.m = m
	v.out.Status, v.out.Files, v.out.Rows, v.out.Samples = m.Status, len(m.Files), m.Rows, m.Samples
	v.out.Manifest, v.out.Finished = m, m.Finished()
	if n, known := m.Planned(); known {
		v.out.Planned = &n
	}
	if len(m.Spec) > 0 && json.Unmarshal(m.Spec, &v.spec) != nil {
		v.add(rundir.ManifestName, "spec", "is no spec")
	}
	if m.DType != "" && m.DType != arrowfile.Float32 && m.DType != arrowfile.Float16 {
		v.add(rundir.ManifestName, "dtype", "is %q; it must be float32 or float16", m.DType)
	}
	if m.Engine.MicroBatch < 0 {
		v.add(rundir.ManifestName, "engine", "a micro-batch of %d", m.Engine.MicroBatch)
	}
	v.hooks()
	v.optionals()
	v.arms()
	v.probesListed()
	v.names()
	v.planned()
}

func (v *verifier) hooks() {
	seen := map[string]bool{}
	for _, h := range v.m.Hooks {
		size := 1
		for _, d := range h.Shape {
			if d < 1 || size > (1<<31-1)/d {
				size = 0
				break
			}
			size *= d
		}
		if len(h.Shape) == 0 || size == 0 {
			v.add(rundir.ManifestName, "hooks", "%q has the shape %v", h.Name, h.Shape)
			v.shapeless = true
		}
		if seen[h.Name] {
			v.add(rundir.ManifestName, "hooks", "%q is there twice", h.Name)
		}
		seen[h.Name] = true
		if h.Float16Overflows < 0 {
			v.add(rundir.ManifestName, "hooks", "%q has %d float16 overflows", h.Name, h.Float16Overflows)
		}
	}
}

// names checks the list of files: of groups 0, 1, 2, ... a pair each.
func (v *verifier) names() {
	seen := map[string]bool{}
	for _, f := range v.m.Files {
		switch {
		case !dataFile.MatchString(f.Name):
			v.add(rundir.ManifestName, "files", "%q is no name of a run's file", f.Name)
		case seen[f.Name]:
			v.add(rundir.ManifestName, "files", "%s is listed twice", f.Name)
		case f.Rows < 0 || f.Bytes < 0:
			v.add(rundir.ManifestName, "files", "%s has %s in %s", f.Name, plural.Count(f.Rows, "row"), plural.Count(f.Bytes, "byte"))
		case !rundir.SHA256Text.MatchString(f.SHA256):
			v.keep(Problem{File: rundir.ManifestName, Where: "files", What: fmt.Sprintf("%s: %q is no sha256", f.Name, f.SHA256), Kind: Checksum})
		}
		seen[f.Name] = true
	}
	v.groups = rundir.GroupsOf(v.m)
	for i, g := range v.groups {
		name := rundir.GroupFile("activations", g.Number)
		if !seen[name] {
			v.add(rundir.ManifestName, "files", "%s is not listed", name)
		}
		delete(seen, rundir.GroupFile("samples", g.Number))
		delete(seen, name)
		if v.m.Plan == nil && g.Number != i && v.m.Status != rundir.Recovered {
			v.add(rundir.ManifestName, "files", "%s is not listed", rundir.GroupFile("samples", i))
			return
		}
	}
	for name := range seen {
		if dataFile.MatchString(name) {
			v.add(rundir.ManifestName, "files", "%s is listed and belongs to no group", name)
		}
	}
}

// planned checks the groups against the plan: none too much, each with its own
// samples, and in a complete run all of them.
func (v *verifier) planned() {
	p := v.m.Plan
	if p == nil {
		return
	}
	there := map[int]bool{}
	for _, g := range v.groups {
		there[g.Number] = true
		name := rundir.GroupFile("samples", g.Number)
		if g.Number >= p.Groups() || !v.m.Shard.Holds(g.Number) {
			v.add(rundir.ManifestName, "files", "%s is of no group of the plan", name)
			continue
		}
		if _, n := p.Group(g.Number); g.Samples > n || g.Samples < n && v.m.Status == rundir.Complete {
			v.add(rundir.ManifestName, "files", "%s has %s; its group has %d", name, plural.Count(g.Samples, "sample"), n)
		}
	}
	first, step := 0, 1
	if s := v.m.Shard; s != nil {
		first, step = s.Index-1, s.Of
	}
	for n := first; n >= 0 && n < p.Groups(); n += step { // a damaged step may lead beyond all integers
		if v.m.Status != rundir.Complete || len(v.out.Problems) == maxProblems {
			break
		}
		if !there[n] {
			v.add(rundir.ManifestName, "files", "%s is not listed", rundir.GroupFile("samples", n))
		}
	}
}

// folder checks that the files of the manifest are there, with the right size.
func (v *verifier) folder() {
	v.files = map[string]rundir.FileInfo{}
	for _, f := range v.m.Files {
		if !dataFile.MatchString(f.Name) { // it may lead out of the folder
			continue
		}
		info, err := os.Lstat(filepath.Join(v.dir, f.Name))
		switch {
		case os.IsNotExist(err):
			v.add(f.Name, "", "is missing")
			continue
		case err != nil:
			v.add(f.Name, "", "%v", err)
			continue
		case !info.Mode().IsRegular():
			v.add(f.Name, "", "is not a plain file")
			continue
		case info.Size() != f.Bytes:
			v.add(f.Name, "", "has %s; the manifest says %d", plural.Count(info.Size(), "byte"), f.Bytes)
		}
		v.out.Bytes += info.Size()
		v.files[f.Name] = f
	}
}

// beside tells what else lies in the folder. What others put there is named; a name
// that only a run's file has is a problem, since many readers go by names.
func (v *verifier) beside(entries []fs.DirEntry) {
	foreign, strays := rundir.Beside(entries, v.m)
	v.out.Foreign = append(v.out.Foreign, foreign...)
	for _, name := range strays {
		v.add(name, "", "is not of this run, and has a name that only a run's files have; move it away")
	}
}

// kept checks the files that the run keeps beside its data: prompts, directions.
func (v *verifier) kept() {
	for _, f := range v.m.Kept() {
		if err := disk.CheckSum(filepath.Join(v.dir, f.Name), f.SHA256); err != nil {
			v.add(f.Name, "", "%s", disk.Cause(err))
		}
	}
}
