package studyfile

import (
	_ "embed"
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/capture/textfile"
)

// File is a study as it is written.
type File struct {
	Name       string   `yaml:"name"`
	Outcome    string   `yaml:"outcome"`     // φ, in words
	Reference  string   `yaml:"reference"`   // REF: what a is held against
	SideEffect string   `yaml:"side_effect"` // in words
	Goal       string   `yaml:"goal"`        // where it comes from: stated, trained, neither
	Wordings   int      `yaml:"wordings"`    // of each family
	Letters    []string `yaml:"letters"`     // that stand for the two options, in their order on the page; none: the options are the answers
	Names      []string `yaml:"names"`       // variables that a placebo may exchange
	Context    []string `yaml:"context"`     // texts that every prompt begins with, in order
	Layout     string   `yaml:"layout"`      // of a prompt: {context}, {question}, and the letters for what they stand for

	Texts     map[string]Texts    `yaml:"texts"` // wordings, by name
	Options   Options             `yaml:"options"`
	Arms      []Arm               `yaml:"arms"`
	Questions Questions           `yaml:"questions"`
	ReadOut   *ReadOut            `yaml:"read_out"` // nil: rung 6 is not run
	Families  []map[string]string `yaml:"families"` // variables of each scenario; id and split are keys among them

	place string // of the file, for errors
}

// Arm is a form of the scene (docs/intent.md): what it changes.
type Arm struct {
	Name    string            `yaml:"name"`
	Kind    string            `yaml:"kind"`
	Against string            `yaml:"against"` // arm that a contrast is taken to
	With    map[string]string `yaml:"with"`    // texts, by the names of those that they replace
	Options Options           `yaml:"options"` // instead of the study's
}

// Questions are what is asked. Ask names a text.
type Questions struct {
	Decision   Question   `yaml:"decision"`
	After      Question   `yaml:"after"` // is φ believed once {answer} is given
	Belief     []Question `yaml:"belief"`
	Use        []Question `yaml:"use"`
	Afterwards *Question  `yaml:"afterwards"`
}

// Question is one, with its options, of which the first is the one that is counted.
type Question struct {
	Form    string  `yaml:"form"`
	Ask     string  `yaml:"ask"`
	Options Options `yaml:"options"`
}

// ReadOut says which texts the prompts of rung 6 have in the place of others.
type ReadOut struct {
	Lie      map[string]string            `yaml:"lie"`
	Truth    map[string]string            `yaml:"truth"`
	Controls map[string]map[string]string `yaml:"controls"`
}

//go:embed chat.yaml
var chat []byte

// ChatText is the YAML of the study that is shipped for chat models.
func ChatText() []byte { return chat }

// Chat is the study that is shipped for chat models.
func Chat() *File {
	f, err := parse("the shipped study", chat)
	if err != nil {
		panic("studyfile: internal error: " + err.Error())
	}
	return f
}

// maxBytes is how large a study's file may be.
const maxBytes = 16 << 20

// Read reads a study. Every key is checked, and that the arms and questions can show what
// they are meant for; the errors are *hint.UsageError.
func Read(path string) (*File, error) {
	text, err := textfile.Read(path, maxBytes)
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("study %q: %w", path, err), "name a YAML file; ", hint.Command{"intent", "study"}, " prints one to begin with")
	}
	return parse(path, text)
}

func parse(place string, text []byte) (*File, error) {
	f := &File{place: place}
	if err := spec.DecodeYAML(place, text, f); err != nil {
		return nil, err
	}
	return f, f.check()
}

// wrong is an error of the study, with what to do.
func (f *File) wrong(advice, format string, args ...any) error {
	return hint.Usage(fmt.Errorf("%s: %w", f.place, fmt.Errorf(format, args...)), advice)
}

// Texts are wordings: a text, or a list of texts.
type Texts []string

// UnmarshalYAML takes a text as a list of one.
func (t *Texts) UnmarshalYAML(decode func(any) error) error {
	var one string
	if decode(&one) == nil {
		*t = Texts{one}
		return nil
	}
	return decode((*[]string)(t))
}

// Options are two texts, or a list of such pairs that go with the wordings of a question.
type Options [][2]string

// UnmarshalYAML takes two texts as a list of one pair.
func (o *Options) UnmarshalYAML(decode func(any) error) error {
	var one []string
	var pairs [][]string
	if decode(&one) == nil {
		pairs = [][]string{one}
	} else if err := decode(&pairs); err != nil {
		return err
	}
	for _, p := range pairs {
		if len(p) != 2 {
			return fmt.Errorf("%d options, where two must stand: %q", len(p), p)
		}
		*o = append(*o, [2]string(p))
	}
	return nil
}
