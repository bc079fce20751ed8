package spec

import (
	"encoding"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// put reads a value into a field of a spec. The error says what was written and what
// is wanted.
func put(field reflect.Value, node *yaml.Node) error {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if field.Kind() == reflect.Slice {
		return putList(field, node)
	}
	if reader, ok := field.Addr().Interface().(yaml.Unmarshaler); ok && node.Kind == yaml.MappingNode {
		return reader.UnmarshalYAML(node)
	}
	if node.Kind != yaml.ScalarNode || node.ShortTag() == "!!null" {
		return fmt.Errorf("%s, where %s is wanted", written(node), wanted(field.Type()))
	}
	if reader, ok := field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return reader.UnmarshalText([]byte(node.Value))
	}
	wrong := fmt.Errorf("%q is not %s", node.Value, wanted(field.Type()))
	switch field.Kind() {
	case reflect.String:
		field.SetString(node.Value)
	case reflect.Bool:
		switch strings.ToLower(node.Value) {
		case "true", "yes", "on", "1":
			field.SetBool(true)
		case "false", "no", "off", "0":
			field.SetBool(false)
		default:
			return wrong
		}
	case reflect.Int, reflect.Int64:
		n, ok := whole(node.Value)
		if !ok {
			if _, ok := new(big.Int).SetString(node.Value, 0); ok {
				return fmt.Errorf("%w from %d to %d", wrong, math.MinInt64, math.MaxInt64)
			}
			return wrong
		}
		field.SetInt(n)
	case reflect.Float32, reflect.Float64:
		x, err := strconv.ParseFloat(node.Value, 64)
		if err != nil {
			return wrong
		}
		field.SetFloat(x)
	}
	return nil
}

func putList(field reflect.Value, node *yaml.Node) error {
	if node.Kind != yaml.SequenceNode {
		return fmt.Errorf("%s, where %s is wanted", written(node), wanted(field.Type()))
	}
	list := reflect.MakeSlice(field.Type(), len(node.Content), len(node.Content))
	for i, item := range node.Content {
		if err := put(list.Index(i), item); err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	field.Set(list)
	return nil
}

// whole reads a whole number; 64.0 and 1e3 are some too.
func whole(text string) (int64, bool) {
	base := 10
	if len(text) > 2 && text[0] == '0' && strings.ContainsRune("xXoObB", rune(text[1])) {
		base = 0
	}
	if n, err := strconv.ParseInt(text, base, 64); err == nil {
		return n, true
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || x != math.Trunc(x) || math.Abs(x) >= 1<<53 {
		return 0, false
	}
	return int64(x), true
}

// readsText says whether a type reads its value from a text.
func readsText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// written says what stands in a file.
func written(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case node.Kind == yaml.MappingNode:
		return "a mapping"
	case node.ShortTag() == "!!null":
		return "nothing (null)"
	}
	return strconv.Quote(node.Value)
}

// wanted says what a type takes.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "a mapping of keys to values"
	}
	return "a text"
}

var yamlType = regexp.MustCompile("cannot unmarshal !!(\\w+)(?: `(.*)`)? into (.*)$")

var yamlTwice = regexp.MustCompile(`mapping key (".*") already defined at line (\d+)$`)

// yamlWords says in words what the YAML library says in Go's types.
func yamlWords(message string, t reflect.Type) string {
	if m := yamlTwice.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("the key %s stands there twice, first in line %s", m[1], m[2])
	}
	m := yamlType.FindStringSubmatch(message)
	if m == nil {
		return message
	}
	what := map[string]string{"seq": "a list", "map": "a mapping", "null": "nothing (null)"}[m[1]]
	if what == "" {
		what = strconv.Quote(m[2])
	}
	want := map[string]string{"int": "a whole number", "float64": "a number", "bool": "true or false", "string": "a text", t.String(): wanted(t)}[m[3]]
	switch {
	case want != "":
	case strings.HasPrefix(m[3], "[]"):
		want = "a list"
	default: // a map or one of the spec's own types
		want = "a mapping of keys to values"
	}
	return what + ", where " + want + " is wanted"
}
