package intent

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/spec"
	"intentprobe/capture/textfile"
	"intentprobe/models/phantom/intents"
)

// ChallengeName is the file of a folder with a model that is to beat the ladder.
const ChallengeName = "challenge.yaml"

// Challenge is a model of the phantoms' world by somebody who knows what it is
// (docs/challenge.md). The ladder is beaten if its verdict is none of those that are declared.
type Challenge struct {
	Name      string        `yaml:"name" json:"name"`
	By        string        `yaml:"by" json:"by"`
	Outcome   string        `yaml:"outcome" json:"outcome"`   // of the world: listener, bell
	Declared  []ladder.Word `yaml:"declared" json:"declared"` // verdicts that are right
	Because   string        `yaml:"because" json:"because"`   // how it was made, and why these are right
	Model     string        `yaml:"model" json:"model"`       // GGUF file, beside this one
	Subspaces string        `yaml:"subspaces" json:"subspaces,omitempty"`
}

// ReadChallenge reads that of a folder; its paths start from there. Errors are *hint.UsageError.
func ReadChallenge(dir string) (*Challenge, error) {
	path := filepath.Join(dir, ChallengeName)
	text, err := textfile.Read(path, 1<<20)
	if err != nil {
		return nil, hint.Usage(err, "docs/challenge.md says what a folder holds")
	}
	c := &Challenge{}
	if err := spec.DecodeYAML(path, text, c); err != nil {
		return nil, err
	}
	wrong := func(format string, args ...any) error {
		return hint.Usage(fmt.Errorf("%s: %w", path, fmt.Errorf(format, args...)), "docs/challenge.md says what each key is")
	}
	if c.Name == "" || strings.ContainsAny(c.Name, `/\`) || strings.HasPrefix(c.Name, ".") {
		return nil, wrong("name is %q: a name that a folder can have is wanted", c.Name)
	}
	if !slices.Contains(intents.Outcomes, c.Outcome) {
		return nil, wrong("outcome is %q; there are %s", c.Outcome, strings.Join(intents.Outcomes, ", "))
	}
	if len(c.Declared) == 0 {
		return nil, wrong("no verdict is declared")
	}
	for _, w := range c.Declared {
		if !slices.Contains(ladder.Words(), w) {
			return nil, wrong("%q is no verdict; there are %s", w, ladder.Join(ladder.Words(), ", "))
		}
	}
	if strings.TrimSpace(c.Because) == "" {
		return nil, wrong("because is empty: a verdict that nobody has a reason for shows nothing")
	}
	for _, file := range []*string{&c.Model, &c.Subspaces} {
		if *file == "" {
			continue
		}
		*file = filepath.Join(dir, *file)
		if _, err := os.Stat(*file); err != nil {
			return nil, wrong("%w", err)
		}
	}
	if c.Model == "" {
		return nil, wrong("model is empty")
	}
	return c, nil
}

// Judged says what the ladder said of a challenge.
type Judged struct {
	*Challenge
	Got     ladder.Word `json:"got"`
	Rung    int         `json:"rung"` // that decided
	Because string      `json:"why"`
	// Beaten: the control rung passed, and the verdict is none of those that are declared.
	// Undetermined is no verdict that is wrong.
	Beaten bool `json:"beaten"`
}

// Against holds a verdict against what is declared.
func (c *Challenge) Against(v ladder.Verdict) Judged {
	return Judged{c, v.Word, v.Rung, v.Because, v.Word != ladder.Undetermined && !slices.Contains(c.Declared, v.Word)}
}
