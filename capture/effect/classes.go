package effect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/label"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// classesOf says of each sample of none whether its label is the value to move to; nil
// where it has no label, or an ambiguous one. What a label is, label.Of says.
func (f *frame) classesOf(dir, name, toward string) (map[key]*bool, error) {
	var samples []*rundir.Sample
	units := sorted(f.arms[rundir.ArmNone])
	for _, u := range units {
		samples = append(samples, u.of)
	}
	given, _, err := label.Of(dir, samples, name)
	if err != nil {
		return nil, err
	}
	out, values := map[key]*bool{}, map[string]bool{}
	for i, u := range units {
		if v := given[i]; v != "" && v != labels.Ambiguous {
			values[v] = true
			out[u.key] = new(v == toward)
		}
	}
	list := sortedKeys(values)
	if !values[toward] {
		return nil, hint.Usage(fmt.Errorf("no sample of the arm none has the value %q of the label %q", toward, name),
			"values: "+strings.Join(list[:min(10, len(list))], ", ")+"; ", hint.Command{"label", dir}, " lists the label tables")
	}
	return out, nil
}

// sorted gives units in order of their keys.
func sorted(units map[key]*unit) []*unit {
	return slices.SortedFunc(maps.Values(units), func(a, b *unit) int { return a.key.compare(b.key) })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
