package arm

import (
	"errors"
	"fmt"
	"math"
)

// dependent is the share of a row's length that must stay after the rows before it were
// taken out of it: float32 rounds to about 6e-8.
const dependent = 1e-6

// errZero says that a vector points nowhere.
var errZero = errors.New("is zero")

// orthonormal gives rows of norm 1, at right angles to each other, that span what [rank,
// width] rows span. They are made by the modified Gram-Schmidt process, done twice for each
// row (Giraud, Langou and Rozložník 2005: twice is enough). Rows that depend on each other
// are refused.
func orthonormal(rows []float64, width int) ([]float64, error) {
	out := make([]float64, len(rows))
	for from := 0; from < len(rows); from += width {
		row := out[from : from+width]
		copy(row, rows[from:])
		before := length(row)
		if before == 0 {
			return nil, errZero
		}
		for range 2 {
			for done := 0; done < from; done += width {
				addScaled(row, -dot(row, out[done:done+width]), out[done:])
			}
		}
		left := length(row)
		if left <= dependent*before {
			return nil, fmt.Errorf("has rows that depend on each other: row %d is a sum of those before it", from/width)
		}
		scaleBy(row, 1/left)
	}
	return out, nil
}

// rankOf is the rank of a square matrix [width, width], by Gram-Schmidt with the largest row
// that is left taken first.
func rankOf(matrix []float64, width int) int {
	left := append([]float64(nil), matrix...)
	first := 0.0
	for rank := range width {
		largest, norm := 0, 0.0
		for i := 0; i < len(left); i += width {
			if n := length(left[i : i+width]); n > norm {
				largest, norm = i, n
			}
		}
		if rank == 0 {
			first = norm
		}
		if norm <= 1e-5*first {
			return rank
		}
		q := append([]float64(nil), left[largest:largest+width]...)
		scaleBy(q, 1/norm)
		for i := 0; i < len(left); i += width {
			addScaled(left[i:i+width], -dot(left[i:i+width], q), q)
		}
	}
	return width
}

func dot(a, b []float64) (sum float64) {
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

func length(a []float64) float64 {
	largest := 0.0
	for _, x := range a {
		largest = max(largest, math.Abs(x))
	}
	if largest == 0 || math.IsInf(largest, 0) {
		return largest
	}
	sum := 0.0
	for _, x := range a {
		x /= largest // squares of small numbers are 0
		sum += x * x
	}
	return largest * math.Sqrt(sum)
}

// addScaled adds s times b to a.
func addScaled(a []float64, s float64, b []float64) {
	for i := range a {
		a[i] += s * b[i]
	}
}

func scaleBy(a []float64, s float64) {
	for i := range a {
		a[i] *= s
	}
}

// multiplied gives s·a.
func multiplied(a []float64, s float64) []float64 {
	out := append([]float64(nil), a...)
	scaleBy(out, s)
	return out
}

// finite says whether every number is.
func finite(a []float32) bool {
	for _, x := range a {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return false
		}
	}
	return true
}
