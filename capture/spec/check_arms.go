package spec

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"intentprobe/capture/hint"
	"intentprobe/capture/selection"
	"intentprobe/hooks"
)

// checkArms checks the names of arms, and what they are made of.
func (s *Spec) checkArms() error {
	var names []string
	for i := range s.Arms {
		a := &s.Arms[i]
		key := fmt.Sprintf("arms[%d]", i)
		if a.Name == "" && len(a.Of) == 0 {
			return hint.Usage(fmt.Errorf("%s names nothing", key), "name an arm, or write {name: both, of: [a, b]}")
		}
		if slices.Contains(names, a.Name) {
			return hint.Usage(fmt.Errorf("%s: the arm %q stands there twice", key, a.Name), "remove one of them")
		}
		names = append(names, a.Name)
		if err := s.checkArm(key, a); err != nil {
			return err
		}
		if err := s.checkPredict(key, a.Predict); err != nil {
			return err
		}
	}
	return nil
}

func (s *Spec) checkArm(key string, a *Arm) error {
	switch {
	case a.Of == nil && a.Name == ArmNone:
		if a.Predict != "" {
			return hint.Usage(fmt.Errorf("%s: the arm none has nothing to predict", key), "leave predict out")
		}
		return nil
	case a.Of == nil && a.Name == ArmPrompt && s.Controls != nil && s.Controls.Prompt != "":
		return nil
	case a.Of == nil:
		_, err := s.armNamed(key, a.Name)
		return err
	case len(a.Of) == 0:
		return hint.Usage(fmt.Errorf("%s.of is empty", key), "name the arms that are put together")
	}
	if err := checkArmName(key+".name", a.Name); err != nil {
		return err
	}
	if s.Intervention(a.Name) != nil {
		return hint.Usage(fmt.Errorf("%s.name is %q, the name of an intervention", key, a.Name), "give the arm a name of its own")
	}
	for i, part := range a.Of {
		place := fmt.Sprintf("%s.of[%d]", key, i)
		if slices.Index(a.Of, part) < i {
			return hint.Usage(fmt.Errorf("%s: %q stands there twice", place, part), "remove one of them")
		}
		ref, err := s.armNamed(place, part)
		if err != nil {
			return err
		}
		iv := s.Intervention(ref.Name)
		switch {
		case iv.ByLayer() && ref.Layer == nil:
			return hint.Usage(fmt.Errorf("%s: %q has an arm for each block", place, part), "name one of them, as "+iv.Name+":15")
		case len(iv.Doses()) > 1 && ref.Dose == nil:
			return hint.Usage(fmt.Errorf("%s: %q has %d doses", place, part, len(iv.Doses())), "name one of them, as "+iv.Name+"@"+DoseName(iv.Doses()[0]))
		}
	}
	return nil
}

// armNamed takes the name of arms of one intervention apart, and refuses one that names
// none.
func (s *Spec) armNamed(place, name string) (ArmRef, error) {
	ref, ok := ParseArmRef(name)
	iv := s.Intervention(ref.Name)
	unknown := func(what string) (ArmRef, error) {
		return ref, hint.Usage(fmt.Errorf("%s: %q %s", place, name, what), "nearest: "+strings.Join(hooks.Nearest(name, s.armsOf()), ", "))
	}
	switch {
	case strings.Contains(name, "/"):
		return ref, hint.Usage(fmt.Errorf("%s: %q is a control", place, name), "arms names no controls; they come with the arms that they are of, as controls says")
	case !ok || iv == nil:
		return unknown("is no arm of an intervention")
	case ref.Layer != nil && !iv.ByLayer():
		return unknown("names a block, and the intervention has no arm for each (each: layer)")
	case ref.Dose != nil && !slices.Contains(iv.Doses(), *ref.Dose):
		return unknown("is none of the intervention's doses")
	}
	return ref, nil
}

// checkControls checks what is asked of controls, as far as no file is needed.
func (s *Spec) checkControls() error {
	c := s.Controls
	if c == nil {
		return nil
	}
	for _, err := range []error{
		inside("controls.random", float64(c.Random), 0, 10000),
		inside("controls.covariance", float64(c.Covariance), 0, 10000),
		checkNumbersFromZero("controls.layer", c.Layer),
	} {
		if err != nil {
			return err
		}
	}
	if c.Unrelated != "" {
		if err := checkReference("controls.unrelated", c.Unrelated); err != nil {
			return err
		}
	}
	if c.Tokens != "" {
		if _, err := selection.ParseKey("controls.tokens", c.Tokens); err != nil {
			return err
		}
	}
	if c.Prompt != "" && (strings.TrimSpace(c.Prompt) == "" || !utf8.ValidString(c.Prompt)) {
		return hint.Usage(fmt.Errorf("controls.prompt says nothing, or is not UTF-8"), `for example prompt: "Please lie."`)
	}
	if len(s.Interventions) == 0 && (c.Random > 0 || c.Covariance > 0 || c.Opposite || c.Unrelated != "" || c.Layer != nil || c.Tokens != "" || c.Scale != nil) {
		return hint.Usage(fmt.Errorf("controls are asked for, and there are no interventions"), "only controls.prompt stands alone; declare what they are controls of under interventions")
	}
	for i := range s.Interventions {
		if err := c.fits(&s.Interventions[i]); err != nil {
			return err
		}
	}
	return nil
}

// fits refuses controls that an intervention cannot have.
func (c *Controls) fits(iv *Intervention) error {
	doses := iv.Doses()
	direction := ""
	switch {
	case iv.Vector.IsZero():
		direction = "swaps whole rows, without a direction"
	case iv.Vector.Ref == ZeroVector:
		direction = "replaces rows by zero, without a direction"
	}
	switch {
	case c.Scale != nil && len(doses) > 0 && !slices.Contains(doses, *c.Scale):
		return hint.Usage(fmt.Errorf("controls.scale is %s, which is none of the doses of %q", DoseName(*c.Scale), iv.Name), "a control is held against the arm of its dose: add it to the intervention's scale, or leave controls.scale out for the largest")
	case c.Opposite && iv.Do != "add" && iv.Do != "set":
		return hint.Usage(fmt.Errorf("controls.opposite: %q does %s, which has no opposite", iv.Name, iv.Do), "leave controls.opposite out; add and set have one")
	case direction != "" && (c.Random > 0 || c.Covariance > 0 || c.Unrelated != ""):
		return hint.Usage(fmt.Errorf("controls.random, covariance and unrelated: %q %s", iv.Name, direction), "leave them out; controls.layer and controls.tokens fit it")
	}
	return nil
}
