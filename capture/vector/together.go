package vector

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
)

// made says how directions of an input were made.
type made struct {
	*Meta
	of *input
}

// together gives what directions have in common, and refuses those that do not fit each
// other. What is known of some alone is taken to be so of all; of what differs, and is
// combined by force, the result says nothing but that.
func together(inputs []*input, force bool) (Meta, error) {
	if len(inputs) == 0 {
		return Meta{}, hint.Usage(errors.New("there is nothing to combine"), "name direction files")
	}
	var all, kinds []made
	var out Meta
	for _, in := range inputs {
		for _, m := range in.metas() {
			all = append(all, m)
			if slices.ContainsFunc(kinds, m.alike) {
				continue
			}
			for _, k := range kinds {
				differ := k.differences(m)
				if len(differ) > 0 && !force {
					return Meta{}, hint.Usage(fmt.Errorf("%s and %s are not of one kind: %s", k.of.reference, in.reference, strings.Join(differ, "; ")), "combine directions of one model, template, adapter and point; ", hint.Option("force"), " combines them all the same, and says so in the file")
				}
				for _, d := range differ {
					out.Forced = append(out.Forced, fmt.Sprintf("%s and %s: %s", k.of.reference, in.reference, d))
				}
			}
			kinds = append(kinds, m)
		}
	}
	for _, m := range all {
		out.Forced = append(out.Forced, m.Forced...)
		for _, r := range m.Runs {
			if !slices.Contains(out.Runs, r) {
				out.Runs = append(out.Runs, r)
			}
		}
	}
	out.Forced = unique(out.Forced)
	out.common(all)
	return out, nil
}

// metas gives how the input's directions were made, each account once.
func (in *input) metas() (out []made) {
	for _, d := range in.directions {
		if m := (made{in.file.Meta.For(d.Name), in}); !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// alike says whether two accounts know the same of what must not differ.
func (m made) alike(o made) bool {
	a, b := m.facts(), o.facts()
	a.Model.File, b.Model.File = "", ""
	return m.Point == o.Point && fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b)
}

// differences says what of model, template, adapters and point is another in o.
func (m made) differences(o made) []string {
	return append(m.Differences(o.facts()), differs("point", m.Point, o.Point)...)
}

// common fills in what is known of directions and the same of all.
func (m *Meta) common(all []made) {
	first := func(known func(made) bool) *Meta {
		if at := slices.IndexFunc(all, known); at >= 0 {
			return all[at].Meta
		}
		return &Meta{}
	}
	same := func(fits func(*Meta) bool) bool {
		return !slices.ContainsFunc(all, func(o made) bool { return !fits(o.Meta) })
	}
	m.Width = first(func(o made) bool { return o.Width > 0 }).Width
	of := first(func(o made) bool { return o.Meta.Model != nil && o.Meta.Model.SHA256 != "" })
	if of.Model == nil {
		of = first(func(o made) bool { return o.Meta.Model != nil })
	}
	if same(func(o *Meta) bool { return of.facts().Model.differences(o.facts().Model) == nil }) {
		m.Model = of.Model
	}
	if sum := first(func(o made) bool { return o.TemplateSHA256 != "" }).TemplateSHA256; same(func(o *Meta) bool { return templateDiffers(sum, o.TemplateSHA256) == nil }) {
		m.TemplateSHA256 = sum
	}
	if adapters := first(func(o made) bool { return o.Adapters != nil }).Adapters; same(func(o *Meta) bool { return adaptersDiffer(adapters, o.Adapters) == nil }) {
		m.Adapters = adapters
	}
	for mine, of := range map[*string]func(*Meta) string{
		&m.Point: func(o *Meta) string { return o.Point }, &m.Tokens: func(o *Meta) string { return o.Tokens }, &m.Pooling: func(o *Meta) string { return o.Pooling },
	} {
		if text := of(all[0].Meta); same(func(o *Meta) bool { return of(o) == text }) {
			*mine = text
		}
	}
}

func unique(lines []string) (out []string) {
	for _, line := range lines {
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}
