package arm

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
	"intentprobe/storage/disk"
)

// The model of these tests has 4 blocks, a stream of 8 floats and 2 heads of 4.
const width, dHead, layers = 8, 4, 4

func points() *hooks.Map {
	m := &hooks.Map{Layers: layers, Absent: map[hooks.Point]string{}}
	for i, p := range hooks.All(layers) {
		if p.Site == hooks.RouterLogits {
			m.Absent[p] = "this block is no mixture of experts"
			continue
		}
		l := hooks.Located{Point: p, Node: i, Shape: []int{width}}
		switch {
		case p.Site.ByHead():
			l.Shape = []int{2, dHead}
		case p.Site == hooks.MLPPost || p.Site == hooks.MLPPre:
			l.Shape = []int{3 * width}
		}
		m.Points = append(m.Points, l)
	}
	return m
}

var facts = vector.Facts{Model: vector.Model{SHA256: "aa", Architecture: "llama", Layers: layers, Width: width}, TemplateSHA256: "tt"}

// meta is that of files made at block 2 of this model.
func meta() vector.Meta {
	model := facts.Model
	return vector.Meta{Kind: vector.Directions, Point: post(2).String(), Model: &model, TemplateSHA256: facts.TemplateSHA256}
}

func post(n int) hooks.Point { return hooks.Point{Site: hooks.ResidPost, Layer: n} }

// folder is one with direction files and specs.
type folder struct {
	t   testing.TB
	dir string
}

func newFolder(t testing.TB) folder {
	f := folder{t, t.TempDir()}
	f.write("lie.safetensors", meta(), lie())
	f.write("calm.safetensors", meta(), &vector.Direction{Name: "calm", Rank: 1, Width: width, Vector: []float32{0, 0, 5, 0, 0, 0, 1, 0}, SD: 1})
	f.write("space.safetensors", meta(), space())
	f.write("leace.safetensors", meta(), leace())
	f.write("head.safetensors", vector.Meta{Kind: vector.Directions}, &vector.Direction{Name: "head", Rank: 1, Width: dHead, Vector: []float32{1, 2, 2, 0}, SD: math.NaN()})
	f.write("probe.safetensors", meta(), &vector.Direction{Name: "probe", Rank: 1, Width: width, Vector: []float32{1, 0, 0, 0, 0, 0, 0, 2}, SD: math.NaN(), Bias: -0.5})
	return f
}

// lie has a norm of 5 and class means that are 4 apart along it.
func lie() *vector.Direction {
	return &vector.Direction{
		Name: "lie", Rank: 1, Width: width, Vector: []float32{3, 0, 0, 4, 0, 0, 0, 0},
		Positive: []float32{3, 1, 0, 4, 2, 0, 0, 0}, Negative: []float32{0.6, 1, 1, 0.8, 0, 0, 0, 0}, SD: 1.5,
		Covariance: []float32{0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1},
	}
}

func space() *vector.Direction {
	return &vector.Direction{Name: "intent", Rank: 2, Width: width, SD: math.NaN(), Vector: []float32{
		1, 1, 0, 0, 0, 0, 0, 0,
		1, 0, 1, 0, 2, 0, 0, 0,
	}}
}

// leace takes out one direction and puts the mean in its place: A = I - uuᵀ, b = uuᵀm.
func leace() *vector.Direction {
	d := &vector.Direction{Name: "leace", Width: width, Matrix: make([]float32, width*width), Offset: make([]float32, width), SD: math.NaN()}
	for i := range width {
		d.Matrix[i*width+i] = 1
	}
	d.Matrix[0] = 0
	d.Offset[0] = 3
	return d
}

func (f folder) write(name string, meta vector.Meta, directions ...*vector.Direction) {
	f.t.Helper()
	_, err := vector.Write(disk.OS{}, filepath.Join(f.dir, name), meta, directions)
	require.NoError(f.t, err)
}

// spec reads and validates a spec of the folder.
func (f folder) spec(text string) (*spec.Spec, error) {
	f.t.Helper()
	path := filepath.Join(f.dir, "spec.yaml")
	require.NoError(f.t, os.WriteFile(path, []byte(text), 0o600))
	layer, err := spec.ReadFile(path)
	require.NoError(f.t, err)
	s := spec.Default()
	s.Model = "tiny"
	s.Apply(layer)
	return &s, s.Validate()
}

// try compiles a spec of the folder.
func (f folder) try(text string) (*Set, error) {
	s, err := f.spec(text)
	require.NoError(f.t, err)
	source, err := Files(s, nil)
	if err != nil {
		return nil, err
	}
	return Compile(s, source, points(), facts)
}

func (f folder) compile(text string) *Set {
	f.t.Helper()
	set, err := f.try(text)
	require.NoError(f.t, err, text)
	return set
}

func (f folder) refused(text string, parts ...string) string {
	f.t.Helper()
	_, err := f.try(text)
	return expect.Refused(f.t, err, parts...)
}

// one compiles one intervention and gives its arm.
func (f folder) one(intervention string) (*Set, *Arm) {
	f.t.Helper()
	set := f.compile("interventions: [{name: x, tokens: all, " + intervention + "}]\n")
	return set, &set.Arms[1]
}

func (s *Set) names() (out []string) {
	for _, a := range s.Arms {
		out = append(out, a.Name)
	}
	return out
}

func (s *Set) arm(t testing.TB, name string) *Arm {
	t.Helper()
	for i := range s.Arms {
		if s.Arms[i].Name == name {
			return &s.Arms[i]
		}
	}
	require.Failf(t, "no arm", "%s among %v", name, s.names())
	return nil
}

// edits gives the edits of an arm at a point.
func (s *Set) edits(a *Arm, at hooks.Point) (out []hooks.Edit) {
	for _, p := range a.Parts {
		for _, i := range p.Edits {
			if s.Edits[i].Point == at {
				out = append(out, s.Edits[i])
			}
		}
	}
	return out
}

// apply does to a row what an arm does at a point, in float64: an account of the engine's
// operations that shares nothing with it. source is the row that swaps take from.
func (s *Set) apply(t testing.TB, a *Arm, at hooks.Point, row, source []float64) []float64 {
	t.Helper()
	row = append([]float64(nil), row...)
	for _, e := range s.edits(a, at) {
		h := row[e.First : e.First+e.Floats]
		v := vector.Widen(e.Vector)
		n := e.Floats
		factor, low, high := float64(e.Factor), float64(e.Low), float64(e.High)
		if e.Relative {
			norm := math.Sqrt(inner(h, h))
			factor, low, high = factor*norm, low*norm, high*norm
		}
		before := append([]float64(nil), h...)
		switch e.Op {
		case hooks.EditAdd:
			for i := range h {
				h[i] += factor * v[i]
			}
		case hooks.EditProject:
			for k := range e.Rank {
				q := v[k*n : (k+1)*n]
				for i := range h {
					h[i] += (factor - 1) * inner(q, before) * q[i]
				}
			}
		case hooks.EditClamp:
			x := inner(v, h)
			to := math.Min(math.Max(x, low), high)
			for i := range h {
				h[i] += (to - x) * v[i]
			}
		case hooks.EditReplace:
			copy(h, v)
		case hooks.EditSwap:
			g := source[e.First : e.First+e.Floats]
			if e.Vector == nil {
				copy(h, g)
			}
			for k := range e.Rank {
				q := v[k*n : (k+1)*n]
				x := inner(q, g) - inner(q, before)
				for i := range h {
					h[i] += x * q[i]
				}
			}
		case hooks.EditAffine:
			for i := range h {
				h[i] = inner(v[i*n:(i+1)*n], before) + float64(e.Bias[i])
			}
		default:
			require.Failf(t, "no change", "%v", e.Op)
		}
	}
	return row
}

func inner(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

var (
	someRow  = []float64{1, -2, 3, 0.5, 4, -1, 2, 7}
	otherRow = []float64{-3, 1, 0, 2, 2, 5, -6, 1}
)
