package hooks

import (
	"fmt"
	"math"
	"strings"
)

// sums computes the identities of what block n adds to the stream.
func (m *Map) sums(n int, at func(Site, int) [][]float32, w Weights) []Identity {
	has := func(s Site) bool {
		_, ok := m.Find(Point{s, n})
		return ok
	}
	mixer := AttnOut
	if has(MixerOut) {
		mixer = MixerOut
	}
	ending := []Site{MLPOut}
	if has(PerLayerOut) {
		ending = append(ending, PerLayerOut)
	}
	switch {
	case has(ResidMid):
		return []Identity{m.sum(n, at, nil, ResidMid, ResidPre, mixer), m.sum(n, at, w, ResidPost, append([]Site{ResidMid}, ending...)...)}
	case has(mixer) && has(MLPOut):
		return []Identity{m.sum(n, at, w, ResidPost, append([]Site{ResidPre, mixer}, ending...)...)}
	case has(MLPOut):
		return []Identity{m.sum(n, at, w, ResidPost, append([]Site{ResidPre}, ending...)...)}
	}
	// Where even that is not there, the block leaves no sum, and this cannot hold.
	return []Identity{m.sum(n, at, w, ResidPost, ResidPre, mixer)}
}

// sum compares the sum of some points of a block with another one; where weights
// are given, after it was scaled as the block scales what it leaves.
func (m *Map) sum(n int, at func(Site, int) [][]float32, w Weights, result Site, terms ...Site) Identity {
	id := Identity{Layer: n, Limit: sumLimit, Points: []Point{{result, n}}, Result: Point{result, n}}
	var values [][][]float32
	var names []string
	for _, s := range terms {
		id.Points = append(id.Points, Point{s, n})
		values = append(values, at(s, n))
		names = append(names, sites[s].short[0])
	}
	id.Name = strings.Join(names, " + ")
	total := add(values...)
	if scale := m.Scale[n]; w != nil && scale != "" {
		id.Name = fmt.Sprintf("(%s) * layer_output_scale", id.Name)
		factor, err := w.Row(scale, 0)
		if err != nil {
			id.Fault = err.Error()
		}
		for _, row := range total {
			for i := range row {
				row[i] *= factor[0]
			}
		}
	}
	id.Name += " = " + sites[result].short[0]
	if id.Fault == "" {
		id.Error, id.Fault = distance(total, at(result, n))
	}
	return id
}

// distance gives the largest relative distance between rows, or why there is none.
func distance(left, right [][]float32) (float64, string) {
	if left == nil || right == nil || len(left) != len(right) {
		return 0, "a tensor that it takes is not in the graph"
	}
	largest := 0.0
	for i := range left {
		if len(left[i]) != len(right[i]) {
			return 0, fmt.Sprintf("rows have %d and %d numbers", len(left[i]), len(right[i]))
		}
		var d, r float64
		for j := range left[i] {
			x, y := float64(left[i][j]), float64(right[i][j])
			d += (x - y) * (x - y)
			r += y * y
		}
		if math.IsNaN(d) || math.IsInf(d, 0) {
			return 0, "values are not finite"
		}
		if d > 0 && r == 0 {
			return 0, "what should be the result is zero"
		}
		if d > 0 {
			largest = max(largest, math.Sqrt(d/r))
		}
	}
	return largest, ""
}

// add sums rows; nil if one term is missing or of another shape.
func add(terms ...[][]float32) [][]float32 {
	var out [][]float32
	for i, t := range terms {
		if t == nil || i > 0 && len(t) != len(out) {
			return nil
		}
		for j, row := range t {
			if i == 0 {
				out = append(out, append([]float32(nil), row...))
				continue
			}
			if len(row) != len(out[j]) {
				return nil
			}
			for k, x := range row {
				out[j][k] += x
			}
		}
	}
	return out
}
