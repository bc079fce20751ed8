package verify

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

func pairs(m arrow.Metadata) (out []string) {
	for i, k := range m.Keys() {
		out = append(out, k+"="+m.Values()[i])
	}
	return out
}

// checkSchema compares the schema of a file with the promised one; false where a
// column is not the promised one, so that the file cannot be read as it.
func (v *verifier) checkSchema(file string, got, want *arrow.Schema) bool {
	good := true
	fault := func(where, what string, args ...any) {
		v.add(file, where, what, args...)
		good = false
	}
	if g, w := pairs(got.Metadata()), pairs(want.Metadata()); !slices.Equal(g, w) {
		fault("schema", "has the metadata %q; promised are %q", g, w)
	}
	fields := got.Fields()
	if len(fields) != want.NumFields() {
		fault("schema", "has %d columns; promised are %d", len(fields), want.NumFields())
	}
	for _, f := range fields {
		if len(want.FieldIndices(f.Name)) == 0 {
			fault(fmt.Sprintf("column %q", f.Name), "is none of the format, and the manifest does not list it")
		}
	}
	for i, f := range fields[:min(len(fields), want.NumFields())] {
		w := want.Field(i)
		where := fmt.Sprintf("column %q", w.Name)
		if f.Name != w.Name {
			fault(where, "is called %q", f.Name)
		}
		if f.Type.String() != w.Type.String() {
			fault(where, "is %s; promised is %s", f.Type, w.Type)
		}
		if f.Nullable != w.Nullable {
			fault(where, "nullable is %v; promised is %v", f.Nullable, w.Nullable)
		}
		if g, w := pairs(f.Metadata), pairs(w.Metadata); !slices.Equal(g, w) {
			fault(where, "has the metadata %q; promised are %q", g, w)
		}
	}
	return good
}

// promisedColumns gives the columns of activations that the manifest promises.
// It does not say which of them hold token ids: that is read off the schema.
func (v *verifier) promisedColumns(schema *arrow.Schema) (out []arrowfile.Column) {
	fields := schema.Fields()
	plain := rundir.InFormat(v.m.FormatVersion, rundir.ActivationSchema(nil, rundir.FieldsOf(v.m.Optional.Activations)...)).NumFields()
	for i, h := range v.m.Hooks {
		c := arrowfile.Column{Name: h.Name, Shape: h.Shape, DType: v.m.DType}
		if c.DType == "" {
			c.DType = arrowfile.Float32
		}
		if n := plain + i; n < len(fields) {
			if list, ok := fields[n].Type.(*arrow.FixedSizeListType); ok {
				switch kind := arrowfile.DType(list.Elem().String()); {
				case kind == arrowfile.Int32, v.m.DType == "" && kind == arrowfile.Float16, h.Name == rundir.LogitsColumn && kind == arrowfile.Float32:
					c.DType = kind
				}
			}
		}
		out = append(out, c)
	}
	return out
}
