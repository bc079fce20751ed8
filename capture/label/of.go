package label

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// Of gives what a name says of samples of a run: the values of a label table, NAME (its
// newest version) or NAME@VERSION; where there is no such table, of a column of samples, or
// of a key of the data set's row. The values are in the order of the samples, "" where
// there is none; what says which it was: "truth@2", "column condition", "key intent".
// Errors are *hint.UsageError or come from the files.
func Of(dir string, samples []*rundir.Sample, name string) (values []string, what string, err error) {
	values = make([]string, len(samples))
	if table, version, err := parseTableName(name); err == nil {
		t, err := labels.Read(dir, table, version)
		if err == nil {
			of := map[int64]string{}
			for _, l := range t.Labels {
				of[l.SampleID] = l.Value
			}
			for i, s := range samples {
				values[i] = of[s.SampleID]
			}
			return values, fmt.Sprintf("%s@%d", t.Name, t.Version), nil
		}
		if !errors.Is(err, labels.ErrNone) || version != 0 {
			return nil, "", advise(err, dir)
		}
	}
	keys := map[string]bool{}
	for i, s := range samples {
		values[i], _ = valueOf(s, name)
		if values[i] == "" {
			continue
		}
		if what = "key " + name; s.Keys()[name] != nil {
			what = "column " + name
		}
	}
	if what != "" {
		return values, what, nil
	}
	for _, s := range samples[:min(len(samples), 100)] {
		for _, key := range keysOf(s) {
			keys[key] = true
		}
	}
	tables, err := labels.List(dir)
	if err != nil {
		return nil, "", err
	}
	for _, t := range tables {
		keys[t.Name] = true
	}
	return nil, "", hint.Usage(fmt.Errorf("%s has no label table %q, and its samples have no column or key of this name", dir, name),
		"nearest: "+strings.Join(hooks.Nearest(name, slices.Sorted(maps.Keys(keys))), ", ")+"; ", hint.Command{"label", dir}, " lists the label tables")
}
