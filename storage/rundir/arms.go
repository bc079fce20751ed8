package rundir

import (
	"maps"
	"slices"

	"intentprobe/storage/arrowfile"
)

// Directions says which directions a run used. They lie in the run as DirectionsName.
type Directions struct {
	File   string `json:"file"` // DirectionsName
	SHA256 string `json:"sha256"`
}

// Probe is a direction that scored the rows of a run while they were computed. Row columns
// and the pooled ones of samples are named after it.
type Probe struct {
	Name      string  `json:"name"`
	File      string  `json:"file"`      // as the spec names it
	SHA256    string  `json:"sha256"`    // of that file
	Direction string  `json:"direction"` // its name in DirectionsName
	Point     string  `json:"point"`     // full name of the hook point whose rows it scores
	Bias      float64 `json:"bias"`
	Model     string  `json:"model_sha256,omitempty"` // of the model that it was made with; absent where its file does not say
}

// ProbeNames gives the names of the run's probes.
func (m *Manifest) ProbeNames() (names []string) {
	for i := range m.Probes {
		names = append(names, m.Probes[i].Name)
	}
	return names
}

// ArmNone is the name of the arm without interventions.
const ArmNone = "none"

// Arm is one way in which the samples of a run were computed: the interventions of it.
type Arm struct {
	Name  string    `json:"name"`         // as the column arm has it
	Kind  string    `json:"kind"`         // none, edit, or of a control its kind, such as random
	Of    string    `json:"of,omitempty"` // of a control: the arm that it is a control of
	Edits []ArmEdit `json:"edits,omitempty"`

	// Predict is up or down where the spec predicts something of the arm itself, rather than
	// of an intervention in it.
	Predict string `json:"predict,omitempty"`
}

// ArmEdit is one intervention in an arm.
type ArmEdit struct {
	Intervention string   `json:"intervention"` // its name, as the column edited has it
	Do           string   `json:"do"`           // add, remove, set, scale, replace, swap, erase
	Points       []string `json:"points"`       // full names of the hook points
	Scale        *float64 `json:"scale,omitempty"`
	Unit         string   `json:"unit,omitempty"`    // of Scale: raw, gap, norm, sd
	Tokens       string   `json:"tokens"`            // the expression
	Predict      string   `json:"predict,omitempty"` // up or down, for a positive dose
}

// ArmCount says how many samples of an arm a run holds.
type ArmCount struct {
	Name    string `json:"name"`
	Kind    string `json:"kind,omitempty"` // as the manifest has it
	Of      string `json:"of,omitempty"`
	Samples int64  `json:"samples"`
}

// ArmCounts counts the samples of each arm, in the order of the manifest; arms that it does
// not have come after, and samples without an arm are not counted. Nothing but the column
// arm is read.
func (r *Run) ArmCounts() ([]ArmCount, error) {
	counts := map[string]int64{}
	for _, g := range r.Groups {
		if err := countArms(r.Path(g.Files[0]), counts); err != nil {
			return nil, err
		}
	}
	var out []ArmCount
	if r.Manifest != nil {
		for _, a := range r.Manifest.Arms {
			out = append(out, ArmCount{a.Name, a.Kind, a.Of, counts[a.Name]})
			delete(counts, a.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, ArmCount{Name: name, Samples: counts[name]})
	}
	return out, nil
}

func countArms(path string, counts map[string]int64) error {
	t, err := OpenTable(path)
	if err != nil {
		return err
	}
	defer t.Close()
	column := SampleColumns.Named("arm")
	if !t.Has(column.Name) {
		return nil
	}
	return t.Each(0, t.Rows(), func(batch int, b *arrowfile.BatchHeader, _ arrowfile.Span) error {
		_, err := t.Plain(b, t.At(batch).First, column.Field, func(_ int, text []byte) { counts[string(text)]++ })
		return err
	})
}
