package arm

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"intentprobe/capture/spec"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

// Means averages rows of a run for `mean`, at a point: a direction with the mean as its
// vector. The run lies in a folder.
type Means func(m spec.Mean, folder string, at hooks.Point) (*vector.Direction, *vector.Meta, error)

// Source finds the directions that a spec names. [Files] and [Kept] make one.
type Source struct {
	spec  *spec.Spec
	files map[string]*vector.File // by the path as the spec has it
	means Means
	kept  *vector.File
	found map[string]*direction
}

// direction is one that a spec names.
type direction struct {
	*vector.Direction
	meta *vector.Meta
	key  string     // by which a run keeps it: FILE#NAME, or what a mean or a random one is of
	of   *direction // of a class mean: the direction that is kept, whose key is the same
	like *direction // of a random one: that whose means and spread are its units
}

// name is what the direction is called in its file, whether that or the run's copy was read.
func (d *direction) name() string {
	_, name := vector.Split(d.key)
	return name
}

// Files opens every direction file that a spec names and refuses what is not there, is
// damaged or lacks a name. Means of runs are made by means; without it they are refused.
func Files(s *spec.Spec, means Means) (*Source, error) {
	source := &Source{spec: s, files: map[string]*vector.File{}, means: means, found: map[string]*direction{}}
	open := func(place, key, ref string) error {
		path, name := vector.Split(ref)
		f := source.files[path]
		if f == nil {
			lies, err := s.DirectionFile(key, path)
			if err != nil {
				return err
			}
			if f, err = vector.Read(lies); err != nil {
				return refused(place, err)
			}
			source.files[path] = f
		}
		if name, _ = ofMean(name); name != "" && !slices.Contains(f.Names, name) {
			_, err := f.Named(name)
			return refused(place, err)
		}
		return nil
	}
	for i := range s.Interventions {
		iv := &s.Interventions[i]
		var refs []string
		if iv.Vector.Ref != spec.ZeroVector {
			refs = append(refs, iv.Vector.Ref)
		}
		if r := iv.Vector.Random; r != nil && s.Intervention(r.Like) == nil {
			refs = append(refs, r.Like)
		}
		if iv.When != nil {
			refs = append(refs, iv.When.Probe)
		}
		for _, ref := range refs {
			if ref == "" {
				continue
			}
			if err := open(placeOf(s, iv), "interventions", ref); err != nil {
				return nil, err
			}
		}
	}
	for i, ref := range s.Capture.Probes {
		if err := open(probePlace(i, ref), "capture.probes", ref); err != nil {
			return nil, err
		}
	}
	if c := s.Controls; c != nil && c.Unrelated != "" {
		if err := open("controls.unrelated", "controls", c.Unrelated); err != nil {
			return nil, err
		}
	}
	return source, nil
}

// Kept reads the directions that a run kept (see [Directions]); without a path, where its
// interventions used none.
func Kept(s *spec.Spec, path string) (*Source, error) {
	source := &Source{spec: s, kept: &vector.File{}, found: map[string]*direction{}}
	if path == "" {
		return source, nil
	}
	var err error
	source.kept, err = vector.Read(path)
	return source, err
}

// placeOf names an intervention in errors.
func placeOf(s *spec.Spec, iv *spec.Intervention) string {
	for i := range s.Interventions {
		if &s.Interventions[i] == iv {
			return fmt.Sprintf("interventions[%d] (%s)", i, iv.Name)
		}
	}
	return iv.Name
}

// ofMean parts the name of a class mean: lie.positive is the mean of the class positive.
func ofMean(name string) (direction, class string) {
	for _, class := range []string{"positive", "negative"} {
		if d, ok := strings.CutSuffix(name, "."+class); ok && d != "" {
			return d, class
		}
	}
	return name, ""
}

// find gives the direction of a reference for a point.
func (s *Source) find(ref string, at hooks.Point) (*direction, error) {
	path, name := vector.Split(ref)
	name, class := ofMean(name)
	d, err := s.named(path, name, at)
	if err != nil || class == "" {
		return d, err
	}
	mean := d.Positive
	if class == "negative" {
		mean = d.Negative
	}
	if mean == nil {
		return nil, fmt.Errorf("%q %w", d.key, vector.ErrNoMeans)
	}
	out := *d.Direction
	out.Rank, out.Vector, out.Positive, out.Negative, out.Matrix, out.Offset = 1, mean, nil, nil, nil, nil
	out.SD = math.NaN() // that of the rows along the direction, not along the mean
	return &direction{Direction: &out, meta: d.meta, key: d.key, of: d}, nil
}

// named gives a direction of a file; without a name the one for the point.
func (s *Source) named(path, name string, at hooks.Point) (*direction, error) {
	file := s.files[path]
	if s.kept != nil {
		return s.keptAt(path, name, at)
	}
	if file == nil {
		return nil, fmt.Errorf("no file %q was opened", path)
	}
	key := path + "#" + name
	if name == "" {
		key += "@" + at.String()
	}
	if d := s.found[key]; d != nil {
		return d, nil
	}
	d, err := file.At(at)
	if name != "" {
		d, err = file.Named(name)
	}
	if err != nil {
		return nil, err
	}
	out := &direction{Direction: d, meta: file.Meta.For(d.Name), key: path + "#" + d.Name}
	s.found[key] = out
	return out, nil
}

// keptAt gives what a run kept of a file.
func (s *Source) keptAt(what, name string, at hooks.Point) (*direction, error) {
	key := what + "#" + name
	if name == "" {
		key = what + "#" + at.String()
		if !slices.Contains(s.kept.Names, key) {
			for _, n := range s.kept.Names {
				if path, _ := vector.Split(n); path == what {
					key = n
				}
			}
		}
	}
	if d := s.found[key]; d != nil {
		return d, nil
	}
	if !slices.Contains(s.kept.Names, key) {
		return nil, fmt.Errorf("the run does not keep the direction %q", key)
	}
	d, err := s.kept.Named(key)
	if err != nil {
		return nil, err
	}
	out := &direction{Direction: d, meta: s.kept.Meta.For(key), key: key}
	s.found[key] = out
	return out, nil
}

// beyond says whether the file of a direction has directions for blocks that a model of so
// many does not have.
func (s *Source) beyond(d *direction, layers int) []string {
	path, _ := vector.Split(d.key)
	file := s.files[path]
	if file == nil {
		return nil
	}
	for _, name := range file.Names {
		if p, ok := hooks.ParsePoint(name); ok && p.Layer >= layers {
			return []string{fmt.Sprintf("the file has a direction for %s, and the model has blocks 0 to %d", name, layers-1)}
		}
	}
	return nil
}

// ofVector gives what an intervention's vector names, for a point. A random direction has
// the one that it is like as its base.
func (s *Source) ofVector(v spec.Vector, at hooks.Point) (*direction, error) {
	switch {
	case v.Mean != nil:
		return s.mean(*v.Mean, at)
	case v.Random == nil:
		return s.find(v.Ref, at)
	}
	like := v.Random.Like
	var base *direction
	var err error
	if iv := s.spec.Intervention(like); iv != nil {
		base, err = s.ofVector(iv.Vector, at)
	} else {
		base, err = s.find(like, at)
	}
	if err != nil {
		return nil, err
	}
	if base.Vector == nil {
		return nil, fmt.Errorf("%q is an affine map, which a random direction cannot be like", base.key)
	}
	what := fmt.Sprintf("random like %s, seed %d", like, v.Random.Seed)
	if s.kept != nil {
		d, err := s.keptAt(what, base.name(), at)
		if err != nil {
			return nil, err
		}
		return &direction{Direction: d.Direction, meta: d.meta, key: d.key, like: base}, nil
	}
	rows := isotropic(draws("vector", like, v.Random.Seed, base.name()), base.Rank, base.Width)
	if rows, err = likeRows(rows, vector.Widen(base.Vector), base.Width); err != nil {
		return nil, err
	}
	out := vector.Direction{Name: base.name(), Rank: base.Rank, Width: base.Width, Vector: vector.Narrow(rows), SD: base.SD}
	meta := &vector.Meta{Kind: base.meta.Kind, Width: base.Width, How: what}
	return &direction{Direction: &out, meta: meta, key: what + "#" + base.name(), like: base}, nil
}

// mean gives the mean of rows of a run.
func (s *Source) mean(m spec.Mean, at hooks.Point) (*direction, error) {
	what := fmt.Sprintf("mean of %s, label %q is %q, tokens %q", m.Run, m.Label, m.Value, m.Tokens)
	key := what + "#" + at.String()
	if d := s.found[key]; d != nil {
		return d, nil
	}
	if s.kept != nil {
		return s.keptAt(what, at.String(), at)
	}
	if s.means == nil {
		return nil, errors.New("means of runs are not made here")
	}
	folder, err := s.spec.DirectionFile("interventions", m.Run)
	if err != nil {
		return nil, err
	}
	d, meta, err := s.means(m, folder, at)
	if err != nil {
		return nil, err
	}
	s.found[key] = &direction{Direction: d, meta: meta, key: key}
	return s.found[key], nil
}

// likeRows gives rows of norm 1 at right angles, or for a single direction a row of the norm
// of another.
func likeRows(rows, other []float64, width int) ([]float64, error) {
	out, err := orthonormal(rows, width)
	if err == nil && len(rows) == width {
		scaleBy(out, length(other))
	}
	return out, err
}
