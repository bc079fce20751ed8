package export

import (
	"fmt"
	"path"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// UnknownColumnError says that a glob matches none of a run's activation columns.
type UnknownColumnError struct {
	Glob    string
	Columns []string // that the run has
}

// Error names the glob.
func (e *UnknownColumnError) Error() string {
	return fmt.Sprintf("the run has no activation column %q", e.Glob)
}

// tensors names the chosen columns of activations.
func (t *exportTable) tensors() []string {
	out := []string{}
	for _, c := range t.chosen {
		if _, ok := arrowfile.ShapeOf(t.schema.Field(c)); ok {
			out = append(out, t.schema.Field(c).Name)
		}
	}
	return out
}

// choose keeps, of the columns of activations, those that a glob matches; what
// rows carry beside them stays. No glob keeps all.
func (t *exportTable) choose(globs []string) error {
	names := t.tensors()
	kept := map[string]bool{}
	for _, glob := range globs {
		found := false
		for _, name := range names {
			ok, err := path.Match(glob, name)
			if err != nil {
				return &UnknownColumnError{glob, names}
			}
			kept[name] = kept[name] || ok
			found = found || ok
		}
		if !found {
			return &UnknownColumnError{glob, names}
		}
	}
	if len(globs) > 0 {
		t.chosen = slices.DeleteFunc(t.chosen, func(c int) bool {
			name := t.schema.Field(c).Name
			return slices.Contains(names, name) && !kept[name]
		})
	}
	return nil
}

// relocate makes `file` and `first_row` of the samples say where their rows lie
// in the export, where all groups are one.
func (t *exportTable) relocate(file string, activations *exportTable) error {
	if len(t.paths) != len(activations.paths) {
		return fmt.Errorf("%d samples files and %d activations files in %s", len(t.paths), len(activations.paths), rundir.ManifestName)
	}
	before := make([]int64, len(t.paths))
	for i := 1; i < len(before); i++ {
		before[i] = before[i-1] + activations.counts[i-1]
	}
	t.fix = func(column string, of int, at int64, a arrow.Array) arrow.Array {
		switch column {
		case "file":
			return arrowfile.Strings(slices.Repeat([]string{file}, a.Len()))
		case "first_row":
			b := array.NewInt64Builder(memory.DefaultAllocator)
			for i := range a.Len() {
				if t.places != nil {
					b.Append(t.places[at+int64(i)])
				} else {
					b.Append(a.(*array.Int64).Value(i) + before[of])
				}
			}
			return b.NewArray()
		}
		return a
	}
	return nil
}
