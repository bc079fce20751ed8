package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
	"intentprobe/models/chat"
)

// Rows are rows of a dataset that stand in a spec, as JSON.
type Rows []json.RawMessage

// Vars are the variables of a chat template, as JSON: their keys keep their order, and
// numbers stay as they were written.
type Vars map[string]json.RawMessage

// UnmarshalYAML reads a list of mappings.
func (r *Rows) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.SequenceNode {
		return yamlError(node, "want a list of rows")
	}
	*r = Rows{}
	for i, item := range node.Content {
		value, err := yamlJSON(item)
		if err != nil {
			return err
		}
		if kind := chat.TypeOf(value); kind != "an object" {
			return yamlError(item, "[%d] is %s, where a row must stand", i, kind)
		}
		*r = append(*r, value)
	}
	return nil
}

// UnmarshalYAML reads a mapping of names to any values.
func (v *Vars) UnmarshalYAML(node *yaml.Node) error {
	text, err := yamlJSON(node)
	if err != nil {
		return err
	}
	*v = Vars{}
	return json.Unmarshal(text, v)
}

// yamlError is an error at a node, of the kind whose line a spec's errors show.
func yamlError(node *yaml.Node, format string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: ", node.Line) + fmt.Sprintf(format, args...)}}
}

// yamlJSON gives a YAML value as JSON. Keys keep their order and must be texts, numbers
// or truth values; numbers that JSON knows stay as they are written.
func yamlJSON(node *yaml.Node) (json.RawMessage, error) {
	switch node.Kind {
	case yaml.AliasNode:
		return yamlJSON(node.Alias)
	case yaml.SequenceNode:
		out := []byte("[")
		for i, item := range node.Content {
			value, err := yamlJSON(item)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, value...)
		}
		return append(out, ']'), nil
	case yaml.MappingNode:
		out := &chat.Object{}
		if err := yamlMembers(node, out); err != nil {
			return nil, err
		}
		return out.MarshalJSON()
	}
	return yamlScalar(node)
}

// yamlMembers adds the pairs of a mapping; those of a merged one (<<) come after its
// own, which override them.
func yamlMembers(node *yaml.Node, out *chat.Object) error {
	var merged []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch {
		case key.ShortTag() == "!!merge":
			for value.Kind == yaml.AliasNode {
				value = value.Alias
			}
			if value.Kind == yaml.SequenceNode {
				merged = append(merged, value.Content...)
			} else {
				merged = append(merged, value)
			}
			continue
		case key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null":
			return yamlError(key, "a key that is no text")
		case out.Get(key.Value) != nil:
			return yamlError(key, "the key %q stands there twice", key.Value)
		}
		text, err := yamlJSON(value)
		if err != nil {
			return err
		}
		out.Set(key.Value, text)
	}
	for _, other := range merged {
		for other.Kind == yaml.AliasNode {
			other = other.Alias
		}
		if other.Kind != yaml.MappingNode {
			return yamlError(other, "only a mapping can be merged")
		}
		more := &chat.Object{}
		if err := yamlMembers(other, more); err != nil {
			return err
		}
		for _, key := range more.Keys() {
			if out.Get(key) == nil {
				out.Set(key, more.Get(key))
			}
		}
	}
	return nil
}

// leadingZero is a number that people and versions of YAML read in different ways.
var leadingZero = regexp.MustCompile(`^[-+]?0[0-9]`)

func yamlScalar(node *yaml.Node) (json.RawMessage, error) {
	var value any
	if err := node.Decode(&value); err != nil {
		return nil, err
	}
	switch node.ShortTag() {
	case "!!null":
		return json.RawMessage("null"), nil
	case "!!bool":
		return json.RawMessage(fmt.Sprint(value)), nil
	case "!!int", "!!float":
		if leadingZero.MatchString(node.Value) {
			return nil, yamlError(node, "%s is a number of another value in YAML (0 in front makes it octal); write %q for the text, or the number without 0 in front", node.Value, node.Value)
		}
		if json.Valid([]byte(node.Value)) {
			return json.RawMessage(node.Value), nil
		}
		if f, ok := value.(float64); ok {
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return nil, yamlError(node, "%s is a number that JSON, in which rows and variables are kept, does not have; write null", node.Value)
			}
			value = strconv.FormatFloat(f, 'g', -1, 64)
		}
		return json.RawMessage(fmt.Sprint(value)), nil
	}
	text, ok := value.(string)
	if !ok {
		text = node.Value
	}
	return chat.QuoteJSON(text), nil
}

// surrogatePair is a character that JSON writes as two escapes, which YAML does not know;
// or any other escape.
var surrogatePair = regexp.MustCompile(`\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?s:.))`)

// withoutSurrogates gives a spec that is JSON without the pairs of escapes, and refuses
// one in another encoding than those of YAML.
func withoutSurrogates(path string, text []byte) ([]byte, error) {
	utf16 := bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff"))
	if !utf16 && !utf8.Valid(text) {
		return nil, hint.Usage(fmt.Errorf("%s:%d: not UTF-8", path, textfile.BadLine(text)), "convert the file to UTF-8, for example with iconv")
	}
	if !json.Valid(text) {
		return text, nil
	}
	return surrogatePair.ReplaceAllFunc(text, func(escape []byte) []byte {
		var char string
		if len(escape) < 12 || json.Unmarshal([]byte(`"`+string(escape)+`"`), &char) != nil {
			return escape
		}
		return []byte(char)
	}), nil
}
