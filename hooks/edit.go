package hooks

// EditOp is what an edit does with h, the floats of a token's row that it changes.
type EditOp int

// The operations. v is a vector, Q a matrix of orthonormal rows, s the edit's factor. With
// Relative, s and the limits are multiplied by the Euclidean norm of h.
const (
	EditAdd     EditOp = iota // h + s·v
	EditProject               // h + (s-1)·QᵀQh: the coordinates in the rows of Q are multiplied by s; 0 removes them
	EditClamp                 // h + (c - vᵀh)·v, v of norm 1: the coordinate along v becomes c, the nearest value to it in [Low, High]
	EditReplace               // v
	EditSwap                  // h + QᵀQ(g - h), g being the same floats of another row; g where there is no Q
	EditAffine                // A·h + b
	EditKeep                  // h, which is copied to where the batch says, before it is changed: the source of a swap
	EditScore                 // h; its score vᵀh + b is written to where the batch says, for edits on condition
)

// Edit is one change that the engine can make to rows of one point. It is applied to the
// tokens that a batch names, at the cut after the point's node: before any later node
// reads the row. Edits of one row are applied in their order in the plan, but for those that
// score, which come first. The slices
// belong to whoever made the edit and must not change while a plan holds it.
type Edit struct {
	Located
	Name string // of the intervention that it is part of

	Op     EditOp
	First  int // which floats of the row: so many, after the first First
	Floats int
	Rank   int // rows of Q

	Vector    []float32 // v [Floats]; Q [Rank, Floats]; A [Floats, Floats], row-major
	Bias      []float32 // b: [Floats] of EditAffine, [1] of EditScore
	Factor    float32   // s
	Low, High float32   // of EditClamp
	Relative  bool
}
