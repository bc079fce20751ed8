package capture

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/models/phantom"
)

// pathKeys are the keys that may name a file or a folder. A relative path is meant
// from the folder of the file in which it stands; one from a flag or a variable from
// the working folder. The spec of a manifest keeps it as it was written.
var pathKeys = []string{"model", "prompts.file", "chat.template", "out"}

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
func (s *Spec) checkBeside(key, path, flag string) error {
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
		fmt.Sprintf("a path in a spec starts from the spec's folder; %s is in the working folder: write %s into the spec, or give %s %s", path, other, flag, path))
}

// findModel finds the file of the model: a path, or a name of a model on this
// machine.
func (s *Spec) findModel() (string, error) {
	beside := s.at("model", s.Model)
	if s.Model == phantom.Name || beside == s.Model {
		return FindModel(s.Model)
	}
	if err := s.checkBeside("model", s.Model, "--model"); err != nil {
		return "", err
	}
	if isFile(beside) || isPath(s.Model) {
		return FindModel(beside)
	}
	return FindModel(s.Model)
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

// readTemplate reads the file of a chat template that a spec names.
func (s *Spec) readTemplate() error {
	chat := s.Chat
	if chat.Text != "" || slices.Contains([]string{"auto", "none", ""}, chat.Template) {
		return nil
	}
	if err := s.checkBeside("chat.template", chat.Template, "--chat"); err != nil {
		return err
	}
	chat.Template = s.at("chat.template", chat.Template)
	err := chat.readTemplate()
	s.Chat.Text = chat.Text
	return err
}

// promptsFile is where the file of prompts lies.
func (s *Spec) promptsFile() (string, error) {
	return s.at("prompts.file", s.Prompts.File), s.checkBeside("prompts.file", s.Prompts.File, "--prompts")
}

// isFile says whether a path names something that is no folder.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}
