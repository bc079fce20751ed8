package label

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/capture/textfile"
	"intentprobe/hooks"
	"intentprobe/models/chat"
	"intentprobe/storage/rundir"
)

// writeQuestions writes a question for each sample, as a data set whose ids are the
// samples'.
func writeQuestions(path, ask string, samples []*rundir.Sample) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	template, err := spec.ParseTemplate(questionPlace, ask)
	if err != nil {
		return err
	}
	for _, s := range samples {
		text, err := template.Fill(func(name string) (string, error) { return variableOf(s, name) })
		if err != nil {
			return hint.Usage(fmt.Errorf("%s: %s: %w", questionPlace, placeOf(s), err), variableAdvice(err))
		}
		if err := enc.Encode(map[string]string{"id": strconv.FormatInt(s.SampleID, 10), "prompt": text}); err != nil {
			return err
		}
	}
	return f.Close()
}

// questionPlace is what errors call the question.
const questionPlace = "the question to the judge"

// variableOf gives what a name in the question stands for. Of a list, such as several
// answers, the parts are joined.
func variableOf(s *rundir.Sample, name string) (string, error) {
	switch name {
	case "prompt":
		return s.Prompt, nil
	case "response":
		return s.Response, nil
	}
	list, err := textsOf(s, name)
	if err == nil {
		return strings.Join(list, ", "), nil
	}
	if value, there := metaOf(s)[name]; there {
		return "", fmt.Errorf("{%s} is %s, no text, number or list of them", name, chat.TypeOf(value))
	}
	near := hooks.Nearest(name, append(keysOf(s), "prompt", "response"))
	return "", &noVariable{name, strings.Join(near, ", ")}
}

// noVariable says that a sample has nothing of a name.
type noVariable struct{ name, near string }

func (e *noVariable) Error() string { return fmt.Sprintf("{%s}: the sample has no such key", e.name) }

// variableAdvice says what to do about a variable that could not be filled in.
func variableAdvice(err error) string {
	var unknown *noVariable
	if errors.As(err, &unknown) {
		return "nearest keys: " + unknown.near
	}
	return spec.Braces
}

// maxQuestionBytes is how large a file with a question may be.
const maxQuestionBytes = 1 << 20

// ReadQuestion gives a judge's question: the text itself, or, after an @, that of a file.
func ReadQuestion(ask string) (string, error) {
	path, isFile := strings.CutPrefix(ask, "@")
	if !isFile {
		return ask, nil
	}
	text, err := textfile.Read(path, maxQuestionBytes)
	if err != nil {
		return "", hint.Usage(fmt.Errorf("%s: %w", questionPlace, err), "name a file that can be read, or write the question itself")
	}
	return strings.TrimSuffix(string(text), "\n"), nil
}
