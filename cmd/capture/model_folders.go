package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"intentprobe/capture"
	"intentprobe/capture/hint"
)

// modelFolders gives each model that was named a folder of its own below the output folder,
// after its file. Two of one name are refused.
func modelFolders(base capture.Spec, names []string) (out []capture.Spec, err error) {
	before := map[string]string{}
	for _, model := range names {
		folder := strings.TrimSuffix(strings.ReplaceAll(filepath.Base(model), ":", "-"), ".gguf")
		if other := before[folder]; other != "" {
			return nil, hint.Usage(fmt.Errorf("%s and %s would both lie in the folder %s", other, model, folder), "rename a file, or ask them into two folders")
		}
		before[folder] = model
		of := base
		of.Model, of.Out = model, filepath.Join(base.Out, folder)
		out = append(out, of)
	}
	return out, nil
}

// namedTwice refuses --model beside models that are arguments.
func namedTwice(model string) error {
	return &usageError{fmt.Errorf("model %q is set, and models are named as arguments", model), "leave out --model"}
}
