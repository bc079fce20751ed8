package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/hint"
)

// pathKeys are the keys that may name a file or a folder. A relative path is meant
// from the folder of the file in which it stands; one from a flag or a variable from
// the working folder. The spec of a manifest keeps it as it was written.
var pathKeys = []string{"model", "prompts.file", "chat.template", "engine.adapters", "capture.probes", "out", "interventions", "controls"}

// at says where a path of the spec lies.
func (s *Spec) at(key, path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if folder := s.folders[key]; folder != "" && path != "" && !filepath.IsAbs(path) {
		return filepath.Join(folder, path)
	}
	return path
}

// checkBeside refuses a path that names nothing beside the spec, and something in the
// working folder: it would be found only from there.
func (s *Spec) checkBeside(key, path string) error {
	lies := s.at(key, path)
	if lies == path || isFile(lies) || !isFile(path) {
		return nil
	}
	other := path
	if folder, err := filepath.Abs(s.folders[key]); err == nil {
		if here, err := filepath.Abs(path); err == nil {
			if rel, err := filepath.Rel(folder, here); err == nil {
				other = rel
			}
		}
	}
	return hint.Usage(fmt.Errorf("%s: no file %s", key, lies),
		fmt.Sprintf("a path in a spec starts from the spec's folder; %s is in the working folder: write %s into the spec, or give ", path, other), hint.Key(key), " ", path)
}

// ModelFile gives what names the model: a path, which lies where the spec means it, or
// the name of a model on this machine.
func (s *Spec) ModelFile() (string, error) {
	beside := s.at("model", s.Model)
	if beside == s.Model {
		return s.Model, nil
	}
	if err := s.checkBeside("model", s.Model); err != nil {
		return "", err
	}
	if isFile(beside) || isPath(s.Model) {
		return beside, nil
	}
	return s.Model, nil
}

// isPath says whether what names a model can only be a path.
func isPath(name string) bool {
	for _, beginning := range []string{"./", "../", "~/", "/"} {
		if strings.HasPrefix(name, beginning) {
			return true
		}
	}
	return strings.Contains(name, "/") && strings.HasSuffix(strings.ToLower(name), ".gguf")
}

// ReadTemplate reads the file of a chat template that the spec names.
func (s *Spec) ReadTemplate() error {
	chat := s.Chat
	if chat.Text != "" || slices.Contains([]string{"auto", "none", ""}, chat.Template) {
		return nil
	}
	if err := s.checkBeside("chat.template", chat.Template); err != nil {
		return err
	}
	chat.Template = s.at("chat.template", chat.Template)
	err := chat.ReadTemplate()
	s.Chat.Text = chat.Text
	return err
}

// PromptsFile is where the file of prompts lies.
func (s *Spec) PromptsFile() (string, error) {
	return s.at("prompts.file", s.Prompts.File), s.checkBeside("prompts.file", s.Prompts.File)
}

// DirectionFile is where a direction file, or the folder of a run, lies that a key names:
// interventions, controls or capture.probes.
func (s *Spec) DirectionFile(key, path string) (string, error) {
	return s.at(key, path), s.checkBeside(key, path)
}

// isFile says whether a path names something that is no folder.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}
