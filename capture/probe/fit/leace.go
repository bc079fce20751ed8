package fit

import "fmt"

// Eraser is the affine map x ↦ x - Left·(Right·(x - Mean)), after which no linear probe
// tells the classes of its training rows apart better than a constant.
type Eraser struct {
	Left, Right, Mean []float64 // [width]; Left·Right is 1, or Left is 0 where classes have the same mean
	Rank              int       // of the covariance that was inverted
}

// LEACE is least-squares concept erasure (Belrose et al. 2023, arXiv:2306.03819, theorem
// 4.3): r(x) = x - W⁺PW(x - μ), W the inverse root of the rows' covariance Σ, P the projector
// on W·Σ_xz. With two classes Σ_xz is a multiple of δ, the difference of their means, and
// W⁺PW = δ(Σ⁺δ)ᵀ / δᵀΣ⁺δ, δ being taken within the columns' space of Σ. Eigenvalues of Σ up to
// width·2⁻⁵² of the largest count as 0, as in the authors' package concept-erasure, whose
// shrinkage, trace constraint and threshold of singular values are not part of the method
// and not done here.
//
// Its time is that of an eigendecomposition, and its memory 24·width² bytes.
func LEACE(m *Moments, train Folds) (*Eraser, error) {
	s, err := m.of(train)
	if err != nil {
		return nil, err
	}
	if err := m.needGram(); err != nil {
		return nil, err
	}
	e := &Eraser{Left: make([]float64, m.width), Right: make([]float64, m.width), Mean: make([]float64, m.width)}
	for j := range e.Mean {
		e.Mean[j] = s.shift[j] + s.centre[j]
	}
	if s.differs() != nil {
		return e, nil // nothing to erase
	}
	total := m.scatter(s, false)
	ones := s.scales(false)
	rescale(total, ones, s.all)
	const epsilon = 0x1p-52
	right, rank, err := solvePseudo(total, s.delta, func(largest float64) float64 { return largest * float64(m.width) * epsilon })
	if err != nil {
		return nil, err
	}
	e.Rank = rank
	along := dot(right, s.delta)
	if !(along > 0) {
		return nil, fmt.Errorf("folds %v: %w", train, ErrSingular)
	}
	for j := range right {
		e.Left[j], e.Right[j] = s.delta[j], right[j]/along
	}
	return e, nil
}

// Apply erases from a row, in place.
func (e *Eraser) Apply(x []float64) {
	along := 0.0
	for j, v := range x {
		along += e.Right[j] * (v - e.Mean[j])
	}
	for j := range x {
		x[j] -= e.Left[j] * along
	}
}

// Map gives the map as x ↦ A·x + b: A is [width, width], of rows.
func (e *Eraser) Map() (a, b []float64) {
	width := len(e.Left)
	a, b = make([]float64, width*width), make([]float64, width)
	along := dot(e.Right, e.Mean)
	for i, l := range e.Left {
		for j, r := range e.Right {
			a[i*width+j] = -l * r
		}
		a[i*width+i]++
		b[i] = l * along
	}
	return a, b
}
