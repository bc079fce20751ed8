package capture

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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
	// Fixed holds the keys that a file alone sets, those with a yaml tag: lists and
	// mappings, whose own keys keep their case.
	Fixed Spec
}

// HasPrompts says whether the file names prompts of any kind.
func (f *SpecFile) HasPrompts() bool {
	prompts, _ := f.Settings["prompts"].(map[string]any)
	return prompts["file"] != nil || len(f.Fixed.Prompts.Rows) > 0 || len(f.Fixed.Prompts.Text) > 0
}

// Fix puts what the file alone sets into a spec, in place of what a farther file
// set.
func (f *SpecFile) Fix(spec *Spec) {
	if f.HasPrompts() {
		spec.Prompts.Rows, spec.Prompts.Text = nil, nil
	}
	fix(reflect.ValueOf(spec).Elem(), reflect.ValueOf(f.Fixed))
}

func fix(to, from reflect.Value) {
	for i := range from.NumField() {
		switch field := from.Type().Field(i); {
		case !fileOnly(field) && field.Type.Kind() == reflect.Struct:
			fix(to.Field(i), from.Field(i))
		case fileOnly(field) && !from.Field(i).IsZero():
			to.Field(i).Set(from.Field(i))
		}
	}
}

// fileOnly says whether a key is set by a spec file alone.
func fileOnly(field reflect.StructField) bool { return field.Tag.Get("yaml") != "" }

// keyOf gives the name of a field in a spec.
func keyOf(field reflect.StructField) string {
	if name := field.Tag.Get("mapstructure"); name != "" {
		return name
	}
	return field.Tag.Get("yaml")
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
	if err := readYAML(path, text, &doc); err != nil {
		return nil, err
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
	if err := setAside(path, root, reflect.ValueOf(&out.Fixed).Elem(), ""); err != nil {
		return nil, err
	}
	if err := root.Decode(&out.Settings); err != nil {
		return nil, usage(fmt.Errorf("spec %q: %w", path, err), "mend the YAML; README shows a whole spec")
	}
	out.findPrompts(path)
	return out, nil
}

// setAside takes the keys that a file alone sets out of a mapping and reads them.
func setAside(path string, node *yaml.Node, into reflect.Value, above string) error {
	var rest []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		at := slices.IndexFunc(reflect.VisibleFields(into.Type()), func(f reflect.StructField) bool { return keyOf(f) == key.Value })
		switch field := into.Type().Field(at); { // it is there: the keys were checked
		case fileOnly(field):
			if err := value.Decode(into.Field(at).Addr().Interface()); err != nil {
				return wrongType(path, above+key.Value, err)
			}
			continue
		case field.Type.Kind() == reflect.Struct:
			if err := setAside(path, value, into.Field(at), above+key.Value+"."); err != nil {
				return err
			}
		}
		rest = append(rest, key, value)
	}
	node.Content = rest
	return nil
}

// wrongType says where a value is of another type than its key's.
func wrongType(path, key string, err error) error {
	place := fmt.Sprintf("spec %q", path)
	if types := (*yaml.TypeError)(nil); errors.As(err, &types) {
		if line, rest, ok := strings.Cut(strings.TrimPrefix(types.Errors[0], "line "), ": "); ok {
			place, err = path+":"+line, errors.New(rest)
		}
	}
	return usage(fmt.Errorf("%s: %s: %w", place, key, err), "README and docs/experiments.md show what the key holds")
}

// findPrompts takes prompts.file relative to the spec's own folder, if it is there.
func (f *SpecFile) findPrompts(path string) {
	prompts, _ := f.Settings["prompts"].(map[string]any)
	if file, ok := prompts["file"].(string); ok && !filepath.IsAbs(file) {
		beside := filepath.Join(filepath.Dir(path), file)
		if _, err := os.Stat(beside); err == nil {
			prompts["file"] = beside
		}
	}
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
	if node.Kind != yaml.MappingNode {
		return wrongKind(path, node, above, "a mapping of keys to values")
	}
	fields := map[string]reflect.StructField{}
	var names []string
	for i := range t.NumField() {
		name := keyOf(t.Field(i))
		fields[name] = t.Field(i)
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

func unknownKey(place, whole, key string, names []string) error {
	return usage(fmt.Errorf("%sunknown key %q", place, whole), "nearest keys: "+strings.Join(hooks.Nearest(key, names), ", "))
}

// Keys lists the dotted names of every key that flags and variables can set too,
// sorted.
func Keys() []string { return keys(false) }

// keys lists the keys that a file alone sets, or all others.
func keys(fixed bool) []string {
	var out []string
	var walk func(t reflect.Type, above string)
	walk = func(t reflect.Type, above string) {
		for i := range t.NumField() {
			field := t.Field(i)
			name := above + keyOf(field)
			switch {
			case !fileOnly(field) && field.Type.Kind() == reflect.Struct:
				walk(field.Type, name+".")
			case fileOnly(field) == fixed:
				out = append(out, name)
			}
		}
	}
	walk(reflect.TypeOf(Spec{}), "")
	sort.Strings(out)
	return out
}

// CheckKey refuses a dotted key that no spec has, or that a file alone sets (place
// says where it stood).
func CheckKey(place, key string) error {
	if slices.Contains(Keys(), key) {
		return nil
	}
	for _, fixed := range keys(true) {
		if key == fixed || strings.HasPrefix(key, fixed+".") || strings.HasPrefix(key, fixed+"[") {
			return usage(fmt.Errorf("%s%s is set by a spec file alone", place, fixed), "write it into the YAML file that `capture run SPEC.yaml` reads")
		}
	}
	return unknownKey(place, key, key, Keys())
}
