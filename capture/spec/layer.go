package spec

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"intentprobe/capture/hint"
)

// Layer is what one source sets of a spec, by key: a file, the variables or the
// command line.
type Layer map[string]*Setting

// Setting is the value that a source gives a key.
type Setting struct {
	Place string // where it stands: --max-tokens, CAPTURE_SEED, spec.yaml:3: generate.seed

	key    Key
	file   string        // empty where it is no file
	value  reflect.Value // of the key's type; invalid: none, whatever farther layers give
	folder string        // that a relative path is meant from; empty: the working folder
}

// Set gives a key a value that is written as a text. A value of a list is added to
// those that the layer gave it before. asItIs takes a text of a list of texts without
// looking for a list in it, as flags do that can be repeated.
func (l Layer) Set(place, name, text string, asItIs bool) error {
	if err := CheckKey(place+": ", name); err != nil {
		return err
	}
	key, _ := keyNamed(name)
	node := textNode(text)
	if key.list == "texts" && !asItIs {
		items, err := key.items(text)
		if err != nil {
			return hint.Usage(fmt.Errorf("%s: %w", place, err), key.example())
		}
		node = &yaml.Node{Kind: yaml.SequenceNode, Content: items}
	}
	return l.set(Setting{Place: place, key: key}, node)
}

// set gives a key the value of a node. The error names the place and what is wanted
// there.
func (l Layer) set(s Setting, node *yaml.Node) error {
	name := s.key.Name
	if err := l.replacePrompts(s); err != nil {
		return err
	}
	s.value = reflect.New(s.key.typ).Elem()
	if err := s.read(node); err != nil {
		return err
	}
	if before := l[name]; s.key.IsList() && before != nil && before.value.IsValid() {
		s.value = reflect.AppendSlice(before.value, s.value)
	}
	l[name] = &s
	return nil
}

// read reads a node into the value.
func (s *Setting) read(node *yaml.Node) error {
	if s.key.FileOnly {
		if err := node.Decode(s.value.Addr().Interface()); err != nil {
			return s.wrongType(err)
		}
		return nil
	}
	if s.key.IsList() && node.Kind == yaml.ScalarNode { // a list of one, or names with commas
		items := []*yaml.Node{node}
		if s.key.list != "texts" {
			var err error
			if items, err = s.key.items(node.Value); err != nil {
				return hint.Usage(fmt.Errorf("%s: %w", s.Place, err), s.key.example())
			}
		}
		node = &yaml.Node{Kind: yaml.SequenceNode, Content: items}
	}
	if err := put(s.value, node); err != nil {
		return hint.Usage(fmt.Errorf("%s: %w", s.Place, err), s.key.example())
	}
	return nil
}

// wrongType says where a value below a key that a file alone sets is of another type.
func (s *Setting) wrongType(err error) error {
	place, text := s.Place, err.Error()
	if types := (*yaml.TypeError)(nil); errors.As(err, &types) {
		text = types.Errors[0]
		if line, rest, ok := strings.Cut(strings.TrimPrefix(text, "line "), ": "); ok {
			place, text = fmt.Sprintf("%s:%s: %s", s.file, line, s.key.Name), rest
		}
	}
	return hint.Usage(fmt.Errorf("%s: %s", place, yamlWords(text, s.key.typ)), "docs/spec.md and docs/experiments.md show the values of the key")
}

// promptSources are the keys of which a spec needs one.
var promptSources = []string{"prompts.file", "prompts.rows", "prompts.text"}

// replacePrompts gives the other sources of prompts none, so that a layer's prompts
// replace those of farther ones, whatever their kind. Their templates stay.
func (l Layer) replacePrompts(s Setting) error {
	if !slices.Contains(promptSources, s.key.Name) {
		return nil
	}
	others := slices.Clone(promptSources)
	if s.key.Name != "prompts.file" && l["prompts.column"] == nil {
		others = append(others, "prompts.column")
	}
	for _, other := range others {
		before := l[other]
		if other == s.key.Name {
			continue
		}
		if before != nil && before.value.IsValid() {
			return hint.Usage(fmt.Errorf("both %s and %s", before.Place, s.Place), "use one of them: each of them names the prompts")
		}
		key, _ := keyNamed(other)
		l[other] = &Setting{Place: s.Place, key: key}
	}
	return nil
}

// Apply puts what a layer sets into a spec, over what stands there.
func (s *Spec) Apply(l Layer) {
	for _, setting := range l {
		field := reflect.ValueOf(s).Elem().FieldByIndex(setting.key.field)
		if !setting.value.IsValid() {
			field.SetZero()
			continue
		}
		field.Set(setting.value)
		s.setFolder(setting.key.Name, setting.folder)
	}
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
