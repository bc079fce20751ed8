package storage

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
)

// fieldType writes the type of a field of a damaged schema as Arrow's library
// writes it; nested no deeper than any column of a run is.
func fieldType(field flatTable, depth int) string {
	kind := plainType(field, depth)
	if encoding := field.table(4); encoding.at >= 0 {
		return fmt.Sprintf("dictionary<values=%s, indices=%s, ordered=%v>", kind, intType(encoding.table(1)), encoding.byte(2) != 0)
	}
	return kind
}

func plainType(field flatTable, depth int) string {
	kind := field.table(3)
	switch field.byte(2) {
	case 2:
		return intType(kind)
	case 3:
		if p := kind.short(0); p < 3 {
			return [...]string{"float16", "float32", "float64"}[p]
		}
	case 5:
		return "utf8"
	case 6:
		return "bool"
	case 12:
		return "list<" + itemType(field, depth) + ">"
	case 16:
		return fmt.Sprintf("fixed_size_list<%s>[%d]", itemType(field, depth), kind.int(0))
	}
	return fmt.Sprintf("type %d", field.byte(2))
}

func itemType(field flatTable, depth int) string {
	children := field.tables(5, 1)
	if len(children) != 1 || depth == 0 {
		return "?"
	}
	item := children[0].text(0) + ": " + fieldType(children[0], depth-1)
	if children[0].byte(1) != 0 {
		item += ", nullable"
	}
	return item
}

func intType(t flatTable) string {
	if t.at >= 0 && t.byte(1) == 0 {
		return fmt.Sprintf("uint%d", t.int(0))
	}
	return fmt.Sprintf("int%d", t.int(0))
}

// metadata gives the key-value pairs that are field n of a table, in order.
func (t flatTable) metadata(n int) (out []string) {
	for _, pair := range t.tables(n, 8) {
		out = append(out, pair.text(0)+"="+pair.text(1))
	}
	return out
}

func pairs(m arrow.Metadata) (out []string) {
	for i, k := range m.Keys() {
		out = append(out, k+"="+m.Values()[i])
	}
	return out
}

// checkSchema compares the schema of a file with the promised one; false where a
// column is not the promised one, so that the file cannot be read as it.
func (v *verifier) checkSchema(file string, got flatTable, want *arrow.Schema) bool {
	good := true
	fault := func(where, what string, args ...any) {
		v.add(file, where, what, args...)
		good = false
	}
	if got.short(0) != 0 {
		fault("schema", "is big-endian")
	}
	if g, w := got.metadata(2), pairs(want.Metadata()); !slices.Equal(g, w) {
		fault("schema", "has the metadata %q; promised are %q", g, w)
	}
	fields := got.tables(1, maxFields)
	if len(fields) != want.NumFields() {
		fault("schema", "has %d columns; promised are %d", len(fields), want.NumFields())
	}
	for i, f := range fields[:min(len(fields), want.NumFields())] {
		w := want.Field(i)
		where := fmt.Sprintf("column %q", w.Name)
		if name := f.text(0); name != w.Name {
			fault(where, "is called %q", name)
		}
		if kind := fieldType(f, 2); kind != w.Type.String() {
			fault(where, "is %s; promised is %s", kind, w.Type)
		}
		if nullable := f.byte(1) != 0; nullable != w.Nullable {
			fault(where, "nullable is %v; promised is %v", nullable, w.Nullable)
		}
		if g, w := f.metadata(6), pairs(w.Metadata); !slices.Equal(g, w) {
			fault(where, "has the metadata %q; promised are %q", g, w)
		}
	}
	if got.bad {
		fault("schema", "%v", errMetadata)
	}
	return good
}

// promisedColumns gives the columns of activations that the manifest promises.
// It does not say which of them hold token ids: that is read off the schema.
func (v *verifier) promisedColumns(schema flatTable) (out []Column) {
	fields := schema.tables(1, maxFields)
	for i, h := range v.m.Hooks {
		c := Column{h.Name, h.Shape, v.m.DType}
		if c.DType == "" {
			c.DType = Float32
		}
		if n := len(plainFields) + i; n < len(fields) {
			if item := fields[n].tables(5, 1); len(item) == 1 {
				switch kind := DType(fieldType(item[0], 0)); {
				case kind == Int32, v.m.DType == "" && kind == Float16, h.Name == logitsColumn && kind == Float32:
					c.DType = kind
				}
			}
		}
		out = append(out, c)
	}
	return out
}

// logitsColumn holds the largest logits, in float32 whatever the run's dtype.
const logitsColumn = "unembed.hook_out"

// plainFields are the columns that are the same in every activations file.
var plainFields = activationSchema(nil).Fields()
