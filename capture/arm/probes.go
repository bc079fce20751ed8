package arm

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

// Probes are what scores the rows of a run while they are computed.
type Probes struct {
	All     []Probe
	Forced  []string // what of a direction is not of this model, template or adapters, and was taken all the same
	Notices []string // what is allowed and may not be meant, one line each

	used map[string]*direction // by what they are kept as
}

// Probe is one of them.
type Probe struct {
	hooks.Score
	File      string // as the spec names it
	SHA256    string // of that file
	Direction string // what it is kept as
	Model     string // sha256 of the model that it was made with; empty where its file does not say

	// Ends are the scores of the means of its two classes, the negative first; nil where its
	// file has no means.
	Ends *[2]float64
}

// Scores gives what the engine computes, in the order of the probes.
func (p *Probes) Scores() (out []hooks.Score) {
	if p == nil {
		return nil
	}
	for i := range p.All {
		out = append(out, p.All[i].Score)
	}
	return out
}

// CompileProbes finds the probes of a spec for one model, whose points are where m says;
// nil where it has none. A file whose directions have the names of points is a probe at
// each of them, called FILE:POINT without the file's folder and ending; any other direction
// is a probe of its own name, at the point where it was made. sums are the checksums of the
// files where only what a run kept of them is there. Errors are *hint.UsageError and name
// the probe.
func CompileProbes(s *spec.Spec, from *Source, m *hooks.Map, facts vector.Facts, sums map[string]string) (*Probes, error) {
	if len(s.Capture.Probes) == 0 {
		return nil, nil
	}
	out := &Probes{used: map[string]*direction{}}
	for i, ref := range s.Capture.Probes {
		found, err := from.probesOf(ref)
		if err != nil {
			return nil, refused(probePlace(i, ref), err)
		}
		var of []Probe
		for _, d := range found {
			p, err := out.probe(s, from, d, m, facts)
			if err != nil {
				return nil, refused(probePlace(i, ref), err)
			}
			if p.SHA256 == "" {
				p.SHA256 = sums[p.File]
			}
			of = append(of, p)
		}
		slices.SortStableFunc(of, func(a, b Probe) int { return a.Node - b.Node })
		for _, p := range of {
			if at := slices.IndexFunc(out.All, func(o Probe) bool { return o.Name == p.Name }); at >= 0 {
				return nil, hint.Usage(fmt.Errorf("%s: %q and %q are both called %s", probePlace(i, ref), out.All[at].Direction, p.Direction, p.Name),
					"give one of the directions another name (", hint.Command{"vector", "make"}, "), or its file, where directions are named after points")
			}
			out.All = append(out.All, p)
		}
	}
	return out, nil
}

// probePlace names a probe of the spec in errors.
func probePlace(i int, ref string) string { return fmt.Sprintf("capture.probes[%d] (%s)", i, ref) }

// probesOf gives the directions that a reference of capture.probes means: one, or of a file
// whose directions have the names of points all.
func (s *Source) probesOf(ref string) (out []*direction, err error) {
	path, name := vector.Split(ref)
	names := []string{name}
	if name == "" {
		if names, err = s.probeNames(path); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		d, err := s.find(path+"#"+name, hooks.Point{})
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// probeNames lists the directions of a file that are probes: its only one, or all where
// they have the names of points.
func (s *Source) probeNames(path string) (names []string, err error) {
	if s.kept != nil {
		for _, key := range s.kept.Names {
			if of, name := vector.Split(key); of == path {
				names = append(names, name)
			}
		}
		return names, nil
	}
	file := s.files[path]
	if file == nil {
		return nil, fmt.Errorf("no file %q was opened", path)
	}
	points := slices.DeleteFunc(slices.Clone(file.Names), func(n string) bool {
		_, ok := hooks.ParsePoint(n)
		return !ok
	})
	if len(points) == len(file.Names) {
		return points, nil
	}
	d, err := file.Named("")
	if err != nil {
		return nil, err
	}
	return []string{d.Name}, nil
}

// probe makes a probe of a direction.
func (p *Probes) probe(s *spec.Spec, from *Source, d *direction, m *hooks.Map, facts vector.Facts) (out Probe, err error) {
	if d.of != nil {
		return out, hint.Usage(fmt.Errorf("%q is asked for a class mean, which is no probe", d.key), "name the direction itself")
	}
	others, err := from.foreign(d, m, facts)
	if err != nil {
		return out, err
	}
	if len(others) > 0 && !s.Capture.ForceProbes && from.kept == nil {
		return out, usedOtherwise(d, others, "make a probe as it is to be used, or use ", hint.Key("capture.force_probes"), "=true, which the run then says")
	}
	for _, what := range others {
		p.Forced = append(p.Forced, fmt.Sprintf("capture.probes: %s: %s", d.key, what))
	}
	for _, what := range d.meta.Forced {
		p.Notices = append(p.Notices, fmt.Sprintf("capture.probes: %q was put together by force: %s", d.key, what))
	}
	if fitted := d.meta.Tokens; fitted != "" && fitted != s.Capture.Tokens && from.kept == nil {
		p.Notices = append(p.Notices, fmt.Sprintf("capture.probes: %q was fitted to the tokens %s and scores the tokens %s: of others than it was fitted to, scores may mean nothing", d.key, fitted, s.Capture.Tokens))
	}
	if out.Located, err = d.scoresAt(m); err != nil {
		return out, err
	}
	if out.Site == hooks.Pattern || out.Site == hooks.Logits {
		return out, hint.Usage(fmt.Errorf("%q scores at %s, whose rows have no fixed width", d.key, out.Point), "use a probe of another point")
	}
	path, name := vector.Split(d.key)
	out.File, out.Direction, out.Name, out.Vector, out.Bias = path, d.key, name, d.Vector, float32(d.Bias)
	if _, ok := hooks.ParsePoint(name); ok {
		out.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) + ":" + name
	}
	if d.meta.Model != nil {
		out.Model = d.meta.Model.SHA256
	}
	if file := from.files[path]; file != nil && from.kept == nil {
		out.SHA256 = file.SHA256
	}
	if d.Positive != nil && d.Negative != nil {
		out.Ends = &[2]float64{dot(vector.Widen(d.Vector), vector.Widen(d.Negative)) + d.Bias, dot(vector.Widen(d.Vector), vector.Widen(d.Positive)) + d.Bias}
	}
	p.used[d.key] = d
	return out, nil
}
