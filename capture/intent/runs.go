package intent

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/intent/scenario"
	"intentprobe/capture/spec"
	"intentprobe/storage/disk"
)

// Run is an ordinary run that a study needs.
type Run struct {
	Name string // of its folder
	Spec spec.Spec
	Rows []byte // its data set, JSON lines

	RandomWeights bool // Spec.Model is to be the study's model with random weights (gguf.Shuffle)
}

// Begin writes the data set. One that is there must be the same: another study was asked in
// that folder. The error is then a *hint.UsageError.
func (r *Run) Begin(files disk.FS) error {
	path := r.Spec.Prompts.File
	if there, err := os.ReadFile(path); err == nil {
		if !bytes.Equal(there, r.Rows) {
			return hint.Usage(fmt.Errorf("%s was asked other questions than these", r.Spec.Out), "name another folder with ", hint.Key("out"))
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return disk.WriteWhole(files, path, r.Rows)
}

// Names of runs, and of the folder that they lie in.
const (
	folder    = "runs"
	behaviour = "behaviour"
	pairs     = "pairs"
	control   = "control-"
	swapped   = "swap"
	random    = "random-weights"
)

// dirOf is where a run of a study in a folder lies.
func dirOf(dir, name string) string { return filepath.Join(dir, folder, name) }

// datasetOf is where its data set lies.
func datasetOf(dir, name string) string { return filepath.Join(dir, folder, name+".jsonl") }

// NewRun is a run of rows in a study's folder that samples nothing and captures next to
// nothing. base says which model runs how.
func NewRun(base spec.Spec, dir, name string, rows []byte) Run {
	base.Prompts = spec.Prompts{File: datasetOf(dir, name)}
	base.Generate.MaxTokens, base.Generate.Samples = 0, 1
	base.Capture.Hooks, base.Capture.Tokens, base.Capture.Logprobs = []string{"resid_post:-1"}, "last", "none"
	base.Out = dirOf(dir, name)
	return Run{Name: name, Spec: base, Rows: rows}
}

// arms of the interchange.
const (
	armVariable = "variable" // that which is said to foresee
	armUnused   = "unused"   // another one, which nothing reads
	armRandom   = "random"   // a random subspace as large
)

// Runs are the runs of a study, whose folder is dir. base says which model runs how; what is
// asked and captured is the study's.
func (s *Study) Runs(base spec.Spec, dir string) (out []Run, err error) {
	add := func(name string, write func(*bytes.Buffer) error, change func(*spec.Spec)) {
		if err != nil {
			return
		}
		var rows bytes.Buffer
		if err = write(&rows); err != nil {
			return
		}
		of := NewRun(base, dir, name, rows.Bytes())
		change(&of.Spec)
		out = append(out, of)
	}
	answer := []spec.Alternatives{{Name: "answer", Options: scenario.Options}}
	add(behaviour, func(b *bytes.Buffer) error { return scenario.Write(b, s.Questions) }, func(of *spec.Spec) { of.Alternatives = answer })
	if r := s.ReadOut; r != nil {
		reads := func(of *spec.Spec) { of.Capture.Hooks, of.Pairs.Allow = []string{"resid_post"}, true }
		add(pairs, func(b *bytes.Buffer) error { return scenario.WriteTold(b, r.Pairs) }, reads)
		for _, kind := range r.kinds() {
			add(control+kind, func(b *bytes.Buffer) error { return scenario.WriteTold(b, r.Controls[kind]) }, reads)
		}
	}
	if x := s.Swaps; x != nil {
		for _, last := range x.places() {
			add(fmt.Sprint(swapped, last), func(b *bytes.Buffer) error { return scenario.WriteSwaps(b, x.Swaps, last) }, func(of *spec.Spec) {
				of.Alternatives, of.Pairs.Allow, of.Interventions = answer, true, x.interventions(last)
			})
		}
	}
	if x := s.Swaps; x != nil {
		moving := x.moving()
		add(random, func(b *bytes.Buffer) error { return scenario.WriteSwaps(b, moving, moving[0].Last) }, func(of *spec.Spec) {
			of.Alternatives, of.Pairs.Allow, of.Interventions = answer, true, x.interventions(moving[0].Last)[:1]
			of.Model = filepath.Join(dir, random+".gguf")
			of.Interventions[0].Force = true // the direction is the trained model's
		})
		if err == nil {
			out[len(out)-1].RandomWeights = true
		}
	}
	return out, err
}

// moving are the swaps that must change a decision, at the token of the first one.
func (x *Interchange) moving() (out []scenario.Swap) {
	for _, s := range x.Swaps {
		if s.Must() == scenario.Moves && (len(out) == 0 || s.Last == out[0].Last) {
			out = append(out, s)
		}
	}
	return out
}

// places are the tokens that are swapped, counted from the end.
func (x *Interchange) places() (out []int) {
	for _, s := range x.Swaps {
		out = append(out, s.Last)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// interventions swap the variable, and what must change nothing.
func (x *Interchange) interventions(last int) []spec.Intervention {
	of := func(name string, v spec.Vector) spec.Intervention {
		return spec.Intervention{Name: name, At: spec.Words{x.Point}, Do: "swap", Vector: v, From: spec.Origin{Pair: true}, Align: "from_end", Tokens: tokenAt(last)}
	}
	variable := x.File + "#" + x.Vector
	out := []spec.Intervention{
		of(armVariable, spec.Vector{Ref: variable}),
		of(armRandom, spec.Vector{Random: &spec.Random{Like: armVariable, Seed: 7}}), // by name: a path would be in the draw
	}
	if x.Unused != "" {
		out = append(out, of(armUnused, spec.Vector{Ref: x.File + "#" + x.Unused}))
	}
	return out
}

// tokenAt selects the token that is so far from the end of the prompt.
func tokenAt(last int) string {
	if last == -1 {
		return "prompt[-1]"
	}
	return fmt.Sprintf("prompt[%d:%d]", last, last+1)
}
