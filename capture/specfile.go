package capture

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ReadSpecFile reads a YAML spec or settings file (JSON is YAML). Every key is
// checked; the error names file, line and the nearest key.
func ReadSpecFile(path string) (Layer, error) {
	root, err := parseSpecFile(path)
	if flag := flagOfEnding[strings.ToLower(filepath.Ext(path))]; err != nil && flag != "" {
		err = usage(err, fmt.Sprintf("a spec is YAML; is %s meant for %s?", path, flag))
	}
	if err != nil || root == nil {
		return Layer{}, err
	}
	folder := filepath.Dir(path)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // a pipe lies nowhere
		folder = ""
	}
	l := Layer{}
	return l, l.setAll(root, "", Setting{file: path, folder: folder})
}

// flagOfEnding says what takes a file that is no spec.
var flagOfEnding = map[string]string{
	".gguf": "--model", ".jinja": "--chat",
	".jsonl": "--prompts", ".ndjson": "--prompts", ".csv": "--prompts", ".tsv": "--prompts", ".txt": "--prompts", ".parquet": "--prompts",
}

// parseSpecFile gives the mapping in a spec's file, its keys checked: nil where it is
// empty.
func parseSpecFile(path string) (*yaml.Node, error) {
	text, err := readSpecText(path)
	if err != nil {
		return nil, err
	}
	if text, err = withoutSurrogates(path, text); err != nil {
		return nil, err
	}
	root, err := parseYAML(path, text)
	if err != nil || root == nil {
		return nil, err
	}
	if err := checkNodes(path, root); err != nil {
		return nil, err
	}
	expandShortForms(root)
	datesAreText(root)
	return root, checkKeys(path, root, reflect.TypeOf(Spec{}), "")
}

// readSpecText reads a spec's file.
func readSpecText(path string) ([]byte, error) {
	text, err := readLimited(path, mostSpecBytes)
	if err == nil {
		return text, nil
	}
	hint := "name a YAML file that exists"
	if info, serr := os.Stat(path); serr == nil {
		hint = "name a YAML file that can be read"
		if info.IsDir() {
			hint = "it is a folder: name the YAML file in it"
		}
	}
	return nil, usage(fmt.Errorf("spec %q: %w", path, err), hint)
}

// setAll takes the values of a mapping over, those of the mappings in it too. What is
// null sets nothing.
func (l Layer) setAll(node *yaml.Node, above string, from Setting) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := above+node.Content[i].Value, node.Content[i+1]
		for value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		key, ok := keyNamed(name)
		var err error
		switch {
		case !ok: // a group, since the keys were checked
			err = l.setAll(value, name+".", from)
		case value.ShortTag() != "!!null":
			from.key, from.Place = key, fmt.Sprintf("%s:%d: %s", from.file, node.Content[i].Line, name)
			err = l.set(from, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
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

// checkKeys compares the keys of a mapping with the fields of a struct type, and
// those of the mappings in it.
func checkKeys(path string, node *yaml.Node, t reflect.Type, above string) error {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Kind != yaml.MappingNode {
		return wrongKind(path, node, above, "a mapping of keys to values")
	}
	fields := map[string]reflect.StructField{}
	var names []string
	for i := range t.NumField() {
		if name := keyOf(t.Field(i)); name != "" {
			fields[name] = t.Field(i)
			names = append(names, name)
		}
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		field, ok := fields[key.Value]
		if key.Tag == "!!merge" {
			return usage(fmt.Errorf("%s:%d: << is not read", path, key.Line), "write the keys out; whole values can be repeated with &name and *name")
		}
		if !ok {
			return unknownKey(fmt.Sprintf("%s:%d: ", path, key.Line), key.Value, above, names)
		}
		if seen[key.Value] {
			return usage(fmt.Errorf("%s:%d: key %q stands there twice", path, key.Line, above+key.Value), "remove one of them")
		}
		seen[key.Value] = true
		whole := above + key.Value
		var err error
		if fileOnly(field) {
			err = checkInside(path, value, field.Type, whole)
		} else if field.Type.Kind() == reflect.Struct {
			err = checkKeys(path, value, field.Type, whole+".")
		} else {
			err = checkNulls(path, value, whole)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkInside checks the keys within a value that a file alone sets. It may be an
// alias, and null where nothing is set.
func checkInside(path string, node *yaml.Node, t reflect.Type, whole string) error {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch null := node.ShortTag() == "!!null"; {
	case null:
	case t.Kind() == reflect.Struct:
		return checkKeys(path, node, t, whole+".")
	case t.Kind() == reflect.Map && node.Kind != yaml.MappingNode:
		return wrongKind(path, node, whole, "a mapping of keys to values")
	case t == reflect.TypeFor[Vars](), t == reflect.TypeFor[Rows]():
	case t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Struct:
		return checkNulls(path, node, whole)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		if node.Kind != yaml.SequenceNode {
			return wrongKind(path, node, whole, "a list")
		}
		for i, item := range node.Content {
			for item.Kind == yaml.AliasNode {
				item = item.Alias
			}
			if err := checkKeys(path, item, t.Elem(), fmt.Sprintf("%s[%d].", whole, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkNulls refuses a null within a list or mapping of texts, where YAML's decoder
// would leave it out.
func checkNulls(path string, node *yaml.Node, whole string) error {
	for i, item := range node.Content {
		place := fmt.Sprintf("%s[%d]", whole, i)
		if node.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue // a key
			}
			place = whole + "." + node.Content[i-1].Value
		}
		for item.Kind == yaml.AliasNode {
			item = item.Alias
		}
		if item.ShortTag() == "!!null" {
			return usage(fmt.Errorf("%s:%d: %s is null, where a text must stand", path, item.Line, place), `write "" for an empty text, or leave the item out`)
		}
	}
	return nil
}

func wrongKind(path string, node *yaml.Node, where, want string) error {
	if where = strings.TrimSuffix(where, "."); where == "" {
		where = "the spec"
	}
	return usage(fmt.Errorf("%s:%d: %s is not %s", path, node.Line, where, want), "README shows a whole spec, docs/experiments.md the keys of an experiment")
}
