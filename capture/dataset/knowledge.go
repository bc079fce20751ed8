package dataset

import (
	"encoding/json"
	"fmt"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/match"
	"intentprobe/capture/spec"
	"intentprobe/capture/textfile"
	"intentprobe/storage/plural"
)

// addKnowledge adds one row of the stage knowledge for every question, made of the
// first row that asks it. A question without an answer is refused, as is one of
// which two rows have different answers.
func (l *rowList) addKnowledge(bases []Row, neutral *spec.Treatment, conditions int) error {
	var without []string
	type asker struct{ answer, place string }
	first := map[string]asker{} // the first row of each question
	for i := range bases {
		base := &bases[i]
		vars := &rowVariables{row: base}
		answer := vars.answer()
		if answer == "" {
			without = append(without, base.Place)
			continue
		}
		if before, there := first[*base.Question]; there {
			if before.answer != answer {
				return hint.Usage(fmt.Errorf("%s: question %q has the answer %s here, and %s at %s", base.Place, *base.Question, answer, before.answer, before.place),
					"give the rows a question each (key question), or the same answer")
			}
			continue
		}
		first[*base.Question] = asker{answer, base.Place}
		if err := checkAnswer(base, vars.raw("answer")); err != nil {
			return err
		}
		asked := *base
		asked.Response, asked.Label, asked.Pair, asked.Style = nil, nil, nil, nil
		if neutral.Condition != nil {
			asked.Condition = nil
		}
		row, err := treat(neutral, conditions, &asked, vars)
		if err != nil {
			return err
		}
		stage := spec.StageKnowledge
		row.Stage, row.Pair = &stage, nil
		if err := l.add(row); err != nil {
			return err
		}
	}
	if len(without) > 0 {
		return hint.Usage(fmt.Errorf("%s: no answer in %d of %s, and knowledge needs one to tell what is right", strings.Join(without[:min(3, len(without))], ", "), len(without), plural.Count(len(bases), "row")),
			"give every row the key answer, or leave knowledge out of the spec")
	}
	return nil
}

// checkAnswer refuses a row whose answer could not be looked for in responses when the
// run is complete.
func checkAnswer(row *Row, answer json.RawMessage) error {
	texts, err := textfile.Texts(answer)
	ok := err == nil
	for _, text := range texts {
		ok = ok && !match.NewPhrase(text, false).Empty() && !textfile.Bracketed(text)
	}
	if !ok {
		return hint.Usage(fmt.Errorf("%s: the answer %q is no text, number or list of these with a word in each", row.Place, texts), "give the row an answer that can stand in a response")
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
