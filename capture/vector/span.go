package vector

import (
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// dependent is the share of a vector's norm below which what is left of it, without
// others, counts as nothing: float32 has 7 digits.
const dependent = 1e-5

// span gives orthonormal rows that span directions, by Gram-Schmidt done twice; what lies
// in the span of those before adds none.
func span(directions []*Direction) (rows []float64) {
	for _, d := range directions {
		for i := range d.Rank {
			v := Widen(d.Row(i))
			was := length(v)
			if was == 0 {
				continue
			}
			project(v, rows)
			if left := length(v); left > dependent*was {
				blas64.Scal(1/left, vec(v))
				project(v, rows)
				blas64.Scal(1/length(v), vec(v))
				rows = append(rows, v...)
			}
		}
	}
	return rows
}

// without gives the rows of a direction without what lies in the span of orthonormal rows;
// of a subspace, orthonormal rows, as many as are left.
func without(d *Direction, rows []float64) (out []float64) {
	var left []*Direction
	for i := range d.Rank {
		v := Widen(d.Row(i))
		was := length(v)
		project(v, rows)
		project(v, rows)
		if length(v) <= dependent*was {
			continue
		}
		if d.Rank == 1 {
			return v
		}
		left = append(left, &Direction{Rank: 1, Width: d.Width, Vector: Narrow(v)})
	}
	return span(left)
}

// project takes from v what lies in the span of orthonormal rows.
func project(v, rows []float64) {
	for at := 0; at < len(rows); at += len(v) {
		row := rows[at : at+len(v)]
		blas64.Axpy(-dot(v, row), vec(row), vec(v))
	}
}

// cosine is the cosine of the angle of two directions; of subspaces, that of the smallest
// angle between them, which has no sign.
func cosine(a, b *Direction) float64 {
	if a.Rank == 1 && b.Rank == 1 {
		x, y := Widen(a.Vector), Widen(b.Vector)
		return dot(x, y) / (length(x) * length(y))
	}
	p, q := span([]*Direction{a}), span([]*Direction{b})
	if len(p) == 0 || len(q) == 0 {
		return 0
	}
	var product mat.Dense
	product.Mul(mat.NewDense(len(p)/a.Width, a.Width, p), mat.NewDense(len(q)/b.Width, b.Width, q).T())
	var svd mat.SVD
	if !svd.Factorize(&product, mat.SVDNone) {
		return 0
	}
	return min(svd.Values(nil)[0], 1)
}

func vec(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }
