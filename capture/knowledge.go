package capture

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"intentprobe/capture/hint"
	"intentprobe/capture/match"
	"intentprobe/hooks"
	"intentprobe/storage"
)

// stageKnowledge is the stage of rows that ask whether the model knows the answer.
const stageKnowledge = "knowledge"

// defaultKnowledge is what a spec need not say.
var defaultKnowledge = Knowledge{Samples: 5, Temperature: 1, MaxTokens: 24, Knows: 0.8, DoesNotKnow: 0.2}

// UnmarshalYAML reads the keys that are there and keeps the defaults of the others.
func (k *Knowledge) UnmarshalYAML(node *yaml.Node) error {
	type plain Knowledge
	*k = defaultKnowledge
	return node.Decode((*plain)(k))
}

// neutral is the setting under which the questions are asked whether the model
// knows the answer; nil where that is not wanted.
func (s *Spec) neutral() (*setting, error) {
	k := s.Knowledge
	if k == nil {
		return nil, nil
	}
	out, err := s.plain()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(s.Conditions, func(v Variant) bool { return v.Name == k.Condition })
	switch {
	case at >= 0 && k.System != "":
		return nil, hint.Usage(fmt.Errorf("knowledge.system is set, and condition %q is one of conditions", k.Condition), "leave knowledge.system out, or name another condition")
	case at >= 0:
		err = out.take("condition", &s.Conditions[at])
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
		err = out.take("condition", &Variant{Name: k.Condition, System: k.System})
		if k.Condition == "" {
			out.condition, out.place = nil, ""
		}
	}
	out.id, out.place = "/"+stageKnowledge, out.place+", "+stageKnowledge
	out.response, out.label, out.split = nil, nil, nil // of the condition's own samples
	return &out, err
}

// addKnowledge adds one row of the stage knowledge for every question, made of the
// first row that asks it. A question without an answer is refused, as is one of
// which two rows have different answers.
func (l *rowList) addKnowledge(bases []Row, neutral *setting) error {
	var without []string
	type asker struct{ answer, place string }
	first := map[string]asker{} // the first row of each question
	for i := range bases {
		base := &bases[i]
		vars := &rowVariables{row: base}
		answer := vars.answer()
		if answer == "" {
			without = append(without, base.place)
			continue
		}
		if before, there := first[*base.Question]; there {
			if before.answer != answer {
				return hint.Usage(fmt.Errorf("%s: question %q has the answer %s here, and %s at %s", base.place, *base.Question, answer, before.answer, before.place),
					"give the rows a question each (key question), or the same answer")
			}
			continue
		}
		first[*base.Question] = asker{answer, base.place}
		if err := comparable(base); err != nil {
			return err
		}
		asked := *base
		asked.Response, asked.Label, asked.Pair, asked.Style = nil, nil, nil, nil
		if neutral.condition != nil {
			asked.Condition = nil
		}
		row, err := neutral.row(&asked, vars)
		if err != nil {
			return err
		}
		stage := stageKnowledge
		row.Stage, row.Pair = &stage, nil
		if err := l.add(row); err != nil {
			return err
		}
	}
	if len(without) > 0 {
		return hint.Usage(fmt.Errorf("%s: no answer in %d of %s, and knowledge needs one to tell what is right", strings.Join(without[:min(3, len(without))], ", "), len(without), storage.Count(len(bases), "row")),
			"give every row the key answer, or leave knowledge out of the spec")
	}
	return nil
}

// comparable refuses a row whose answer the labels could not look for when the run is
// complete.
func comparable(row *Row) error {
	rule := knowledgeRule("answer")
	texts, err := answersOf(&storage.Sample{Meta: row.Meta}, rule.Answer)
	ok := err == nil
	for _, text := range texts {
		ok = ok && !match.NewPhrase(text, rule.Exact).Empty() && !isBracketed(text)
	}
	if !ok {
		return hint.Usage(fmt.Errorf("%s: the answer %q is no text, number or list of these with a word in each", row.place, texts), "give the row an answer that can stand in a response")
	}
	return nil
}

// answer gives the row's key answer as JSON, empty where there is none that could
// be looked for.
func (v *rowVariables) answer() string {
	switch text := string(v.raw("answer")); {
	case text == `""`, text == "[]", strings.HasPrefix(text, "{"):
		return ""
	default:
		return text
	}
}
