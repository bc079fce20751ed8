package spec

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
)

// StageKnowledge is the stage of rows that ask whether the model knows the answer.
const StageKnowledge = "knowledge"

// Neutral is the treatment of the questions that ask whether the model knows the answer;
// nil where the spec has no knowledge key.
func (s *Spec) Neutral() (*Treatment, error) {
	k := s.Knowledge
	if k == nil {
		return nil, nil
	}
	out, err := s.untreated()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(s.Conditions, func(v Variant) bool { return v.Name == k.Condition })
	switch {
	case at >= 0 && k.System != "":
		return nil, hint.Usage(fmt.Errorf("knowledge.system is set, and condition %q is one of conditions", k.Condition), "leave knowledge.system out, or name another condition")
	case at >= 0:
		err = out.add("condition", &s.Conditions[at])
	case k.Condition != "" && k.System == "":
		var names []string
		for _, v := range s.Conditions {
			names = append(names, v.Name)
		}
		advice := "set knowledge.system to what the neutral system message is"
		if len(names) > 0 {
			advice = fmt.Sprintf("nearest conditions: %s; or %s", strings.Join(hooks.Nearest(k.Condition, names), ", "), advice)
		}
		return nil, hint.Usage(fmt.Errorf("knowledge.condition is %q, which is none of conditions", k.Condition), advice)
	case k.System != "":
		err = out.add("condition", &Variant{Name: k.Condition, System: k.System})
		if k.Condition == "" {
			out.Condition, out.Place = nil, ""
		}
	}
	out.ID, out.Place = "/"+StageKnowledge, out.Place+", "+StageKnowledge
	out.Response, out.Label, out.Split = nil, nil, nil // of the condition's own samples
	return &out, err
}
