package spec

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

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

// Strength says how strong a dose is, whatever its sign: the arm of the strongest gets
// controls. Of scale, which changes nothing at 1, it is the distance from 1.
func (iv *Intervention) Strength(dose float64) float64 {
	if iv.Do == "scale" {
		return math.Abs(dose - 1)
	}
	return math.Abs(dose)
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
