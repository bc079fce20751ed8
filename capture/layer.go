package capture

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Layer is what one origin says of a spec: a file, the variables or the command
// line, in the order in which it says it.
type Layer struct {
	said   []saying
	folder string // that relative paths are meant from; empty: the working folder
}

// saying gives a value to a key.
type saying struct {
	key   Key
	where string // it stands: --max-tokens, CAPTURE_SEED, spec.yaml:3: generate.seed
	file  string // empty where it is no file
	value *yaml.Node
}

// Say gives a key a value that is written as a text. A value of a list is added to
// those that the layer gave it before. asItIs takes a text of a list of texts without
// looking for a list in it, as flags do that can be repeated.
func (l *Layer) Say(place, name, text string, asItIs bool) error {
	if err := CheckKey(place+": ", name); err != nil {
		return err
	}
	key, _ := keyNamed(name)
	value := textNode(text)
	if key.IsList() && !(asItIs && key.list == "texts") {
		items, err := key.items(text)
		if err != nil {
			return usage(fmt.Errorf("%s: %w", place, err), key.example())
		}
		value = &yaml.Node{Kind: yaml.SequenceNode, Content: items}
	}
	l.said = append(l.said, saying{key: key, where: place, value: value})
	return nil
}

// Says tells whether the layer gives a key a value.
func (l *Layer) Says(name string) bool {
	return slices.ContainsFunc(l.said, func(s saying) bool { return s.key.Name == name })
}

// Apply puts a layer over a spec: what it says replaces what farther layers said. The
// error names the place and what is wanted there.
func (s *Spec) Apply(l *Layer) error {
	if err := s.replacePrompts(l); err != nil {
		return err
	}
	said := map[string]bool{}
	for _, say := range l.said {
		name := say.key.Name
		field := reflect.ValueOf(s).Elem().FieldByIndex(say.key.field)
		value := reflect.New(field.Type()).Elem()
		if err := say.read(value); err != nil {
			return err
		}
		if say.key.IsList() && said[name] {
			value = reflect.AppendSlice(field, value)
		}
		field.Set(value)
		said[name] = true
		s.setFolder(name, l.folder)
	}
	return nil
}

// read reads the value into a field of the key's type.
func (s *saying) read(field reflect.Value) error {
	if s.key.FileOnly {
		if err := s.value.Decode(field.Addr().Interface()); err != nil {
			return s.wrongType(err)
		}
		return nil
	}
	value := s.value
	if s.key.IsList() && value.Kind == yaml.ScalarNode { // a list of one, or names with commas
		items := []*yaml.Node{value}
		if s.key.list != "texts" {
			var err error
			if items, err = s.key.items(value.Value); err != nil {
				return usage(fmt.Errorf("%s: %w", s.where, err), s.key.example())
			}
		}
		value = &yaml.Node{Kind: yaml.SequenceNode, Content: items}
	}
	if err := put(field, value); err != nil {
		return usage(fmt.Errorf("%s: %w", s.where, err), s.key.example())
	}
	return nil
}

// wrongType says where a value below a key that a file alone sets is of another type.
func (s *saying) wrongType(err error) error {
	where, text := s.where, err.Error()
	if types := (*yaml.TypeError)(nil); errors.As(err, &types) {
		text = types.Errors[0]
		if line, rest, ok := strings.Cut(strings.TrimPrefix(text, "line "), ": "); ok {
			where, text = fmt.Sprintf("%s:%s: %s", s.file, line, s.key.Name), rest
		}
	}
	return usage(fmt.Errorf("%s: %s", where, yamlWords(text, s.key.typ)), "README and docs/experiments.md show what the key holds")
}

// promptSources are the keys of which a spec needs one.
var promptSources = []string{"prompts.file", "prompts.rows", "prompts.text"}

// replacePrompts takes the prompts of farther layers out of a spec if this one brings
// its own, of whatever kind. Their templates stay.
func (s *Spec) replacePrompts(l *Layer) error {
	var source *saying
	for i, say := range l.said {
		switch {
		case !slices.Contains(promptSources, say.key.Name):
		case source != nil && source.key.Name != say.key.Name:
			return usage(fmt.Errorf("both %s and %s", source.where, say.where), "use one of them: each of them names the prompts")
		default:
			source = &l.said[i]
		}
	}
	if source == nil {
		return nil
	}
	s.Prompts.File, s.Prompts.Rows, s.Prompts.Text = "", nil, nil
	if source.key.Name != "prompts.file" {
		s.Prompts.Column = ""
	}
	return nil
}

// setFolder remembers what a path of a spec is relative to.
func (s *Spec) setFolder(key, folder string) {
	if !slices.Contains(pathKeys, key) {
		return
	}
	s.folders = maps.Clone(s.folders)
	if s.folders == nil {
		s.folders = map[string]string{}
	}
	s.folders[key] = folder
	if key == "out" {
		s.Out = s.at(key, s.Out)
	}
}
