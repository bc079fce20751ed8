package capture

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"intentprobe/hooks"
)

// SpecFile is a spec as it stands in a YAML file: only what was written there.
type SpecFile struct {
	// Settings holds the keys that other layers (flags, environment) may
	// override, nested as in the file.
	Settings map[string]any
	// Rows, Text and Vars keep the case of their keys and are set by a file alone.
	Rows []map[string]any
	Text []string
	Vars map[string]any
}

// HasPrompts says whether the file names prompts of any kind.
func (f *SpecFile) HasPrompts() bool {
	prompts, _ := f.Settings["prompts"].(map[string]any)
	return prompts["file"] != nil || len(f.Rows) > 0 || len(f.Text) > 0
}

// ReadSpecFile reads a YAML spec or settings file. Every key is checked; the
// error names file, line and the nearest key. prompts.file is taken relative to
// the file's own folder, or to the working folder where it is not there.
func ReadSpecFile(path string) (*SpecFile, error) {
	text, err := readLimited(path, mostSpecBytes)
	if err != nil {
		return nil, usage(fmt.Errorf("spec %q: %w", path, err), "name a YAML file that exists")
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, usage(fmt.Errorf("spec %q: %w", path, err), "mend the YAML; README shows a whole spec")
	}
	out := &SpecFile{Settings: map[string]any{}}
	if len(doc.Content) == 0 {
		return out, nil
	}
	root := doc.Content[0]
	if root.Tag == "!!null" {
		return out, nil
	}
	if err := checkNodes(path, root); err != nil {
		return nil, err
	}
	expandShortForms(root)
	datesAreText(root)
	if err := checkKeys(path, root, reflect.TypeOf(Spec{}), ""); err != nil {
		return nil, err
	}
	if err := root.Decode(&out.Settings); err != nil {
		return nil, usage(fmt.Errorf("spec %q: %w", path, err), "mend the YAML; README shows a whole spec")
	}
	return out, out.setAside(path)
}

// setAside takes out what must not pass through the layers of settings.
func (f *SpecFile) setAside(path string) error {
	wrong := func(key string, err error) error {
		return usage(fmt.Errorf("spec %q: %s: %w", path, key, err), "README shows a whole spec")
	}
	if prompts, ok := f.Settings["prompts"].(map[string]any); ok {
		if err := convert(prompts["rows"], &f.Rows); err != nil {
			return wrong("prompts.rows", err)
		}
		if err := convert(prompts["text"], &f.Text); err != nil {
			return wrong("prompts.text", err)
		}
		delete(prompts, "rows")
		delete(prompts, "text")
		if file, ok := prompts["file"].(string); ok && !filepath.IsAbs(file) {
			beside := filepath.Join(filepath.Dir(path), file)
			if _, err := os.Stat(beside); err == nil {
				prompts["file"] = beside
			}
		}
	}
	if chat, ok := f.Settings["chat"].(map[string]any); ok {
		if err := convert(chat["vars"], &f.Vars); err != nil {
			return wrong("chat.vars", err)
		}
		delete(chat, "vars")
	}
	return nil
}

// convert moves a decoded YAML value into a typed one.
func convert(from, to any) error {
	if from == nil {
		return nil
	}
	text, err := yaml.Marshal(from)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(text, to)
}

// expandShortForms writes `chat: auto` and `prompts: FILE` out.
func expandShortForms(root *yaml.Node) {
	for i := 0; root.Kind == yaml.MappingNode && i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i].Value, root.Content[i+1]
		long := map[string]string{"chat": "template", "prompts": "file"}[key]
		if long == "" || value.Kind != yaml.ScalarNode {
			continue
		}
		scalar := *value
		name := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: long, Line: value.Line}
		root.Content[i+1] = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: value.Line, Content: []*yaml.Node{name, &scalar}}
	}
}

// datesAreText keeps 2026-01-02 as it is written; YAML would make a time of it.
func datesAreText(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!timestamp" {
		node.Tag = "!!str"
	}
	for _, child := range node.Content {
		datesAreText(child)
	}
}

// checkKeys compares the keys of a mapping with the fields of a struct type.
func checkKeys(path string, node *yaml.Node, t reflect.Type, above string) error {
	if node.Kind != yaml.MappingNode {
		where := strings.TrimSuffix(above, ".")
		if where == "" {
			where = "the spec"
		}
		return usage(fmt.Errorf("%s:%d: %s is not a mapping of keys to values", path, node.Line, where), "README shows a whole spec")
	}
	fields := map[string]reflect.Type{}
	var names []string
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("mapstructure")
		fields[name] = t.Field(i).Type
		names = append(names, name)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		field, ok := fields[key.Value]
		if !ok {
			return unknownKey(fmt.Sprintf("%s:%d: ", path, key.Line), above+key.Value, key.Value, names)
		}
		if seen[key.Value] {
			return usage(fmt.Errorf("%s:%d: key %q stands there twice", path, key.Line, above+key.Value), "remove one of them")
		}
		seen[key.Value] = true
		if field.Kind() == reflect.Struct {
			if err := checkKeys(path, value, field, above+key.Value+"."); err != nil {
				return err
			}
		}
	}
	return nil
}

func unknownKey(place, whole, key string, names []string) error {
	return usage(fmt.Errorf("%sunknown key %q", place, whole), "nearest keys: "+strings.Join(hooks.Nearest(key, names), ", "))
}

// Keys lists the dotted names of every key that a spec can have, sorted.
func Keys() []string {
	var out []string
	var walk func(t reflect.Type, above string)
	walk = func(t reflect.Type, above string) {
		for i := range t.NumField() {
			name := above + t.Field(i).Tag.Get("mapstructure")
			if t.Field(i).Type.Kind() == reflect.Struct {
				walk(t.Field(i).Type, name+".")
			} else {
				out = append(out, name)
			}
		}
	}
	walk(reflect.TypeOf(Spec{}), "")
	sort.Strings(out)
	return out
}

// CheckKey refuses a dotted key that no spec has (place says where it stood).
func CheckKey(place, key string) error {
	for _, k := range Keys() {
		if k == key {
			return nil
		}
	}
	return unknownKey(place, key, key, Keys())
}
