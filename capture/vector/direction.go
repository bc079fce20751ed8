package vector

import (
	"errors"
	"fmt"
	"math"
)

// Direction is one direction, subspace or affine map of a file. Its slices are the
// caller's.
type Direction struct {
	Name               string
	Rank, Width        int       // a direction is of rank 1; 0 of an affine map
	Vector             []float32 // [Rank, Width]; nil in affine maps
	Positive, Negative []float32 // class means [Width], or nil
	SD                 float64   // standard deviation of x·v̂ over the rows that it was made from; NaN where unknown
	Bias               float64   // of the score x·v + Bias; 0 where none
	Matrix, Offset     []float32 // of an affine map x ↦ A·x + b: [Width, Width], [Width]

	// Covariance [M, Width] has rows whose Gaussian combinations have the covariance of the
	// rows that the direction was made from: x = gᵀC, g ~ N(0, I_M), has covariance CᵀC. It
	// may be nil.
	Covariance []float32
}

// ErrNoMeans says that a direction has no class means.
var ErrNoMeans = errors.New("has no class means")

// ErrZero says that a direction is zero, and points nowhere.
var ErrZero = errors.New("is zero")

// Norm is the Euclidean norm of the vector; of a subspace, that of all its rows.
func (d *Direction) Norm() float64 { return norm(d.Vector) }

// Gap is the distance of the class means along the direction: |(positive - negative)·v̂|.
// The error wraps ErrNoMeans or ErrZero, or says that it is a subspace.
func (d *Direction) Gap() (float64, error) {
	switch {
	case d.Rank != 1:
		return 0, fmt.Errorf("%q is no single direction; the gap of class means is along one", d.Name)
	case d.Positive == nil || d.Negative == nil:
		return 0, fmt.Errorf("%q %w", d.Name, ErrNoMeans)
	case d.Norm() == 0:
		return 0, fmt.Errorf("%q %w", d.Name, ErrZero)
	}
	sum := 0.0
	for i, v := range d.Vector {
		sum += float64(v) * (float64(d.Positive[i]) - float64(d.Negative[i]))
	}
	return math.Abs(sum) / d.Norm(), nil
}

// Row gives row i of a subspace; the one of a direction.
func (d *Direction) Row(i int) []float32 { return d.Vector[i*d.Width : (i+1)*d.Width] }

// check refuses a direction whose parts do not fit each other.
func (d *Direction) check() error {
	fits := func(what string, values []float32, rows int) error {
		if values != nil && len(values) != rows*d.Width {
			return fmt.Errorf("%q: %s has %d numbers; %d of width %d were expected", d.Name, what, len(values), rows, d.Width)
		}
		return nil
	}
	switch {
	case d.Name == "":
		return errors.New("a direction without a name")
	case part(d.Name) != "":
		return fmt.Errorf("%q: the name of a direction may not end in %q", d.Name, "."+part(d.Name))
	case d.Width < 1:
		return fmt.Errorf("%q: the width is %d", d.Name, d.Width)
	case d.Matrix == nil && (d.Vector == nil || d.Rank < 1):
		return fmt.Errorf("%q has no vector", d.Name)
	case (d.Matrix == nil) != (d.Offset == nil):
		return fmt.Errorf("%q: an affine map has both A and b", d.Name)
	case d.Rank > d.Width:
		return fmt.Errorf("%q: %d rows of width %d are no basis", d.Name, d.Rank, d.Width)
	case d.Covariance != nil && len(d.Covariance)%d.Width != 0:
		return fmt.Errorf("%q: covariance has %d numbers; rows of width %d were expected", d.Name, len(d.Covariance), d.Width)
	case math.IsInf(d.SD, 0) || d.SD < 0:
		return fmt.Errorf("%q: the standard deviation is %v", d.Name, d.SD)
	}
	return errors.Join(fits("the vector", d.Vector, d.Rank), fits("positive", d.Positive, 1), fits("negative", d.Negative, 1),
		fits("A", d.Matrix, d.Width), fits("b", d.Offset, 1))
}

// norm is the Euclidean norm, summed in double precision.
func norm(values []float32) float64 {
	sum := 0.0
	for _, v := range values {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}
