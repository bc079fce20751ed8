package rundir

// Directions says which directions a run used. They lie in the run as DirectionsName.
type Directions struct {
	File   string `json:"file"` // DirectionsName
	SHA256 string `json:"sha256"`
}

// ArmNone is the name of the arm without interventions.
const ArmNone = "none"

// Arm is one way in which the samples of a run were computed: the interventions of it.
type Arm struct {
	Name  string    `json:"name"`         // as the column arm has it
	Kind  string    `json:"kind"`         // none, edit, or of a control its kind, such as random
	Of    string    `json:"of,omitempty"` // of a control: the arm that it is a control of
	Edits []ArmEdit `json:"edits,omitempty"`
}

// ArmEdit is one intervention in an arm.
type ArmEdit struct {
	Intervention string   `json:"intervention"` // its name, as the column edited has it
	Do           string   `json:"do"`           // add, remove, set, scale, replace, swap, erase
	Points       []string `json:"points"`       // full names of the hook points
	Scale        *float64 `json:"scale,omitempty"`
	Unit         string   `json:"unit,omitempty"`    // of Scale: raw, gap, norm, sd
	Tokens       string   `json:"tokens"`            // the expression
	Predict      string   `json:"predict,omitempty"` // up or down
}
