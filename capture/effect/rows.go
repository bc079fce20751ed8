package effect

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
)

// Measure is a row of the file that Write writes: one measure of one arm.
type Measure struct {
	Arm       string   `json:"arm"` // of a dose curve: its name
	Kind      string   `json:"kind"`
	Of        *string  `json:"of"`
	Predict   *string  `json:"predict"`
	Measure   string   `json:"measure"`
	Against   string   `json:"against"` // none, or a kind of controls
	Mean      float64  `json:"mean"`
	Low       *float64 `json:"low"`
	High      *float64 `json:"high"`
	SD        *float64 `json:"sd"`
	P         *float64 `json:"p"`         // of a rank of controls: that
	Corrected *float64 `json:"corrected"` // after Holm; of the change of tested arms
	Samples   int64    `json:"samples"`
	Questions int64    `json:"questions"`
	DF        int64    `json:"df"`
	Verdict   *string  `json:"verdict"` // of the arm
}

// Measures gives the report as rows: of each arm all that was measured, then the curves.
func (r *Report) Measures() (out []Measure) {
	for _, a := range r.Arms {
		add := func(measure, against string, e *Estimate) *Measure {
			if e == nil {
				return &Measure{}
			}
			m := measureOf(measure, against, e)
			m.Arm, m.Kind, m.Of, m.Predict = a.Name, a.Kind, orNil(a.Of), orNil(a.Predict)
			if a.Verdict != nil {
				m.Verdict = &a.Verdict.Word
			}
			out = append(out, m)
			return &out[len(out)-1]
		}
		add("change", "none", a.Change).Corrected = a.Corrected
		add("mass_change", "none", a.MassChange)
		if a.Flips != nil {
			add("net_flips", "none", a.Flips.Net)
		}
		add("backwards", "none", a.Backwards)
		add("kl", "none", a.KL)
		if a.Text != nil {
			add("text_nats", "none", a.Text.Nats)
		}
		if a.NIE != nil {
			add("nie", "none", a.NIE.Value)
		}
		for _, c := range a.Controls {
			add("change", c.Kind, c.Difference)
			if c.Rank != nil {
				add("rank", c.Kind, &Estimate{Mean: *c.Rank, P: c.Rank, Samples: len(c.Arms)})
			}
		}
	}
	for _, c := range r.Curves {
		for _, one := range []struct {
			name string
			e    *Estimate
		}{{"slope", c.Slope}, {"tau", c.Tau}} {
			m := measureOf(one.name, "none", one.e)
			m.Arm, m.Kind = c.Name, "curve"
			out = append(out, m)
		}
	}
	return out
}

func measureOf(measure, against string, e *Estimate) Measure {
	return Measure{
		Measure: measure, Against: against, Mean: e.Mean, Low: e.Low, High: e.High, SD: e.SD, P: e.P,
		Samples: int64(e.Samples), Questions: int64(e.Questions), DF: int64(e.DF),
	}
}

// sampleOf gives what an arm changed of one sample.
func sampleOf(arm string, p pair, direction float64) Sample {
	s := Sample{
		Arm: arm, SampleID: p.arm.id, NoneID: p.none.id, Question: p.arm.question, PromptID: p.arm.prompt, Sample: p.arm.sample,
		D: finiteOrNil(p.arm.d), DNone: finiteOrNil(p.none.d), Change: finiteOrNil(p.change()),
		Mass: finiteOrNil(p.arm.mass), MassNone: finiteOrNil(p.none.mass), KL: finiteOrNil(p.arm.kl),
	}
	if s.Change != nil {
		s.Flip = new(int32(flipped(p)))
		if direction != 0 {
			s.Backwards = new(int32(0))
			if *s.Change*direction < 0 {
				*s.Backwards = 1
			}
		}
	}
	return s
}

// SamplesPath is where Write writes the samples beside the measures: FILE.samples.arrow.
func SamplesPath(path string) string { return strings.TrimSuffix(path, ".arrow") + ".samples.arrow" }

// ErrExists says that a file is there already.
var ErrExists = errors.New("is there already")

// CheckPath refuses, before anything is read, a path that Write would refuse: of another
// ending than .arrow, in the run, or, unless it may be replaced, of a file that is there.
// Errors wrap ErrExists there.
func CheckPath(path, run string, overwrite bool) error {
	if err := disk.CheckEnding(path, "a table of effects", ".arrow"); err != nil {
		return err
	}
	if disk.Within(path, run) {
		return hint.Usage(fmt.Errorf("%s lies in the run directory %s, which holds nothing but the run", path, run), "choose a place beside it")
	}
	for _, p := range []string{path, SamplesPath(path)} {
		info, err := os.Lstat(p)
		if err == nil && (!overwrite || info.IsDir()) {
			return hint.Usage(fmt.Errorf("%s %w", p, ErrExists), "choose another name, or add ", hint.Option("overwrite"))
		}
	}
	return nil
}

// Write writes the measures to an Arrow file, and what changed of each sample beside it, to
// SamplesPath. Each file is whole or not there. Errors are those of CheckPath, or come from
// the file system.
func (r *Report) Write(fs disk.FS, path string, overwrite bool) error {
	if err := CheckPath(path, r.Run, overwrite); err != nil {
		return err
	}
	if err := arrowfile.WriteRows(fs, SamplesPath(path), r.Effects, "capture.table", "effect_samples"); err != nil {
		return err
	}
	return arrowfile.WriteRows(fs, path, r.Measures(), "capture.table", "effect")
}

func finiteOrNil(x float64) *float64 {
	if !finite(x) {
		return nil
	}
	return &x
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
