package hooks

import (
	"fmt"
	"strconv"
	"strings"
)

// Site is a kind of place in the network, without the layer.
type Site int

// The sites that can be captured, in the order of the columns.
const (
	// Embed is the token embedding as the model adds it to the stream: scaled
	// where the architecture scales it (Gemma), without positions (GPT-2).
	Embed Site = iota
	// ResidPre is the residual stream as block N reads it.
	ResidPre
	// ResidPost is the residual stream as block N leaves it.
	ResidPost
	// FinalNorm is the output of the norm before the unembedding, its weight
	// and bias applied: what the unembedding matrix multiplies.
	FinalNorm
)

// sites gives the long name (with %d for the layer) and the short form of each.
var sites = []struct {
	name, short string
	perLayer    bool
}{
	Embed:     {"hook_embed", "embed", false},
	ResidPre:  {"blocks.%d.hook_resid_pre", "resid_pre", true},
	ResidPost: {"blocks.%d.hook_resid_post", "resid_post", true},
	FinalNorm: {"ln_final.hook_normalized", "ln_final", false},
}

// Point is one place whose activation is a vector for each token.
type Point struct {
	Site  Site
	Layer int // counted from 0; 0 where the site has no layer
}

// String gives the TransformerLens name, which is also the column name.
func (p Point) String() string {
	s := sites[p.Site]
	if s.perLayer {
		return fmt.Sprintf(s.name, p.Layer)
	}
	return s.name
}

// ParsePoint reads a full name back into a point. The second result is false
// where the name is not of that form; the layer is not checked against a model.
func ParsePoint(name string) (Point, bool) {
	for site, s := range sites {
		if !s.perLayer {
			if name == s.name {
				return Point{Site: Site(site)}, true
			}
			continue
		}
		before, after, _ := strings.Cut(s.name, "%d")
		digits, ok := strings.CutPrefix(name, before)
		if !ok {
			continue
		}
		if digits, ok = strings.CutSuffix(digits, after); !ok {
			continue
		}
		layer, err := strconv.Atoi(digits)
		if err == nil && layer >= 0 && strconv.Itoa(layer) == digits {
			return Point{Site(site), layer}, true
		}
	}
	return Point{}, false
}

// All lists every point of a model with so many layers, in column order: the
// embedding, each block's input and output, the final norm.
func All(layers int) []Point {
	points := []Point{{Site: Embed}}
	for n := range layers {
		points = append(points, Point{ResidPre, n}, Point{ResidPost, n})
	}
	return append(points, Point{Site: FinalNorm})
}
