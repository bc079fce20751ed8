package main

import (
	"os"
	"path/filepath"

	"intentprobe/capture"
)

// readSettings puts the layers together, the farthest first: defaults, capture.yaml
// here or in the user's config folder, the spec, CAPTURE_* variables, the command line.
func readSettings(specPath string, commandLine *capture.Layer) (capture.Spec, error) {
	spec := capture.DefaultSpec()
	for _, path := range settingsFiles(specPath) {
		file, err := capture.ReadSpecFile(path)
		if err != nil {
			return spec, err
		}
		if err := spec.Apply(file); err != nil {
			return spec, err
		}
	}
	variables, err := readVariables(os.Environ())
	if err != nil {
		return spec, err
	}
	if err := spec.Apply(variables); err != nil {
		return spec, err
	}
	return spec, spec.Apply(commandLine)
}

// settingsFiles lists the YAML files to read, the farthest first.
func settingsFiles(specPath string) []string {
	var files []string
	if dir, err := os.UserConfigDir(); err == nil {
		files = append(files, filepath.Join(dir, "capture", "capture.yaml"))
	}
	files = append(files, "capture.yaml")
	var out []string
	for _, path := range files {
		if _, err := os.Stat(path); err == nil {
			out = []string{path} // the nearer one alone
		}
	}
	if specPath != "" {
		out = append(out, specPath)
	}
	return out
}
