package spec

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// short is a mapping that a spec may write as one text.
type short interface {
	fromText(text string)
}

// hasShort says whether a type may be written as one text.
func hasShort(t reflect.Type) bool { return reflect.PointerTo(t).Implements(reflect.TypeFor[short]()) }

// isText says whether a node is a scalar with a value.
func isText(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() != "!!null"
}

func (v *Vector) fromText(text string) { v.Ref = text }
func (o *Origin) fromText(text string) {
	if o.Pair = text == "pair"; !o.Pair {
		o.text = text // which Validate refuses
	}
}
func (a *Arm) fromText(text string) { a.Name = text }

// UnmarshalYAML reads FILE, FILE#NAME, zero, or a mapping.
func (v *Vector) UnmarshalYAML(node *yaml.Node) error {
	type plain Vector
	return readShort(node, v, (*plain)(v))
}

// UnmarshalYAML reads pair, or a mapping.
func (o *Origin) UnmarshalYAML(node *yaml.Node) error {
	type plain Origin
	return readShort(node, o, (*plain)(o))
}

// UnmarshalYAML reads the name of an arm, or a mapping.
func (a *Arm) UnmarshalYAML(node *yaml.Node) error {
	type plain Arm
	return readShort(node, a, (*plain)(a))
}

func readShort(node *yaml.Node, text short, plain any) error {
	if isText(node) {
		text.fromText(node.Value)
		return nil
	}
	return node.Decode(plain)
}

// UnmarshalYAML reads the keys that are there and keeps the defaults of the others.
func (c *Controls) UnmarshalYAML(node *yaml.Node) error {
	type plain Controls
	*c = defaultControls
	return node.Decode((*plain)(c))
}

// Numbers is a list of numbers that may be written as one.
type Numbers []float64

// UnmarshalYAML reads a number or a list of them.
func (n *Numbers) UnmarshalYAML(node *yaml.Node) error {
	if isText(node) {
		node = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{node}}
	}
	return node.Decode((*[]float64)(n))
}

// UnmarshalJSON reads a number or a list of them.
func (n *Numbers) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(listed(text), (*[]float64)(n))
}

// Words is a list of texts that may be written as one.
type Words []string

// UnmarshalYAML reads a text or a list of them.
func (w *Words) UnmarshalYAML(node *yaml.Node) error {
	if isText(node) {
		node = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{node}}
	}
	return node.Decode((*[]string)(w))
}

// UnmarshalJSON reads a text or a list of them.
func (w *Words) UnmarshalJSON(text []byte) error { return json.Unmarshal(listed(text), (*[]string)(w)) }

// listed gives JSON as a list.
func listed(text []byte) []byte {
	if text = bytes.TrimSpace(text); bytes.HasPrefix(text, []byte("[")) || string(text) == "null" {
		return text
	}
	return append(append([]byte("["), text...), ']')
}

// String gives the words as a spec would write them.
func (w Words) String() string { return strings.Join(w, ", ") }
