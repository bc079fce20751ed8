package data

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/storage/rundir"
)

// rounding is what changes the last digits of rows, and nothing else that is known of them;
// an empty value is not known.
var rounding = []struct {
	what string
	of   func(m *rundir.Manifest) string
	next any
}{
	{"dtype", func(m *rundir.Manifest) string { return string(m.DType) }, hint.Key("capture.dtype")},
	{"flash attention", func(m *rundir.Manifest) string { return m.Engine.FlashAttn }, hint.Key("engine.flash_attn")},
	{"type of the cache", func(m *rundir.Manifest) string { return m.Engine.KVType }, hint.Key("engine.kv_type")},
	{"engine", func(m *rundir.Manifest) string {
		return plain(m.Engine.Name, m.Engine.Version, m.Engine.Commit, m.Engine.Source, m.Engine.Options)
	}, "engine"},
	{"CPU features", func(m *rundir.Manifest) string { return plain(m.Engine.CPUFeatures...) }, "kind of CPU"},
	{"devices", func(m *rundir.Manifest) string {
		var out []string
		for _, d := range m.Engine.Devices {
			out = append(out, fmt.Sprintf("%s (%s) with %d layers", d.Name, d.Description, d.Layers))
		}
		if out == nil && m.Engine.Name != "" {
			return "CPU"
		}
		return plain(out...)
	}, "kind of device"},
}

func plain(parts ...string) string { return strings.TrimSpace(strings.Join(parts, " ")) }

// sameRounding refuses runs whose rows are rounded in different ways where these tell the
// class: a probe reads the rounding of rows that are alike otherwise. Notes say where they do not.
func sameRounding(runs []*Run, opt *Options) (notes []string, err error) {
	for _, kind := range rounding {
		have := map[string][2]int{}
		for _, r := range runs {
			value := kind.of(r.Manifest)
			if value == "" {
				continue
			}
			n := have[value]
			for class := range n {
				n[class] += r.Of[class]
			}
			have[value] = n
		}
		if len(have) < 2 {
			continue
		}
		for _, value := range slices.Sorted(maps.Keys(have)) {
			for class, name := range []string{opt.Negative, opt.Positive} {
				if have[value][class] == 0 && !opt.Control {
					return nil, hint.Usage(fmt.Errorf("runs differ in their %s, and those with %s have no sample that is %q: a probe could read the rounding", kind.what, value, name), "run again with one ", kind.next)
				}
			}
		}
		notes = append(notes, fmt.Sprintf("Runs differ in their %s, so their rows are rounded differently.", kind.what))
	}
	return notes, nil
}
