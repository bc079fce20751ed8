package effect

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/label"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// classesOf says of each sample of none whether its label is the value to move to; nil
// where it has no label, or an ambiguous one. The label is that of a table of the run, else
// a column or a key of the row.
func (f *frame) classesOf(dir, name, toward string) (map[key]*bool, error) {
	table, err := readLabels(dir, name)
	if err != nil {
		return nil, err
	}
	out, values := map[key]*bool{}, map[string]bool{}
	for k, u := range f.arms[rundir.ArmNone] {
		value, there := table[u.id]
		if table == nil {
			value, there = label.ValueOf(u.of, name)
		}
		if there && value != labels.Ambiguous {
			values[value] = true
			out[k] = new(value == toward)
		}
	}
	switch list := slices.Sorted(maps.Keys(values)); {
	case len(list) == 0:
		return nil, hint.Usage(fmt.Errorf("no sample of the arm none has a label %q", name), "name a label table of the run, or a column or key of its rows; ", hint.Command{"label", dir}, " lists the tables")
	case !values[toward]:
		return nil, hint.Usage(fmt.Errorf("no sample of the arm none has the value %q of the label %q", toward, name), "values: "+strings.Join(list[:min(10, len(list))], ", "))
	}
	return out, nil
}

// readLabels reads a label table, NAME or NAME@VERSION, by sample; nil where the run has
// none of the name.
func readLabels(dir, name string) (map[int64]string, error) {
	bare, number, versioned := strings.Cut(name, "@")
	version, err := strconv.ParseInt(number, 10, 32)
	if versioned && (err != nil || version < 1) {
		return nil, hint.Usage(fmt.Errorf("%q names no label table", name), "write NAME, or NAME@VERSION with a version from 1")
	}
	if rundir.CheckLabelName(bare) != nil {
		return nil, nil
	}
	table, err := labels.Read(dir, bare, int32(version))
	switch {
	case errors.Is(err, labels.ErrNone) && versioned:
		return nil, hint.Usage(err, hint.Command{"label", dir}, " lists the tables")
	case errors.Is(err, labels.ErrNone):
		return nil, nil
	case err != nil:
		return nil, err
	}
	out := map[int64]string{}
	for _, l := range table.Labels {
		out[l.SampleID] = l.Value
	}
	return out, nil
}

// sorted gives units in order of their keys.
func sorted(units map[key]*unit) []*unit {
	return slices.SortedFunc(maps.Values(units), func(a, b *unit) int { return a.key.compare(b.key) })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
