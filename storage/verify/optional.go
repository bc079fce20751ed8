package verify

import (
	"path/filepath"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// optionals checks the list of optional columns by itself.
func (v *verifier) optionals() {
	if v.m.FormatVersion < 3 && (v.m.Optional.Activations != nil || v.m.Optional.Samples != nil) {
		v.add(rundir.ManifestName, "optional_columns", "are there; format %d has none", v.m.FormatVersion)
	}
	if len(v.m.Adapters) > 0 && !slices.ContainsFunc(v.m.Optional.Samples, func(c rundir.OptionalColumn) bool { return c.Name == "adapter" }) {
		v.add(rundir.ManifestName, "optional_columns", "samples: adapter is missing; the run has adapters")
	}
	for _, table := range []struct {
		name     string
		required []arrow.Field
		columns  []rundir.OptionalColumn
	}{{"activations", rundir.RequiredRowFields, v.m.Optional.Activations}, {"samples", rundir.RequiredSampleFields, v.m.Optional.Samples}} {
		seen := map[string]bool{}
		for _, f := range table.required {
			seen[f.Name] = true
		}
		for _, h := range v.m.Hooks {
			seen[h.Name] = seen[h.Name] || table.name == "activations"
		}
		for _, c := range table.columns {
			f, err := c.Field()
			known := v.knownAs(table.name, c.Name)
			switch {
			case known != nil && *known != c:
				v.add(rundir.ManifestName, "optional_columns", "%s: %q is %s, null: %v; it must be %s, null: %v", table.name, c.Name, c.Type, c.Nullable, known.Type, known.Nullable)
			case seen[c.Name] || c.Name == "":
				v.add(rundir.ManifestName, "optional_columns", "%s: %q is the name of another column, or none", table.name, c.Name)
			case err != nil:
				v.add(rundir.ManifestName, "optional_columns", "%s: %v", table.name, err)
			case table.name == "activations" && f.Type.ID() == arrow.FIXED_SIZE_LIST:
				v.add(rundir.ManifestName, "optional_columns", "activations: column %q holds tensors, as only hook points do", c.Name)
			}
			seen[c.Name] = true
		}
	}
}

// knownAs gives an optional column of a table as this program writes it; nil for one that
// it does not know.
func (v *verifier) knownAs(table, name string) *rundir.OptionalColumn {
	var listed []rundir.OptionalColumn
	if table == "activations" {
		listed, _ = rundir.RowColumnsWith(v.m.ProbeNames()).Listed([]string{name})
	} else {
		listed, _ = rundir.SampleColumnsWith(v.m.ProbeNames()).Listed([]string{name})
	}
	if len(listed) == 0 {
		return nil
	}
	return &listed[0]
}

// listedAs says whether an optional column is one that this program knows, as it writes it.
func listedAs[T any](columns rundir.Columns[T], f arrow.Field) bool {
	known, _ := columns.Listed([]string{f.Name})
	return len(known) == 1 && known[0] == rundir.OptionalOf([]arrow.Field{f})[0]
}

// peek finds out which activation columns there are, where no file of them was read:
// samples come first, and their reductions follow from these columns. What is wrong
// with the file is found when it is checked.
func (v *verifier) peek(activations string) {
	if v.columns != nil || v.shapeless {
		return
	}
	t, err := rundir.OpenTable(filepath.Join(v.dir, activations))
	if err != nil {
		return
	}
	defer t.Close()
	v.columns = v.promisedColumns(t.Schema())
}

// optionalSamples are the optional columns that samples must have: those that the
// manifest lists, among which the reductions are those of the spec. Format 2 has no
// list.
func (v *verifier) optionalSamples(got *arrow.Schema) []arrow.Field {
	listed := rundir.FieldsOf(v.m.Optional.Samples)
	if v.m.FormatVersion == 2 {
		return rundir.ReducedFields(v.columns, v.reductions(got.Fields()))
	}
	var reduced []rundir.OptionalColumn
	for i, f := range listed {
		if hook, _ := v.reduction(f); hook >= 0 || f.Name == rundir.ReducedTokens.Name {
			reduced = append(reduced, rundir.OptionalOf(listed[i:i+1])...)
		}
	}
	if want := rundir.OptionalOf(rundir.ReducedFields(v.columns, v.reductions(listed))); v.columns != nil && !slices.Equal(reduced, want) && !v.unlike {
		v.unlike = true
		v.add(rundir.ManifestName, "optional_columns", "samples: the reductions are %v; those of the spec are %v", namesOf(reduced), namesOf(want))
	}
	return listed
}

func namesOf(columns []rundir.OptionalColumn) []string {
	out := []string{}
	for _, c := range columns {
		out = append(out, c.Name)
	}
	return out
}

// unknown reads a column whose meaning is not known here: that it is there, of its
// type, and UTF-8 if it is text.
func (v *verifier) unknown(file string, s *arrowfile.Scanner, r *arrowfile.BatchReader, f arrow.Field) error {
	shape, tensor := arrowfile.ShapeOf(f)
	if !tensor {
		_, err := r.Plain(f, nil)
		return err
	}
	_, err := tensors(s, r, arrowfile.Column{Name: f.Name, Shape: shape, DType: arrowfile.DType(f.Type.(*arrow.FixedSizeListType).Elem().String())}, f.Nullable)
	return err
}
