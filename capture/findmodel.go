package capture

import (
	"fmt"
	"strings"

	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
	"intentprobe/models/cache"
	"intentprobe/models/find"
	"intentprobe/models/phantom"
	"intentprobe/models/phantom/intents"
)

// FindModel turns what a user wrote into the path of a GGUF file: "phantom" and
// "phantom:NAME" are embedded models, written into the cache folder; all else is a path or
// a name of a model on this machine.
func FindModel(name string) (string, error) {
	write := phantom.File
	if of, ok := strings.CutPrefix(name, intents.Prefix); ok {
		if _, err := intents.Model(of); err != nil {
			unknown := &intents.UnknownError{Name: of}
			return "", hint.Usage(err, unknown.Hint())
		}
		write = func(dir string) (string, error) { return intents.File(dir, of) }
	} else if name != phantom.Name {
		return find.Resolve(name, find.Models(find.Places()), phantom.Name)
	}
	path := ""
	err := cache.In("phantom", func(dir string) (err error) {
		path, err = write(dir)
		return err
	})
	return path, err
}

// embedded says whether a model lies in the program.
func embedded(name string) bool {
	return name == phantom.Name || strings.HasPrefix(name, intents.Prefix)
}

// SpecModel finds the file of a spec's model: a path, or a name of a model on this
// machine.
func SpecModel(s *Spec) (string, error) {
	if embedded(s.Model) {
		return FindModel(s.Model)
	}
	name, err := s.ModelFile()
	if err != nil {
		return "", err
	}
	return FindModel(name)
}

// checkWords refuses prompts for the phantom with words that it does not know: it
// would read them as one unknown word, and answer all the same.
func checkWords(model string, data *dataset.Dataset) error {
	if !embedded(model) {
		return nil
	}
	var world interface {
		Check(text string) *phantom.UnknownWordsError
	} = phantom.TheWorld()
	if model != phantom.Name {
		world = intents.TheWorld()
	}
	for _, row := range data.Rows {
		texts := []string{row.Prompt}
		if row.Response != nil {
			texts = append(texts, strings.TrimPrefix(*row.Response, " ")) // as a sampled one begins
		}
		for _, text := range texts {
			if err := world.Check(text); err != nil {
				return hint.Usage(fmt.Errorf("%s: %w", row.Place, err), err.Advice()...)
			}
		}
	}
	return nil
}
