// Package simulate makes runs with interventions whose effects are known, for tests: no
// model runs.
package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"

	"intentprobe/storage"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// hook is the only column of the activations, which are zeros.
const hook = "blocks.0.hook_resid_post"

// Write writes samples as a finished run, with one row of activations each, in one group.
// Of each sample it fills in what the writer and a reader of the format need; ids are the
// places in the list. Errors are the writer's.
func Write(dir string, arms []rundir.Arm, samples []rundir.Sample) error {
	m := &rundir.Manifest{
		Spec: []byte(`{}`), Hooks: []rundir.Hook{{Name: hook, Shape: []int{2}}}, Arms: arms,
		Plan: &rundir.Plan{Samples: int64(len(samples)), GroupSamples: max(1, len(samples))},
	}
	optional := []string{"arm", "edited_tokens", "edit_norm", "edit_ratio", "kl"}
	if len(arms) == 0 {
		optional = nil
	}
	w, err := storage.Create(storage.Config{
		Dir: filepath.Clean(dir), Manifest: m, Rows: 16, Optional: optional,
		Columns: []arrowfile.Column{{Name: hook, Shape: []int{2}, DType: arrowfile.Float32}},
	})
	if err != nil {
		return err
	}
	defer w.Close()
	for _, s := range samples {
		if err := writeSample(w, s); err != nil {
			return err
		}
	}
	if err := w.Commit(); err != nil {
		return err
	}
	_, err = w.Finish(rundir.Complete, nil)
	return err
}

func writeSample(w *storage.Writer, s rundir.Sample) error {
	if s.Meta == "" {
		s.Meta = "{}"
	}
	if s.FinishReason == "" {
		s.FinishReason = "length"
	}
	s.PromptTokens = max(s.PromptTokens, 1)
	out := w.Begin(1)
	if _, err := out.Reserve(); err != nil {
		return err
	}
	if err := out.Add(rundir.Row{Logprob: float32(math.NaN()), Entropy: float32(math.NaN()), Turn: -1}); err != nil {
		return err
	}
	return out.End(s)
}

// Design is an experiment with declared effects. D of none is normal around 0 between
// questions and samples; every arm adds to it a mean effect, one that varies between
// questions, and one that varies between samples.
type Design struct {
	Questions int
	Samples   int       // of each question
	Doses     []float64 // arms lie@DOSE of an `add`
	Slope     float64   // effect of lie a unit of dose, nats
	Bend      float64   // and of its square
	Predict   string    // up, down or nothing

	// Controls of the first dose.
	Random, Covariance int
	ControlSD          float64 // of the mean effects of controls
	Opposite           bool
	Unrelated          float64 // effect of the unrelated direction; 0: there is none
	Prompt             float64 // effect of the arm prompt; 0: there is none

	SDQuestion, SDSample float64 // of effects
	Mass                 float64 // of the options in none; 0: 0.8
	MassLeft             float64 // share of it that is left in lie's arms; 0: all
	Seed                 uint64
}

// arm is an arm with its mean effect.
type arm struct {
	rundir.Arm
	effect, left float64
}

// Make gives the arms and the samples of a design, in the order of a run: samples outside,
// arms inside; of a design without doses none. The options are verdict:TRUE and
// verdict:FALSE.
func (d Design) Make() ([]rundir.Arm, []rundir.Sample) {
	g := rand.New(rand.NewPCG(d.Seed, 18)) //nolint:gosec // a simulation
	if len(d.Doses) == 0 {
		return nil, nil
	}
	list := d.arms(g)
	arms := make([]rundir.Arm, len(list))
	for i := range list {
		arms[i] = list[i].Arm
	}
	var out []rundir.Sample
	mass := d.Mass
	if mass == 0 {
		mass = 0.8
	}
	for q := range d.Questions {
		question := fmt.Sprintf("q%03d", q)
		base := 2 * g.NormFloat64()
		tilts := make([]float64, len(list))
		for i := range tilts {
			tilts[i] = d.SDQuestion * g.NormFloat64()
		}
		for n := range max(1, d.Samples) {
			own := base + g.NormFloat64()
			for i, a := range list {
				logit, left := own, 1.0
				if i > 0 {
					logit += a.effect + tilts[i] + d.SDSample*g.NormFloat64()
					left = a.left
				}
				out = append(out, sampleOf(a.Arm, question, int32(n), logit, mass*left))
			}
		}
	}
	return arms, out
}

// sampleOf makes a sample whose options have a log-probability difference and a mass.
func sampleOf(a rundir.Arm, question string, n int32, logit, mass float64) rundir.Sample {
	p := mass / (1 + math.Exp(-logit))
	s := rundir.Sample{
		PromptID: question + "/pressed", Question: &question, Sample: n, Arm: &a.Name, FinishReason: "length",
		Alternatives: []string{"verdict:TRUE", "verdict:FALSE"}, AlternativeLogprobs: []float64{math.Log(p), math.Log(mass - p)},
	}
	if a.Kind != "none" {
		kl := math.Abs(logit) / 10
		s.EditedTokens, s.EditNorm, s.EditRatio, s.KL = 1, new(1.0), new(0.1), &kl
	}
	return s
}

func (d Design) arms(g *rand.Rand) []arm {
	left := d.MassLeft
	if left == 0 {
		left = 1
	}
	out := []arm{{rundir.Arm{Name: rundir.ArmNone, Kind: "none"}, 0, 1}}
	add := func(name, kind, of string, scale, effect, left float64) {
		edit := rundir.ArmEdit{Intervention: "lie", Do: "add", Points: []string{hook}, Scale: &scale, Unit: "gap", Tokens: "prompt[-1]", Predict: d.Predict}
		out = append(out, arm{rundir.Arm{Name: name, Kind: kind, Of: of, Edits: []rundir.ArmEdit{edit}}, effect, left})
	}
	for _, dose := range d.Doses {
		add(fmt.Sprintf("lie@%v", dose), "edit", "", dose, d.effect(dose), left)
	}
	dose := d.Doses[0]
	of := out[1].Name
	for i := range d.Random {
		add(fmt.Sprintf("%s/random.%d", of, i+1), "random", of, dose, d.ControlSD*g.NormFloat64(), 1)
	}
	for i := range d.Covariance {
		add(fmt.Sprintf("%s/covariance.%d", of, i+1), "covariance", of, dose, d.ControlSD*g.NormFloat64(), 1)
	}
	if d.Opposite {
		add(of+"/opposite", "opposite", of, -dose, d.effect(-dose), 1)
	}
	if d.Unrelated != 0 {
		add(of+"/unrelated", "unrelated", of, dose, d.Unrelated, 1)
	}
	if d.Prompt != 0 {
		out = append(out, arm{rundir.Arm{Name: "prompt", Kind: "prompt"}, d.Prompt, 1})
	}
	return out
}

func (d Design) effect(dose float64) float64 { return d.Slope*dose + d.Bend*dose*dose }
