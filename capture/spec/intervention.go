package spec

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Intervention is one change of what the model computes: what is done, where, with which
// direction, to which tokens. Each dose, and with Each each block, is an arm of its own.
type Intervention struct {
	Name   string   `json:"name" yaml:"name"`
	At     Words    `json:"at" yaml:"at"`               // selectors of points, as in capture.hooks
	Each   string   `json:"each,omitempty" yaml:"each"` // layer: one arm for each block, instead of one that edits all of them
	Do     string   `json:"do" yaml:"do"`               // one of Operations
	Vector Vector   `json:"vector,omitzero" yaml:"vector"`
	Scale  Numbers  `json:"scale,omitempty" yaml:"scale"` // of add and scale, one arm for each number
	Value  Numbers  `json:"value,omitempty" yaml:"value"` // of set: the coordinate along the direction, one arm for each number
	Min    *float64 `json:"min,omitempty" yaml:"min"`     // of set: the limits of the coordinate, instead of Value
	Max    *float64 `json:"max,omitempty" yaml:"max"`
	Unit   string   `json:"unit,omitempty" yaml:"unit"` // of Scale, Value, Min and Max: one of Units; raw where none is named

	Tokens    string `json:"tokens" yaml:"tokens"`                 // an expression, see package selection
	Heads     []int  `json:"heads,omitempty" yaml:"heads"`         // at z, q, k and v: these heads alone, counted from 0
	Followups bool   `json:"followups,omitempty" yaml:"followups"` // tokens of follow-ups are edited too
	From      Origin `json:"from,omitzero" yaml:"from"`            // of swap: the sample that the coordinates come from
	Align     string `json:"align,omitempty" yaml:"align"`         // of swap: one of Alignments; token where none is named
	When      *When  `json:"when,omitempty" yaml:"when"`           // edits only the tokens that a probe says
	Predict   string `json:"predict,omitempty" yaml:"predict"`     // up, down: of the first of the first alternatives, for a positive dose
	Force     bool   `json:"force,omitempty" yaml:"force"`         // takes directions of another model, template, adapter or kind of point all the same
}

// What the keys of an intervention take.
var (
	Operations  = []string{"add", "remove", "set", "scale", "replace", "swap", "erase"}
	Units       = []string{"raw", "gap", "norm", "sd"}
	Alignments  = []string{"token", "span", "from_end"}
	Predictions = []string{"up", "down"}
)

// Vector says which direction, subspace, affine map or row an intervention uses: one of
// its fields.
type Vector struct {
	Ref    string  `json:"ref,omitempty" yaml:"ref"`       // FILE or FILE#NAME of a direction file, or ZeroVector
	Random *Random `json:"random,omitempty" yaml:"random"` // a random one
	Mean   *Mean   `json:"mean,omitempty" yaml:"mean"`     // the mean row of some of a run's samples
}

// ZeroVector is the reference to the row of zeros.
const ZeroVector = "zero"

// Random asks for a random direction of the norm and rank of another one.
type Random struct {
	Like string `json:"like" yaml:"like"` // name of an intervention, or a reference to a direction
	Seed int64  `json:"seed" yaml:"seed"`
}

// Mean asks for the mean over the rows of the samples of a run that have a label, at the
// intervention's points.
type Mean struct {
	Run    string `json:"run" yaml:"run"`                 // its folder
	Label  string `json:"label" yaml:"label"`             // a label of it, a column of samples or a key of the rows
	Value  string `json:"value" yaml:"value"`             // of the label
	Tokens string `json:"tokens,omitempty" yaml:"tokens"` // an expression; without one all rows count
}

// Origin says which sample the coordinates of a swap come from: the other one of the pair,
// or that of the same question under a condition.
type Origin struct {
	Pair      bool   `json:"pair,omitempty" yaml:"pair"`
	Condition string `json:"condition,omitempty" yaml:"condition"`

	text string // what stood there instead of pair or a mapping
}

// When lets an intervention change only the tokens whose row a probe scores above a
// threshold.
type When struct {
	Probe string   `json:"probe" yaml:"probe"` // FILE or FILE#NAME of a direction file
	Above *float64 `json:"above" yaml:"above"`
}

// Arm is an arm that a spec names: all arms of one intervention, one of them, or several
// interventions together.
type Arm struct {
	Name    string `json:"name" yaml:"name"`                 // none, lie, lie@2, lie:15, lie:15@2; of its own where Of is set
	Of      Words  `json:"of,omitempty" yaml:"of"`           // arms of single interventions, as in Name
	Predict string `json:"predict,omitempty" yaml:"predict"` // up, down: as of an intervention
}

// ArmNone is the arm without interventions, ArmPrompt the one that asks in words.
const (
	ArmNone   = "none"
	ArmPrompt = "prompt"
)

// Controls asks for arms that are like another one in everything but what matters: of each
// intervention's arm with the largest dose, and of each arm of several interventions.
type Controls struct {
	Random     int      `json:"random,omitempty" yaml:"random"`         // so many with a random direction of the same norm and rank
	Covariance int      `json:"covariance,omitempty" yaml:"covariance"` // and with one drawn with the rows' covariance
	Opposite   bool     `json:"opposite,omitempty" yaml:"opposite"`     // with the other sign
	Unrelated  string   `json:"unrelated,omitempty" yaml:"unrelated"`   // with this direction: FILE or FILE#NAME
	Layer      []int    `json:"layer,omitempty" yaml:"layer"`           // in another block, one arm for each
	Tokens     string   `json:"tokens,omitempty" yaml:"tokens"`         // at other tokens
	Prompt     string   `json:"prompt,omitempty" yaml:"prompt"`         // one arm without edits, whose user message begins with this
	Scale      *float64 `json:"scale,omitempty" yaml:"scale"`           // the dose whose arms get controls, instead of the largest
	Seed       int64    `json:"seed" yaml:"seed"`                       // of the random directions
}

// defaultControls is what a spec need not say.
var defaultControls = Controls{Seed: 1}

// HasArms says whether a run has arms: interventions, or controls without them.
func (s *Spec) HasArms() bool { return len(s.Interventions) > 0 || s.Controls != nil }

// Intervention finds an intervention by its name; nil where there is none.
func (s *Spec) Intervention(name string) *Intervention {
	for i := range s.Interventions {
		if s.Interventions[i].Name == name {
			return &s.Interventions[i]
		}
	}
	return nil
}

// Doses are the numbers of which each makes an arm; none where what is done has no dose.
func (iv *Intervention) Doses() []float64 {
	switch {
	case iv.Do == "set":
		return iv.Value
	case iv.Do != "add" && iv.Do != "scale":
		return nil
	case iv.Do == "add" && len(iv.Scale) == 0:
		return []float64{1}
	}
	return iv.Scale
}

// Stronger says whether a dose is stronger than another: the arm of the strongest gets
// controls. Its strength is its size without the sign; of scale, which changes nothing at 1,
// the distance from 1. Of two that are equally strong, the larger number is the stronger.
func (iv *Intervention) Stronger(dose, than float64) bool {
	from := 0.0
	if iv.Do == "scale" {
		from = 1
	}
	a, b := math.Abs(dose-from), math.Abs(than-from)
	if math.Abs(a-b) <= 1e-9*max(a, b) { // 0.6 and 1.4 are as far from 1
		return dose > than
	}
	return a > b
}

// ByLayer says whether each block is an arm of its own.
func (iv *Intervention) ByLayer() bool { return iv.Each == eachLayer }

const eachLayer = "layer"

// ArmRef is the name of one or several arms of an intervention, taken apart: lie, lie@2,
// lie:15 or lie:15@2.
type ArmRef struct {
	Name  string
	Layer *int
	Dose  *float64
}

// ParseArmRef takes a name apart; false where its layer or dose is no number.
func ParseArmRef(text string) (ArmRef, bool) {
	var out ArmRef
	rest, dose, dosed := strings.Cut(text, "@")
	if dosed {
		x, err := strconv.ParseFloat(dose, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return out, false
		}
		out.Dose = &x
	}
	name, layer, ofLayer := strings.Cut(rest, ":")
	if ofLayer {
		n, err := strconv.Atoi(layer)
		if err != nil || n < 0 {
			return out, false
		}
		out.Layer = &n
	}
	out.Name = name
	return out, name != ""
}

// String is the name of the arm that is meant.
func (r ArmRef) String() string {
	name := r.Name
	if r.Layer != nil {
		name += ":" + strconv.Itoa(*r.Layer)
	}
	if r.Dose != nil {
		name += "@" + DoseName(*r.Dose)
	}
	return name
}

// DoseName writes a dose as the names of arms have it.
func DoseName(dose float64) string {
	if dose == 0 { // whatever its sign
		return "0"
	}
	return strconv.FormatFloat(dose, 'g', -1, 64)
}

// ArmRefs are the arms of an intervention in one block, or without blocks (nil): one for
// each dose.
func (iv *Intervention) ArmRefs(layer *int) []ArmRef {
	doses := iv.Doses()
	if len(doses) < 2 {
		return []ArmRef{{Name: iv.Name, Layer: layer}}
	}
	var out []ArmRef
	for i := range doses {
		out = append(out, ArmRef{Name: iv.Name, Layer: layer, Dose: &doses[i]})
	}
	return out
}

// armsOf gives the names that a spec can refer to, for hints; of doses each.
func (s *Spec) armsOf() []string {
	out := []string{ArmNone}
	for i := range s.Interventions {
		iv := &s.Interventions[i]
		out = append(out, iv.Name)
		for _, ref := range iv.ArmRefs(nil) {
			if name := ref.String(); !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}
