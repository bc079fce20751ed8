package label

import (
	"errors"
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/match"
	"intentprobe/capture/spec"
	"intentprobe/storage/labels"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// The values of a table of knowledge.
const (
	Knows       = "knows"
	Unsure      = "unsure"
	DoesNotKnow = "does_not_know"
)

// knowledgeTable is the name of the tables that ByKnowledge writes, if no other is wanted.
const knowledgeTable = "knowledge"

// ByKnowledge labels every sample of a run whose spec asks what the model knows:
// by the share of a question's neutral answers (stage knowledge) in which the answer
// of the row stands, by the rule contains. The confidence is that share where the
// model knows, its complement where it does not know, and null in between. answer is
// the key of the row that has the answer; empty is "answer". Samples of questions
// that were not asked neutrally get no label. Errors are *hint.UsageError, a
// *disk.LockedError, or come from the files.
func ByKnowledge(dir, answer string, opt Options) (*Summary, error) {
	if opt.Name == "" {
		opt.Name = knowledgeTable
	}
	if answer == "" {
		answer = "answer"
	}
	if err := opt.check(); err != nil {
		return nil, err
	}
	if len(opt.Where) > 0 {
		return nil, hint.Usage(errors.New("conditions on samples with the rule knowledge"), "it labels every sample of a question, whatever its condition")
	}
	r, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	k, err := knowledgeOf(r.manifest)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return nil, hint.Usage(fmt.Errorf("the spec of %s does not ask what the model knows", dir), "run it with `knowledge:` in the spec (docs/experiments.md)")
	}
	list, err := r.knowledge(k, answer)
	if err != nil {
		return nil, err
	}
	how := map[string]any{"rule": "knowledge", "answer": answer, "knows": k.Knows, "does_not_know": k.DoesNotKnow}
	return r.write(labels.Knowledge, opt, []string{Knows, Unsure, DoesNotKnow}, how, list)
}

// Complete labels what the model knows where a complete run's spec asks for it; a shard,
// and a run of another spec, is left as it is. Whoever completes a run calls it: capture
// run, resume and merge do.
func Complete(dir string, m *rundir.Manifest) error {
	if m.Status != rundir.Complete || m.Shard != nil {
		return nil
	}
	if k, err := knowledgeOf(m); err != nil || k == nil {
		return nil // of another version, or without
	}
	if _, err := ByKnowledge(dir, "", Options{Tool: m.Tool}); err != nil {
		return fmt.Errorf("%s is complete, but what the model knows could not be labelled: %w", dir, err)
	}
	return nil
}

// CompleteLater is Complete for a run that was complete before, whose process may have been
// killed between the last of its files and the labels. A run that has a table of knowledge
// is left as it is.
func CompleteLater(dir string, m *rundir.Manifest) error {
	tables, err := labels.List(dir)
	if err != nil || slices.ContainsFunc(tables, func(h labels.Header) bool { return h.Source == labels.Knowledge }) {
		return err
	}
	return Complete(dir, m)
}

// knowledgeOf gives what a run's spec says about knowledge; nil where it says nothing.
func knowledgeOf(m *rundir.Manifest) (*spec.Knowledge, error) {
	s, err := spec.OfRun(m)
	return s.Knowledge, err
}

// knowledge gives the labels of all samples whose question was asked neutrally.
func (r *run) knowledge(k *spec.Knowledge, answer string) ([]labels.Label, error) {
	rule := Rule{Kind: string(match.Contains), Answer: answer, True: "right", False: "wrong"}
	type tally struct{ asked, right int }
	asked := map[string]*tally{}
	for i := range r.samples {
		s := &r.samples[i]
		question := s.Question
		if question == nil || s.Stage == nil || *s.Stage != spec.StageKnowledge || isFollowup(s) {
			continue
		}
		if s.Arm != nil && *s.Arm != rundir.ArmNone { // what an intervention makes of it is not what the model knows
			continue
		}
		value, err := rule.compare(s)
		if err != nil {
			return nil, err
		}
		if asked[*question] == nil {
			asked[*question] = &tally{}
		}
		asked[*question].asked++
		if value == rule.True {
			asked[*question].right++
		}
	}
	if len(asked) == 0 {
		return nil, hint.Usage(fmt.Errorf("%s holds no neutral answer yet", r.dir), "go on with ", hint.Command{"resume", r.dir})
	}
	var out []labels.Label
	for i := range r.samples {
		s := &r.samples[i]
		if s.Question == nil || asked[*s.Question] == nil {
			continue
		}
		t := asked[*s.Question]
		label := labels.Label{SampleID: s.SampleID}
		are := "are"
		if t.asked == 1 {
			are = "is"
		}
		note := fmt.Sprintf("%d of %s %s right", t.right, plural.Count(t.asked, "neutral answer"), are)
		label.Note = &note
		share := float64(t.right) / float64(t.asked)
		wrong := 1 - share
		switch label.Value = Unsure; {
		case share >= k.Knows:
			label.Value, label.Confidence = Knows, &share
		case share <= k.DoesNotKnow:
			label.Value, label.Confidence = DoesNotKnow, &wrong
		}
		out = append(out, label)
	}
	return out, nil
}
