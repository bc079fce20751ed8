package spec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
)

// Key is a key of a spec that has a value of its own.
type Key struct {
	Name     string // as in generate.max_tokens
	FileOnly bool   // a spec file alone sets it: a list of mappings, or a mapping with keys of the user's

	field []int // of Spec, as reflect counts
	typ   reflect.Type
	list  string // of the items of a list: names, hooks or texts
}

// keyTable holds every key of a spec, in the order of Spec's fields.
var keyTable = tableOf(reflect.TypeOf(Spec{}), "", nil)

func tableOf(t reflect.Type, above string, at []int) (out []Key) {
	for i := range t.NumField() {
		field := t.Field(i)
		name := keyOf(field)
		if name == "" {
			continue
		}
		whole := append(slices.Clone(at), i)
		if !fileOnly(field) && field.Type.Kind() == reflect.Struct {
			out = append(out, tableOf(field.Type, above+name+".", whole)...)
			continue
		}
		list := ""
		if field.Type.Kind() == reflect.Slice && !fileOnly(field) {
			if list = field.Tag.Get("list"); list == "" {
				list = "names"
			}
		}
		out = append(out, Key{Name: above + name, FileOnly: fileOnly(field), field: whole, typ: field.Type, list: list})
	}
	return out
}

// fileOnly says whether a key is set by a spec file alone.
func fileOnly(field reflect.StructField) bool { return field.Tag.Get("yaml") != "" }

// keyOf gives the name of a field in a spec, empty where it is no key.
func keyOf(field reflect.StructField) string {
	if name := field.Tag.Get("key"); name != "" {
		return name
	}
	return field.Tag.Get("yaml")
}

// Keys lists every key of a spec, in the order of Spec's fields.
func Keys() []Key { return slices.Clone(keyTable) }

// keyNamed finds a key by its dotted name.
func keyNamed(name string) (Key, bool) {
	at := slices.IndexFunc(keyTable, func(k Key) bool { return k.Name == name })
	if at < 0 {
		return Key{}, false
	}
	return keyTable[at], true
}

// Last is the last part of the name: max_tokens of generate.max_tokens.
func (k Key) Last() string { return k.Name[strings.LastIndex(k.Name, ".")+1:] }

// IsList says whether the key takes several values.
func (k Key) IsList() bool { return k.list != "" }

// Kind says in a word what the key takes.
func (k Key) Kind() string {
	switch {
	case k.FileOnly:
		return "mapping"
	case k.list == "texts":
		return "string" // one at a time
	case k.IsList():
		return "list"
	}
	switch k.typ.Kind() {
	case reflect.Bool:
		return "bool"
	case reflect.Float64:
		return "float"
	case reflect.Int, reflect.Int64:
		if !readsText(k.typ) {
			return "int"
		}
	}
	return "string"
}

// Default is the value of the key where nobody sets it, as it is written; empty for
// none.
func (k Key) Default() string {
	spec := Default()
	value := reflect.ValueOf(&spec).Elem().FieldByIndex(k.field)
	switch {
	case k.IsList():
		var items []string
		for i := range value.Len() {
			items = append(items, fmt.Sprint(value.Index(i)))
		}
		return strings.Join(items, ",")
	case k.FileOnly:
		return ""
	}
	return fmt.Sprint(value)
}

// CheckKey refuses a dotted key that no spec has, or that a file alone sets (place
// says where it stood).
func CheckKey(place, name string) error {
	if key, ok := keyNamed(name); ok && !key.FileOnly {
		return nil
	}
	var group []string
	for _, key := range keyTable {
		if key.FileOnly && (name == key.Name || strings.HasPrefix(name, key.Name+".") || strings.HasPrefix(name, key.Name+"[")) {
			return hint.Usage(fmt.Errorf("%s%s is set by a spec file alone", place, key.Name), "write it into the YAML file that ", hint.Command{"run", "SPEC.yaml"}, " reads")
		}
		if strings.HasPrefix(key.Name, name+".") && !key.FileOnly {
			group = append(group, key.Name)
		}
	}
	if group != nil {
		return hint.Usage(fmt.Errorf("%s%q is a group of keys", place, name), "name one of them: "+strings.Join(group, ", "))
	}
	return unknownKey(place, name, "", nil)
}

// unknownKey refuses a key that stands below others (above: "generate.", or empty)
// and is none of these; it names the nearest, also those of other groups.
func unknownKey(place, key, above string, siblings []string) error {
	names, shown := slices.Clone(siblings), map[string]string{} // by what is compared
	var out []string
	for _, k := range keyTable {
		if k.Last() == strings.ToLower(strings.ReplaceAll(key, "-", "_")) && !slices.Contains(siblings, k.Last()) {
			out = append(out, k.Name) // meant, and of another group
		}
		for _, name := range []string{k.Name, k.Last()} {
			if !slices.Contains(names, name) {
				names, shown[name] = append(names, name), k.Name
			}
		}
	}
	for _, name := range hooks.Nearest(key, names) {
		if shown[name] != "" {
			name = shown[name]
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return hint.Usage(fmt.Errorf("%sunknown key %q", place, above+key), "nearest keys: "+strings.Join(out, ", "))
}

// example says what can be written for a key.
func (k Key) example() string {
	switch def := k.Default(); {
	case k.list == "texts":
		return `write a list as ["a", "b"], and a text with brackets around it as ["[text]"]`
	case k.IsList():
		return "write names with commas between them, or [a, b]"
	case k.Kind() == "bool":
		return "write true or false"
	case def != "" && def != "0":
		return fmt.Sprintf("the default is %s; docs/spec.md shows a value of every key", def)
	}
	return "docs/spec.md shows a value of every key"
}
