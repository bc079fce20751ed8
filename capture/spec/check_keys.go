package spec

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"intentprobe/capture/hint"
)

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
			return hint.Usage(fmt.Errorf("%s:%d: << is not read", path, key.Line), "write the keys out; whole values can be repeated with &name and *name")
		}
		if !ok {
			return unknownKey(fmt.Sprintf("%s:%d: ", path, key.Line), key.Value, above, names)
		}
		if seen[key.Value] {
			return hint.Usage(fmt.Errorf("%s:%d: key %q stands there twice", path, key.Line, above+key.Value), "remove one of them")
		}
		seen[key.Value] = true
		whole := above + key.Value
		var err error
		if fileOnly(field) {
			err = checkInside(path, value, field.Type, whole)
		} else if field.Type.Kind() == reflect.Struct {
			err = checkKeys(path, value, field.Type, whole+".")
		} else if err = checkNulls(path, value, whole); err == nil {
			err = checkItems(path, value, field.Type, whole)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkItems checks the keys of mappings in a list of values.
func checkItems(path string, node *yaml.Node, t reflect.Type, whole string) error {
	if t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Struct || node.Kind != yaml.SequenceNode {
		return nil
	}
	for i, item := range node.Content {
		for item.Kind == yaml.AliasNode {
			item = item.Alias
		}
		if item.Kind != yaml.MappingNode {
			continue
		}
		if err := checkKeys(path, item, t.Elem(), fmt.Sprintf("%s[%d].", whole, i)); err != nil {
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
	case null, node.Kind == yaml.ScalarNode && hasShort(t):
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
			if isText(item) && hasShort(t.Elem()) {
				continue
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
			return hint.Usage(fmt.Errorf("%s:%d: %s is null, where a text must stand", path, item.Line, place), "write a text, in quotes where YAML takes it for null (\"null\", \"~\"), or leave the item out")
		}
	}
	return nil
}

func wrongKind(path string, node *yaml.Node, where, want string) error {
	if where = strings.TrimSuffix(where, "."); where == "" {
		where = "the spec"
	}
	return hint.Usage(fmt.Errorf("%s:%d: %s is not %s", path, node.Line, where, want), "docs/spec.md shows a whole spec, docs/experiments.md the keys of an experiment")
}
