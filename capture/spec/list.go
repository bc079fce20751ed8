package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"intentprobe/hooks"
)

// items reads a list that is written as one text: in a flag, a variable, --set, or
// in a YAML file where a list is expected.
//
// Lists of names are split at commas, or written [a, b]. Lists of texts (stop texts,
// prompts) are not split, since a comma may be part of one: one text is one item, and
// ["a", "b"] are several.
func (k Key) items(text string) ([]*yaml.Node, error) {
	switch {
	case k.list == "hooks":
		return nameNodes(text, hooks.Split) // which knows the commas between layers
	case k.list == "names":
		return nameNodes(text, splitNames)
	case !bracketed(text):
		return []*yaml.Node{textNode(text)}, nil
	}
	var texts []*string
	if json.Unmarshal([]byte(text), &texts) != nil || slices.Contains(texts, nil) {
		if list := flowList(text); len(list) > 0 {
			return nil, fmt.Errorf("%q is either a text or a list", text)
		}
		return []*yaml.Node{textNode(text)}, nil
	}
	out := []*yaml.Node{}
	for _, text := range texts {
		out = append(out, textNode(*text))
	}
	return out, nil
}

// SplitNames reads a list of names: a,b or [a, b].
func SplitNames(text string) ([]string, error) { return names(text, splitNames) }

// SplitHooks reads a list of hook selectors: resid_post:0,-1,attn_out or
// ["resid_post:0,-1", attn_out].
func SplitHooks(text string) ([]string, error) { return names(text, hooks.Split) }

func splitNames(text string) (out []string) {
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func names(text string, split func(string) []string) (out []string, err error) {
	nodes, err := nameNodes(text, split)
	if err == nil {
		err = putList(reflect.ValueOf(&out).Elem(), &yaml.Node{Kind: yaml.SequenceNode, Content: nodes})
	}
	return out, err
}

func nameNodes(text string, split func(string) []string) ([]*yaml.Node, error) {
	if bracketed(text) {
		if list := flowList(text); list != nil {
			return list, nil
		}
		return nil, fmt.Errorf("%q is not a list", text)
	}
	out := []*yaml.Node{}
	for _, name := range split(text) {
		out = append(out, textNode(name))
	}
	return out, nil
}

func bracketed(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]")
}

// flowList reads [a, b]: nil where it is not a list, and empty for [].
func flowList(text string) []*yaml.Node {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.SequenceNode {
		return nil
	}
	return append([]*yaml.Node{}, doc.Content[0].Content...)
}

func textNode(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

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
