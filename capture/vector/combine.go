package vector

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"intentprobe/capture/hint"
)

// The ways in which directions are combined.
const (
	Collect       = "collect"       // all of them, in one file
	SumOf         = "sum"           // v₁ + v₂ + ...
	MeanOf        = "mean"          // their sum over their number
	DifferenceOf  = "difference"    // v₁ - v₂
	Orthogonalise = "orthogonalise" // v₁ without what lies in the span of the others
	SpanOf        = "subspace"      // orthonormal rows that span them
)

// Combinations lists them.
var Combinations = []string{Collect, SumOf, MeanOf, DifferenceOf, Orthogonalise, SpanOf}

// Combination says how directions are combined.
type Combination struct {
	How   string
	Name  string // of the result; empty: where names are points, one direction for each name that all files have
	Unit  bool   // vectors are divided by their norms before
	Force bool   // directions of different models, templates, adapters or points, which Meta.Forced then lists
}

// Combine combines directions; each reference is FILE (all that it has) or FILE#NAME.
// Errors are *hint.UsageError or those of Read.
func Combine(references []string, c Combination) (Meta, []*Direction, error) {
	if !slices.Contains(Combinations, c.How) {
		return Meta{}, nil, hint.Usage(fmt.Errorf("directions cannot be combined by %q", c.How), "use one of "+strings.Join(Combinations, ", "))
	}
	var inputs []*input
	for _, r := range references {
		in, err := readInput(r, c.Unit)
		if err != nil {
			return Meta{}, nil, err
		}
		inputs = append(inputs, in)
	}
	meta, err := together(inputs, c.Force)
	if err != nil {
		return Meta{}, nil, err
	}
	meta.How = c.How + " of " + strings.Join(references, ", ")
	if c.How == Collect {
		return collect(meta, inputs)
	}
	groups, err := groupsOf(inputs, c.Name)
	if err != nil {
		return Meta{}, nil, err
	}
	var out []*Direction
	for _, g := range groups {
		d, err := g.combine(c.How)
		if err != nil {
			return Meta{}, nil, err
		}
		out = append(out, d)
	}
	if meta.Kind = Directions; out[0].Rank > 1 {
		meta.Kind = Subspace
	}
	return meta, out, nil
}

// input is what a reference stands for.
type input struct {
	reference  string
	file       *File
	directions []*Direction
}

func readInput(reference string, unit bool) (*input, error) {
	path, name := Split(reference)
	f, err := Read(path)
	if err != nil {
		return nil, err
	}
	in := &input{reference: reference, file: f}
	names := f.Names
	if name != "" {
		names = []string{name}
	}
	for _, n := range names {
		d, err := f.Named(n)
		if err != nil {
			return nil, err
		}
		if unit && d.Norm() == 0 {
			return nil, hint.Usage(fmt.Errorf("%s: %q %w", path, n, ErrZero), "leave it out")
		}
		if unit && d.Rank == 1 {
			by := float32(1 / d.Norm())
			for i := range d.Vector {
				d.Vector[i] *= by
			}
			d.Bias *= float64(by)
		}
		in.directions = append(in.directions, d)
	}
	return in, nil
}

// collect puts directions into one file, with what is known of each.
func collect(meta Meta, inputs []*input) (Meta, []*Direction, error) {
	var out []*Direction
	of := map[string]string{}
	meta.Of = map[string]*Meta{}
	for _, in := range inputs {
		for _, d := range in.directions {
			if of[d.Name] != "" {
				return meta, nil, hint.Usage(fmt.Errorf("%s and %s both have a direction %q", of[d.Name], in.reference, d.Name), "a file has each name once: leave one out, or make it again under another name")
			}
			of[d.Name] = in.reference
			about := *in.file.Meta.For(d.Name)
			about.Of = nil
			meta.Of[d.Name] = &about
			out = append(out, d)
		}
	}
	if meta.Kind = out[0].kind(); slices.ContainsFunc(out, func(d *Direction) bool { return d.kind() != meta.Kind }) {
		meta.Kind = Directions
	}
	return meta, out, nil
}

// KindIn is the kind of a direction of which its file says m. A subspace of one row is told
// from a direction by that alone.
func (d *Direction) KindIn(m *Meta) string {
	if is := d.kind(); is != Directions || m.Kind != Subspace {
		return is
	}
	return Subspace
}

// Instead says what is there where a score x·v + bias needs a single direction: "an affine map
// (LEACE)", "a subspace of rank 1 (INLP)", which is the same with the other sign. It is empty of a
// single direction. Its file says m.
func (d *Direction) Instead(m *Meta) string {
	what := ""
	switch d.KindIn(m) {
	case Affine:
		what = "an affine map"
	case Subspace:
		what = fmt.Sprintf("a subspace of rank %d", d.Rank)
	default:
		return ""
	}
	if m.How != "" {
		what += " (" + m.How + ")"
	}
	return what
}

// kind is the kind of file that a direction alone makes.
func (d *Direction) kind() string {
	switch {
	case d.Matrix != nil:
		return Affine
	case d.Rank > 1:
		return Subspace
	}
	return Directions
}

// group is what becomes one direction.
type group struct {
	name string
	of   []*Direction
}

// groupsOf puts together what becomes one direction: everything, under a name; or, without
// one, the directions that have the same name in all inputs.
func groupsOf(inputs []*input, name string) (out []group, err error) {
	if name != "" {
		g := group{name: name}
		for _, in := range inputs {
			g.of = append(g.of, in.directions...)
		}
		return []group{g}, nil
	}
	for _, d := range inputs[0].directions {
		g := group{name: d.Name, of: []*Direction{d}}
		for _, in := range inputs[1:] {
			at := slices.IndexFunc(in.directions, func(x *Direction) bool { return x.Name == d.Name })
			if at < 0 || len(in.directions) != len(inputs[0].directions) {
				return nil, hint.Usage(fmt.Errorf("%s and %s have other names of directions", inputs[0].reference, in.reference), "give the result a ", hint.Option("name"), ", or name files whose directions have the same names")
			}
			g.of = append(g.of, in.directions[at])
		}
		out = append(out, g)
	}
	return out, nil
}

// combine makes one direction of a group.
func (g *group) combine(how string) (*Direction, error) {
	for _, d := range g.of {
		if d.Vector == nil || d.Width != g.of[0].Width {
			return nil, hint.Usage(fmt.Errorf("%q of width %d and %q of width %d cannot be combined", g.of[0].Name, g.of[0].Width, d.Name, d.Width), "combine vectors of one point")
		}
		if d.Rank > 1 && how != SpanOf && how != Orthogonalise {
			return nil, hint.Usage(fmt.Errorf("%q is a subspace, which has no %s with others", d.Name, how), "use subspace or orthogonalise")
		}
	}
	if how == DifferenceOf && len(g.of) != 2 || how == Orthogonalise && len(g.of) < 2 {
		return nil, hint.Usage(fmt.Errorf("%s of %d directions", how, len(g.of)), "a difference is of two, and a direction is orthogonalised to one at least")
	}
	first := g.of[0]
	out := &Direction{Name: g.name, Rank: 1, Width: first.Width, SD: math.NaN()}
	var v []float64
	switch how {
	case SpanOf:
		v = span(g.of)
		out.Rank = len(v) / first.Width
	case Orthogonalise:
		v = without(first, span(g.of[1:]))
		out.Rank = len(v) / max(1, first.Width)
		out.Positive, out.Negative, out.Covariance = first.Positive, first.Negative, first.Covariance
	default:
		v = make([]float64, first.Width)
		for i, d := range g.of {
			by := 1.0
			if how == MeanOf {
				by = 1 / float64(len(g.of))
			}
			if how == DifferenceOf && i == 1 {
				by = -1
			}
			for j, x := range d.Vector {
				v[j] += by * float64(x)
			}
		}
	}
	if len(v) == 0 || length(v) == 0 {
		return nil, hint.Usage(fmt.Errorf("nothing is left of %q: the %s is zero", g.name, how), "combine directions that differ")
	}
	out.Vector = Narrow(v)
	if out.Rank == 1 && out.Covariance != nil {
		out.SD = out.along()
	}
	return out, nil
}

// along is the standard deviation along the direction by its covariance: √(v̂ᵀCᵀCv̂).
func (d *Direction) along() float64 {
	sum := 0.0
	for at := 0; at < len(d.Covariance); at += d.Width {
		x := 0.0
		for i, v := range d.Vector {
			x += float64(v) * float64(d.Covariance[at+i])
		}
		sum += x * x
	}
	return math.Sqrt(sum) / d.Norm()
}
