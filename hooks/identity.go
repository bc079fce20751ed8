package hooks

import "fmt"

// Values reads what one decode left at a place: a row of Width floats a token.
type Values func(Located) [][]float32

// Weights reads a row of a weight of the model by its name in the GGUF, with what adapters
// add to it; a vector has one row, 0.
type Weights interface {
	Row(name string, i int) ([]float32, error)
}

// Identity is one equation that the residual stream must satisfy, with how far
// the model is from it: the largest |left - right| / |right| (Euclidean norms)
// over tokens.
type Identity struct {
	Name   string  `json:"name"`
	Layer  int     `json:"layer"` // -1 where it has none
	Error  float64 `json:"error"`
	Limit  float64 `json:"limit"`
	Fault  string  `json:"fault,omitempty"` // why it could not be computed
	Points []Point `json:"-"`               // that take part in it
	Result Point   `json:"-"`               // what the others give: an edit of it breaks the equation; none where all are the same
}

// The largest errors allowed. Additions are the same float32 additions that the
// model made; a device may round them otherwise. The unembedding multiplies
// activations that ggml rounds to 8 bits where weights are quantised.
const (
	sumLimit    = 1e-5
	normLimit   = 1e-4
	logitsLimit = 0.05
)

// Holds says whether the model satisfies the identity.
func (i Identity) Holds() bool { return i.Fault == "" && i.Error <= i.Limit }

// String gives the identity as a line: its name, its layer and how far the model is from it.
func (i Identity) String() string {
	name := i.Name
	if i.Layer >= 0 {
		name = fmt.Sprintf("block %d: %s", i.Layer, name)
	}
	if i.Fault != "" {
		return fmt.Sprintf("%s: %s", name, i.Fault)
	}
	return fmt.Sprintf("%s is off by %.2g", name, i.Error)
}

// The identities' names, but for the sums' (see sum).
const (
	embedIdentity  = "hook_embed = the token's row of the embedding, up to a factor"
	nextIdentity   = "resid_post(N-1) = resid_pre(N)"
	normIdentity   = "final norm of the last resid_post = ln_final"
	logitsIdentity = "unembedding of ln_final = logits"
)
