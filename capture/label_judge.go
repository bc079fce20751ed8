package capture

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

// Judge is a local model that is asked about every sample.
type Judge struct {
	Model     string         // file or name
	Ask       string         // the question, with {response} and other keys of the sample
	Values    []string       // that it may answer
	MaxTokens int            // of its answer
	Threads   int            // 0: as many as the process may use
	Progress  func(Progress) // may be nil

	Found func([]Finding) // may be nil; told what is known to go wrong with the model's file

	Options Options // of the session that answers
}

// LabelByJudge asks a model about samples, greedily, through the same engine, and
// labels each with the first of the values that stands in the answer. What it read
// and what it answered is kept in the table. The judge's own run lies in a temporary
// folder for as long as it takes. Errors are *hint.UsageError, a *storage.LockedError, or
// those of Open and Session.Run.
func LabelByJudge(ctx context.Context, dir string, judge Judge, opt LabelOptions) (*Labelled, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	parse, err := judge.check()
	if err != nil {
		return nil, err
	}
	l, err := openLabelling(dir)
	if err != nil {
		return nil, err
	}
	samples, err := l.chosen(opt.Where)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "capture-judge-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	questions := filepath.Join(temp, "questions.jsonl")
	if err := judge.write(questions, samples); err != nil {
		return nil, err
	}
	answers, manifest, err := judge.run(ctx, questions, filepath.Join(temp, "run"), opt.Tool)
	if err != nil {
		return nil, err
	}
	labels := make([]storage.Label, 0, len(answers))
	for _, a := range answers {
		id, err := strconv.ParseInt(a.PromptID, 10, 64)
		if err != nil {
			return nil, err
		}
		labels = append(labels, storage.Label{SampleID: id, Value: parse.value(a.Response), Prompt: &a.Prompt, Answer: &a.Response})
	}
	how := map[string]any{
		"ask": judge.Ask, "model": manifest.Model, "engine": manifest.Engine, "spec": withoutPrompts(manifest.Spec),
	}
	if len(opt.Where) > 0 {
		how["where"] = opt.Where
	}
	return l.write(storage.LabelJudge, opt, judge.Values, how, labels)
}

// check refuses a judge that cannot be asked, or whose answers cannot be told apart.
func (j *Judge) check() (answerParser, error) {
	if strings.TrimSpace(j.Ask) == "" {
		return nil, hint.Usage(errors.New("nothing to ask the judge"), `for example --ask "Is this true? {response} Answer yes or no."`)
	}
	if len(j.Values) == 0 {
		return nil, hint.Usage(errors.New("no values that the judge may answer"), "for example --values yes,no")
	}
	if err := checkValues(j.Values); err != nil {
		return nil, err
	}
	if j.MaxTokens < 1 {
		return nil, hint.Usage(fmt.Errorf("an answer of %s", storage.Count(j.MaxTokens, "token")), "give --max-tokens a number above 0")
	}
	return newAnswerParser(j.Values)
}

// write writes a question for each sample, as a dataset whose ids are the samples'.
func (j *Judge) write(path string, samples []*storage.Sample) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	ask, err := parseTemplate("--ask", j.Ask)
	if err != nil {
		return err
	}
	for _, s := range samples {
		text, err := ask.join(func(name string) (string, error) { return askedKey(s, name) })
		if err != nil {
			return hint.Usage(fmt.Errorf("--ask: sample %d (prompt %s): %w", s.SampleID, s.PromptID, err), askHint(err))
		}
		if err := enc.Encode(map[string]string{"id": strconv.FormatInt(s.SampleID, 10), "prompt": text}); err != nil {
			return err
		}
	}
	return f.Close()
}

// noVariable says that a sample has nothing of a name.
type noVariable struct{ name, near string }

func (e *noVariable) Error() string { return fmt.Sprintf("{%s}: the sample has no such key", e.name) }

func askHint(err error) string {
	var unknown *noVariable
	if errors.As(err, &unknown) {
		return "nearest keys: " + unknown.near
	}
	return "braces that are text are written {{ and }}"
}

// askedKey gives what a name in a judge's question stands for. Of a list, such as
// several answers, the parts are joined.
func askedKey(s *storage.Sample, name string) (string, error) {
	switch name {
	case "prompt":
		return s.Prompt, nil
	case "response":
		return s.Response, nil
	}
	list, err := answersOf(s, name)
	if err == nil {
		return strings.Join(list, ", "), nil
	}
	if value, there := metaOf(s)[name]; there {
		return "", fmt.Errorf("{%s} is %s, no text, number or list of them", name, models.TypeOf(value))
	}
	near := hooks.Nearest(name, append(keysOf(s), "prompt", "response"))
	return "", &noVariable{name, strings.Join(near, ", ")}
}

// run runs the judge on its questions, in order, and gives its answers.
func (j *Judge) run(ctx context.Context, questions, out string, tool storage.Tool) ([]storage.Sample, *storage.Manifest, error) {
	spec := DefaultSpec()
	spec.Model, spec.Prompts.File, spec.Out = j.Model, questions, out
	spec.Generate.MaxTokens, spec.Engine.Threads = j.MaxTokens, Auto(j.Threads)
	spec.Capture.Hooks, spec.Capture.Tokens, spec.Capture.Logprobs = []string{"resid_post:-1"}, "last", "none"
	session, err := Open(ctx, spec, j.Options)
	if err != nil {
		return nil, nil, err
	}
	defer session.Close()
	if j.Found != nil {
		j.Found(session.Findings)
	}
	result, err := session.Run(ctx, RunOptions{Tool: tool, Progress: j.Progress, FS: storage.Unsynced{}})
	if err != nil {
		return nil, nil, err
	}
	run, err := storage.Open(result.Dir)
	if err != nil {
		return nil, nil, err
	}
	samples, err := run.Samples()
	return samples, run.Manifest, err
}

// withoutPrompts is a resolved spec without its prompts, which lie elsewhere.
func withoutPrompts(spec json.RawMessage) map[string]json.RawMessage {
	var keys map[string]json.RawMessage
	json.Unmarshal(spec, &keys) // was marshalled
	delete(keys, "prompts")
	return keys
}

// answerParser finds the values in an answer.
type answerParser []answerValue

type answerValue struct {
	value string
	words []string
}

func newAnswerParser(values []string) (answerParser, error) {
	var out answerParser
	for _, v := range values {
		a := answerValue{value: v}
		for _, w := range words(v) {
			a.words = append(a.words, w.text)
		}
		if len(a.words) == 0 {
			return nil, hint.Usage(fmt.Errorf("the value %q has no word that could stand in an answer", v), "name values by words")
		}
		for _, other := range out {
			if slices.Equal(other.words, a.words) {
				return nil, hint.Usage(fmt.Errorf("the values %q and %q are the same words", other.value, v), "case and punctuation do not count; use other words")
			}
		}
		out = append(out, a)
	}
	return out, nil
}

// value gives the value that stands first in an answer, as whole words; ambiguous
// where there is none, or where several begin at the same place.
func (p answerParser) value(answer string) string {
	all := words(answer)
	for i := range all {
		var found []string
		for _, v := range p {
			if end := i + len(v.words); end <= len(all) && slices.EqualFunc(v.words, all[i:end], func(a string, b word) bool { return a == b.text }) {
				found = append(found, v.value)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0]
		default:
			return storage.Ambiguous
		}
	}
	return storage.Ambiguous
}

// ReadAsk gives a judge's question: the text itself, or, behind an @, that of a file.
func ReadAsk(ask string) (string, error) {
	path, isFile := strings.CutPrefix(ask, "@")
	if !isFile {
		return ask, nil
	}
	text, err := readLimited(path, mostTemplateBytes)
	if err != nil {
		return "", hint.Usage(fmt.Errorf("--ask: %w", err), "name a file that can be read, or write the question itself")
	}
	return strings.TrimSuffix(string(text), "\n"), nil
}
