package spec

import (
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
