package rates

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Point is a figure of one model.
type Point struct {
	Family     string
	Parameters float64
	Value      float64
}

// Slope is how a figure changes with size within a family: by how much when the model has ten
// times the parameters.
type Slope struct {
	Family    string   `json:"family"`
	Figure    string   `json:"figure"`
	Models    int      `json:"models"`
	Sizes     int      `json:"sizes"`
	PerDecade *float64 `json:"per_decade"`
	Low       *float64 `json:"low"` // 95 %, by the scatter of the models about the line
	High      *float64 `json:"high"`
	Note      string   `json:"note,omitempty"`
}

// FewestSizes is how many sizes a slope needs.
const FewestSizes = 3

// Slopes are those of each family, in the order of their names: least squares on the decimal
// logarithm of the parameters, with Student's bounds of n - 2 degrees of freedom. Families of
// fewer than three sizes have none.
func Slopes(figure string, points []Point) (out []Slope) {
	families := map[string][]Point{}
	var names []string
	for _, p := range points {
		if families[p.Family] == nil {
			names = append(names, p.Family)
		}
		families[p.Family] = append(families[p.Family], p)
	}
	slices.Sort(names)
	for _, name := range names {
		s := Slope{Family: name, Figure: figure, Models: len(families[name])}
		sizes := map[float64]bool{}
		for _, p := range families[name] {
			sizes[p.Parameters] = true
		}
		if s.Sizes = len(sizes); s.Sizes < FewestSizes {
			s.Note = fmt.Sprintf("%d of %d sizes", s.Sizes, FewestSizes)
		} else {
			s.fit(families[name])
		}
		out = append(out, s)
	}
	return out
}

func (s *Slope) fit(points []Point) {
	n, mx, my := float64(len(points)), 0.0, 0.0
	for _, p := range points {
		mx, my = mx+math.Log10(p.Parameters)/n, my+p.Value/n
	}
	var sxx, sxy, rss float64
	for _, p := range points {
		x := math.Log10(p.Parameters) - mx
		sxx, sxy = sxx+x*x, sxy+x*(p.Value-my)
	}
	b := sxy / sxx
	for _, p := range points {
		e := p.Value - my - b*(math.Log10(p.Parameters)-mx)
		rss += e * e
	}
	reach := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 2}.Quantile((1+Level)/2) * math.Sqrt(rss/(n-2)/sxx)
	low, high := b-reach, b+reach
	s.PerDecade, s.Low, s.High = &b, &low, &high
}
