package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
)

// ReadFile reads a YAML spec or settings file (JSON is YAML). Every key is
// checked; the error names file, line and the nearest key.
func ReadFile(path string) (Layer, error) {
	root, err := parseFile(path)
	if key := keyOfEnding[strings.ToLower(filepath.Ext(path))]; err != nil && key != "" {
		err = hint.Usage(err, "a spec is YAML; is ", path, " meant for ", key, "?")
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

// keyOfEnding says which key takes a file that is not a spec.
var keyOfEnding = map[string]hint.Key{
	".gguf": "model", ".jinja": "chat.template",
	".jsonl": "prompts.file", ".ndjson": "prompts.file", ".csv": "prompts.file", ".tsv": "prompts.file", ".txt": "prompts.file", ".parquet": "prompts.file",
}

// parseFile gives the mapping in a spec's file, its keys checked: nil where it is
// empty.
func parseFile(path string) (*yaml.Node, error) {
	text, err := readText(path)
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

// readText reads the text of a spec's file.
func readText(path string) ([]byte, error) {
	text, err := textfile.Read(path, maxFileBytes)
	if err == nil {
		return text, nil
	}
	advice := "name a YAML file that exists"
	if info, serr := os.Stat(path); serr == nil {
		advice = "name a YAML file that can be read"
		if info.IsDir() {
			advice = "it is a folder: name the YAML file in it"
		}
	}
	return nil, hint.Usage(fmt.Errorf("spec %q: %w", path, err), advice)
}

// maxFileBytes is how large a spec's file may be.
const maxFileBytes = 16 << 20

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
