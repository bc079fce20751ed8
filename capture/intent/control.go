package intent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/intent/ladder"
	"intentprobe/models/phantom/intents"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// Calibration is what the ladder said of the phantoms (rung 0), on one program, engine and
// kind of CPU.
type Calibration struct {
	Key      string     `json:"key"` // of program, engine, CPU and phantoms
	Tool     string     `json:"tool"`
	Engine   string     `json:"engine"`
	CPU      []string   `json:"cpu_features"`
	Size     Size       `json:"size"`
	Verdicts []Declared `json:"verdicts"`
}

// Declared is the verdict on a phantom beside those that are right.
type Declared struct {
	Phantom string        `json:"phantom"`
	Outcome string        `json:"outcome"`
	Right   []ladder.Word `json:"right"`
	Got     ladder.Word   `json:"got"`
	Because string        `json:"because"`
}

// OK says whether the verdict is right.
func (d Declared) OK() bool { return slices.Contains(d.Right, d.Got) }

// Plan lists the phantoms and outcomes that verdicts are declared for.
func Plan() (out []Declared) {
	for _, name := range intents.Names() {
		for _, outcome := range intents.Outcomes {
			if right := intents.Declared(name, outcome); right != nil {
				d := Declared{Phantom: name, Outcome: outcome}
				for _, w := range right {
					d.Right = append(d.Right, ladder.Word(w))
				}
				out = append(out, d)
			}
		}
	}
	return out
}

// Calibrated starts a record for the program and the machine that made a run.
func Calibrated(m *rundir.Manifest) *Calibration {
	c := &Calibration{Tool: m.Tool.Version + " " + m.Tool.Commit, Engine: strings.Join([]string{m.Engine.Version, m.Engine.GgmlVersion, m.Engine.Commit, m.Engine.Options}, " "), CPU: m.Engine.CPUFeatures}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %q", c.Tool, c.Engine, c.CPU)
	for _, name := range intents.Names() {
		gguf, _ := intents.Model(name) // it is there
		fmt.Fprintf(sum, " %x", sha256.Sum256(gguf))
	}
	c.Key = hex.EncodeToString(sum.Sum(nil))[:16]
	return c
}

// path is where a record is kept in a folder.
func (c *Calibration) path(dir string) string { return filepath.Join(dir, "control-"+c.Key+".json") }

// Keep writes the record into a folder.
func (c *Calibration) Keep(dir string) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	return disk.WriteWhole(disk.OS{}, c.path(dir), append(text, '\n'))
}

// Kept reads the record of the same program and machine in a folder; nil where there is none.
func (c *Calibration) Kept(dir string) (*Calibration, error) {
	text, err := os.ReadFile(c.path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	kept := &Calibration{}
	if err := json.Unmarshal(text, kept); err != nil {
		return nil, fmt.Errorf("%s: %w", c.path(dir), err)
	}
	return kept, nil
}

// Outcome passes if every declared verdict is right; nothing was judged by no record.
func (c *Calibration) Outcome() ladder.Control {
	if c == nil {
		return ladder.Control{Outcome: ladder.NotRun, Note: "the phantoms were not judged by this program on this kind of CPU; `capture intent control` does it"}
	}
	var wrong []string
	for _, want := range Plan() {
		i := slices.IndexFunc(c.Verdicts, func(d Declared) bool { return d.Phantom == want.Phantom && d.Outcome == want.Outcome })
		switch {
		case i < 0:
			wrong = append(wrong, want.Phantom+" ("+want.Outcome+"): not judged")
		case !slices.Contains(want.Right, c.Verdicts[i].Got):
			wrong = append(wrong, fmt.Sprintf("%s (%s): %s", want.Phantom, want.Outcome, c.Verdicts[i].Got))
		}
	}
	if len(wrong) > 0 {
		return ladder.Control{Outcome: ladder.Refuted, Note: strings.Join(wrong, "; ")}
	}
	return ladder.Control{Outcome: ladder.Pass, Note: fmt.Sprintf("%d declared verdicts are right", len(c.Verdicts))}
}
