package label

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// Generate lets a model answer the prompts of a data set, a .jsonl file with the keys id
// and prompt. It gives the samples, one a prompt in their order, and the manifest of the
// run that made them.
type Generate func(ctx context.Context, dataset string) ([]rundir.Sample, *rundir.Manifest, error)

// Judge is a model that is asked about every sample.
type Judge struct {
	Ask      string   // the question, with {response} and other keys of the sample
	Values   []string // that it may answer
	Generate Generate // the model
}

// ByJudge asks a model about samples and labels each with the first of the values that
// stands in the answer. What the model read and what it answered is kept in the table.
// Errors are *hint.UsageError, a *disk.LockedError, or those of Generate.
func ByJudge(ctx context.Context, dir string, judge Judge, opt Options) (*Summary, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	values, err := judge.check()
	if err != nil {
		return nil, err
	}
	r, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	samples, err := r.where(opt.Where)
	if err != nil {
		return nil, err
	}
	answers, manifest, err := judge.answers(ctx, samples)
	if err != nil {
		return nil, err
	}
	list := make([]labels.Label, 0, len(answers))
	for _, a := range answers {
		id, err := strconv.ParseInt(a.PromptID, 10, 64)
		if err != nil {
			return nil, err
		}
		list = append(list, labels.Label{SampleID: id, Value: values.first(a.Response), Prompt: &a.Prompt, Answer: &a.Response})
	}
	how := map[string]any{
		"ask": judge.Ask, "model": manifest.Model, "engine": manifest.Engine, "spec": withoutPrompts(manifest.Spec),
	}
	if len(opt.Where) > 0 {
		how["where"] = opt.Where
	}
	return r.write(labels.Judge, opt, judge.Values, how, list)
}

// check refuses a judge that cannot be asked, or whose answers cannot be told apart.
func (j *Judge) check() (answerValues, error) {
	if strings.TrimSpace(j.Ask) == "" {
		return nil, hint.Usage(errors.New("nothing to ask the judge"), "for example ", hint.Option("ask"), ` "Is this true? {response} Answer yes or no."`)
	}
	if len(j.Values) == 0 {
		return nil, hint.Usage(errors.New("no values that the judge may answer"), "for example ", hint.Option("values"), " yes,no")
	}
	if err := checkValues(j.Values); err != nil {
		return nil, err
	}
	return newAnswerValues(j.Values)
}

// answers asks the judge about the samples. The questions lie in a temporary folder for as
// long as that takes.
func (j *Judge) answers(ctx context.Context, samples []*rundir.Sample) ([]rundir.Sample, *rundir.Manifest, error) {
	temp, err := os.MkdirTemp("", "capture-judge-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(temp)
	questions := filepath.Join(temp, "questions.jsonl")
	if err := writeQuestions(questions, j.Ask, samples); err != nil {
		return nil, nil, err
	}
	return j.Generate(ctx, questions)
}

// withoutPrompts is a resolved spec without its prompts, which lie elsewhere.
func withoutPrompts(spec json.RawMessage) map[string]json.RawMessage {
	var keys map[string]json.RawMessage
	json.Unmarshal(spec, &keys) // was marshalled
	delete(keys, "prompts")
	return keys
}
